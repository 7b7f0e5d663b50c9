/// H.264 pictures in a track: an `avc1` sample entry (ISO/IEC 14496-15 §5.4.2.1).
package struct AVCSampleFormat: Sendable, Hashable {
    /// Coded size in samples after cropping, 1...65535.
    package var width: Int
    package var height: Int
    /// Width of a sample over its height, in lowest terms.
    package var sampleAspectRatioWidth: Int
    package var sampleAspectRatioHeight: Int
    package var decoderConfiguration: AVCDecoderConfiguration

    package init(
        width: Int, height: Int, sampleAspectRatioWidth: Int = 1, sampleAspectRatioHeight: Int = 1,
        decoderConfiguration: AVCDecoderConfiguration
    ) {
        self.width = width
        self.height = height
        self.sampleAspectRatioWidth = sampleAspectRatioWidth
        self.sampleAspectRatioHeight = sampleAspectRatioHeight
        self.decoderConfiguration = decoderConfiguration
    }

    /// The size and shape of samples that the bitstream states.
    package init(decoderConfiguration: AVCDecoderConfiguration) {
        let parameters = decoderConfiguration.parameters
        self.init(
            width: parameters.width, height: parameters.height,
            sampleAspectRatioWidth: parameters.sampleAspectRatioWidth,
            sampleAspectRatioHeight: parameters.sampleAspectRatioHeight, decoderConfiguration: decoderConfiguration)
    }

    /// RFC 6381 codecs parameter.
    package var codecs: String { decoderConfiguration.codecs }
}

extension AVCSampleFormat {
    /// The coding name of H.264 with parameter sets in the sample entry only.
    static let entryType: BoxType = "avc1"

    /// - Parameter body: behind the sample entry's box header.
    init(parsing body: inout ByteReader) throws(ISOBMFFError) {
        try body.skip(6 + 2 + 16)
        let size = (width: Int(try body.readUInt16()), height: Int(try body.readUInt16()))
        try body.skip(50)
        let boxes = try body.boxes()
        self.init(decoderConfiguration: try boxes.require(AVCDecoderConfiguration.self, in: Self.entryType))
        (width, height) = size
        if let ratio = try boxes.first(PixelAspectRatioBox.self) {
            sampleAspectRatioWidth = Int(ratio.horizontalSpacing)
            sampleAspectRatioHeight = Int(ratio.verticalSpacing)
        }
    }

    func write(to writer: inout ByteWriter) {
        writer.writeBox(Self.entryType) {
            $0.writeZeros(6)
            $0.write(UInt16(1))  // data reference
            $0.writeZeros(16)
            $0.write(UInt16(clamping: width))
            $0.write(UInt16(clamping: height))
            $0.write(UInt32(0x0048_0000))  // 72 dots an inch, both ways
            $0.write(UInt32(0x0048_0000))
            $0.writeZeros(4)
            $0.write(UInt16(1))  // one frame a sample
            $0.writeZeros(32)  // no compressor name
            $0.write(UInt16(0x0018))
            $0.write(Int16(-1))
            decoderConfiguration.write(to: &$0)
            if let colour = decoderConfiguration.parameters.colour { ColourInformationBox(colour).write(to: &$0) }
            PixelAspectRatioBox(
                horizontalSpacing: UInt32(clamping: sampleAspectRatioWidth),
                verticalSpacing: UInt32(clamping: sampleAspectRatioHeight)
            ).write(to: &$0)
        }
    }

    /// Display size in 16.16 fixed point: the height stays, the width takes the sample aspect ratio.
    var displaySize: (width: UInt32, height: UInt32) {
        let ratio = Double(max(sampleAspectRatioWidth, 1)) / Double(max(sampleAspectRatioHeight, 1))
        let displayWidth = (Double(width) * ratio * 65536).rounded()
        return (
            displayWidth < Double(UInt32.max) ? UInt32(displayWidth) : .max,
            UInt32(clamping: height) << 16
        )
    }
}

/// AAC sound in a track: an `mp4a` sample entry (ISO/IEC 14496-12 §12.2.3, ISO/IEC 14496-14 §6.7).
package struct AACSampleFormat: Sendable, Hashable {
    /// Samples per second and channel.
    package var sampleRate: Int
    package var channelCount: Int
    /// ISO/IEC 14496-3 §1.6.2.1, as the encoder gives it (FFmpeg: extradata); at most 64 bytes.
    package var audioSpecificConfig: [UInt8]
    /// In bits/s; 0 when not known.
    package var averageBitRate: Int
    /// In bits/s; 0 when not known.
    package var maximumBitRate: Int

    package init(
        sampleRate: Int, channelCount: Int, audioSpecificConfig: [UInt8], averageBitRate: Int = 0,
        maximumBitRate: Int = 0
    ) {
        self.sampleRate = sampleRate
        self.channelCount = channelCount
        self.audioSpecificConfig = audioSpecificConfig
        self.averageBitRate = averageBitRate
        self.maximumBitRate = maximumBitRate
    }

    /// RFC 6381 §3.3: `mp4a.40.` and the audio object type, 2 for AAC-LC.
    package var codecs: String { "mp4a.40.\(audioObjectType)" }

    /// ISO/IEC 14496-3 Table 1.17; types above 30 follow an escape. 2 (AAC-LC) when the configuration is cut short.
    private var audioObjectType: UInt32 {
        var bits = BitReader(audioSpecificConfig)
        guard let type = try? bits.readBits(5) else { return 2 }
        guard type == 31 else { return type }
        return (try? bits.readBits(6)).map { 32 + $0 } ?? 2
    }
}

extension AACSampleFormat {
    static let entryType: BoxType = "mp4a"

    /// - Parameter body: behind the sample entry's box header.
    init(parsing body: inout ByteReader) throws(ISOBMFFError) {
        try body.skip(6 + 2 + 8)
        let channelCount = Int(try body.readUInt16())
        try body.skip(2 + 4)
        let sampleRate = Int(try body.readUInt32() >> 16)
        let descriptor = try body.boxes().require(ElementaryStreamDescriptorBox.self, in: Self.entryType)
        self.init(
            sampleRate: sampleRate, channelCount: channelCount,
            audioSpecificConfig: descriptor.decoderSpecificInformation,
            averageBitRate: Int(descriptor.averageBitRate), maximumBitRate: Int(descriptor.maximumBitRate))
    }

    func write(to writer: inout ByteWriter) {
        writer.writeBox(Self.entryType) {
            $0.writeZeros(6)
            $0.write(UInt16(1))  // data reference
            $0.writeZeros(8)
            $0.write(UInt16(clamping: channelCount))
            $0.write(UInt16(16))  // bits a sample, by convention
            $0.writeZeros(4)
            // 16.16 fixed point; a rate that does not fit is left to the configuration.
            $0.write(sampleRate <= 0xFFFF ? UInt32(clamping: sampleRate) << 16 : 0)
            ElementaryStreamDescriptorBox(
                decoderSpecificInformation: audioSpecificConfig, averageBitRate: UInt32(clamping: averageBitRate),
                maximumBitRate: UInt32(clamping: maximumBitRate)
            ).write(to: &$0)
        }
    }
}

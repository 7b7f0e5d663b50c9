/// `esds`: an MPEG-4 elementary stream descriptor (ISO/IEC 14496-14 §6.7, ISO/IEC 14496-1 §7.2.6).
struct ElementaryStreamDescriptorBox: Box {
    static let type: BoxType = "esds"

    var decoderSpecificInformation: [UInt8]
    /// In bits/s; 0 when not known.
    var averageBitRate: UInt32
    /// In bits/s; 0 when not known.
    var maximumBitRate: UInt32

    private enum Tag {
        static let elementaryStream: UInt8 = 3
        static let decoderConfiguration: UInt8 = 4
        static let decoderSpecificInformation: UInt8 = 5
        static let synchronisationLayer: UInt8 = 6
    }

    /// `objectTypeIndication` of MPEG-4 audio (ISO/IEC 14496-1 Table 5).
    private static let mpeg4Audio: UInt8 = 0x40

    init(decoderSpecificInformation: [UInt8], averageBitRate: UInt32, maximumBitRate: UInt32) {
        self.decoderSpecificInformation = decoderSpecificInformation
        self.averageBitRate = averageBitRate
        self.maximumBitRate = maximumBitRate
    }

    init(parsing body: inout ByteReader) throws(ISOBMFFError) {
        _ = try FullBoxHeader(parsing: &body)
        var stream = try Self.readDescriptor(Tag.elementaryStream, &body)
        try stream.skip(2)
        let flags = try stream.readUInt8()
        if flags & 0x80 != 0 { try stream.skip(2) }  // dependsOn_ES_ID
        if flags & 0x40 != 0 { try stream.skip(Int(try stream.readUInt8())) }  // URL
        if flags & 0x20 != 0 { try stream.skip(2) }  // OCR_ES_Id
        var configuration = try Self.readDescriptor(Tag.decoderConfiguration, &stream)
        let objectType = try configuration.readUInt8()
        guard objectType == Self.mpeg4Audio else {
            throw ISOBMFFError(.unsupported, "object type \(objectType) is not MPEG-4 audio")
        }
        try configuration.skip(1 + 3)
        maximumBitRate = try configuration.readUInt32()
        averageBitRate = try configuration.readUInt32()
        var specific = try Self.readDescriptor(Tag.decoderSpecificInformation, &configuration)
        decoderSpecificInformation = try specific.readBytes(specific.remaining)
    }

    /// Tag, then a size of up to four groups of seven bits (ISO/IEC 14496-1 §8.3.3).
    private static func readDescriptor(_ tag: UInt8, _ body: inout ByteReader) throws(ISOBMFFError) -> ByteReader {
        let found = try body.readUInt8()
        guard found == tag else { throw ISOBMFFError(.malformed, "descriptor \(found) where \(tag) is due") }
        var size = 0
        for _ in 0..<4 {
            let byte = try body.readUInt8()
            size = size << 7 | Int(byte & 0x7F)
            if byte & 0x80 == 0 { break }
        }
        return try body.slice(size)
    }

    func write(to writer: inout ByteWriter) {
        let information = decoderSpecificInformation.prefix(64)
        let specific = [Tag.decoderSpecificInformation, UInt8(information.count)] + information
        var configuration = ByteWriter()
        configuration.write(Self.mpeg4Audio)
        configuration.write(UInt8(0x15))  // audio stream, reserved bit set
        configuration.writeUInt24(0)  // decoding buffer: not stated
        configuration.write(maximumBitRate)
        configuration.write(averageBitRate)
        configuration.write(specific)
        writer.writeFullBox(Self.type) {
            $0.write([Tag.elementaryStream, UInt8(3 + 2 + configuration.bytes.count + 3)])
            $0.writeZeros(3)  // ES_ID 0, no flags
            $0.write([Tag.decoderConfiguration, UInt8(configuration.bytes.count)])
            $0.write(configuration.bytes)
            $0.write([Tag.synchronisationLayer, 1, 2])  // predefined for MP4 files
        }
    }
}

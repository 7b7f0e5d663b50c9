/// `mdhd`: a track's clock and language (ISO/IEC 14496-12 §8.4.2).
struct MediaHeaderBox: Box {
    static let type: BoxType = "mdhd"

    /// Ticks per second of all times in the track.
    var timescale: UInt32
    /// ISO 639-2/T, three lowercase letters; `und` when not known.
    var language: String

    init(timescale: UInt32, language: String) {
        self.timescale = timescale
        self.language = language
    }

    init(parsing body: inout ByteReader) throws(ISOBMFFError) {
        let header = try FullBoxHeader(parsing: &body)
        try body.skip(header.version == 1 ? 16 : 8)
        timescale = try body.readUInt32()
        guard timescale > 0 else { throw ISOBMFFError(.malformed, "timescale 0") }
        try body.skip(header.version == 1 ? 8 : 4)
        let packed = try body.readUInt16()
        // Three letters of five bits, each less 0x60.
        let letters = [packed >> 10 & 0x1F, packed >> 5 & 0x1F, packed & 0x1F].map { UInt8($0) + 0x60 }
        let isValid = letters.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
        language = isValid ? String(decoding: letters, as: Unicode.ASCII.self) : "und"
    }

    func write(to writer: inout ByteWriter) {
        writer.writeFullBox(Self.type) {
            $0.writeZeros(8)
            $0.write(timescale)
            $0.write(UInt32(0))  // duration: all media are in fragments
            $0.write(Self.pack(language) ?? Self.pack("und") ?? 0)
            $0.writeZeros(2)
        }
    }

    /// Fifteen bits for three lowercase letters; nil for anything else.
    private static func pack(_ language: String) -> UInt16? {
        let letters = Array(language.utf8)
        guard letters.count == 3, letters.allSatisfy({ (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }) else {
            return nil
        }
        return letters.reduce(0) { $0 << 5 | UInt16($1 - 0x60) }
    }
}

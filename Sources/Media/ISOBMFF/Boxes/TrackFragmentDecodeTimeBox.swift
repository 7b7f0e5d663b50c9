/// `tfdt`: the decode time of a fragment's first sample (ISO/IEC 14496-12 §8.8.12).
struct TrackFragmentDecodeTimeBox: Box {
    static let type: BoxType = "tfdt"

    /// In the track's timescale.
    var baseMediaDecodeTime: UInt64

    init(baseMediaDecodeTime: UInt64) {
        self.baseMediaDecodeTime = baseMediaDecodeTime
    }

    init(parsing body: inout ByteReader) throws(ISOBMFFError) {
        let header = try FullBoxHeader(parsing: &body)
        baseMediaDecodeTime = header.version == 1 ? try body.readUInt64() : UInt64(try body.readUInt32())
    }

    /// Always in 64 bits, so that segments of equal samples have equal sizes wherever they stand.
    func write(to writer: inout ByteWriter) {
        writer.writeFullBox(Self.type, version: 1) { $0.write(baseMediaDecodeTime) }
    }
}

/// `mfhd`: a fragment's place in the order of fragments (ISO/IEC 14496-12 §8.8.5).
struct MovieFragmentHeaderBox: Box {
    static let type: BoxType = "mfhd"

    var sequenceNumber: UInt32

    init(sequenceNumber: UInt32) {
        self.sequenceNumber = sequenceNumber
    }

    init(parsing body: inout ByteReader) throws(ISOBMFFError) {
        _ = try FullBoxHeader(parsing: &body)
        sequenceNumber = try body.readUInt32()
    }

    func write(to writer: inout ByteWriter) {
        writer.writeFullBox(Self.type) { $0.write(sequenceNumber) }
    }
}

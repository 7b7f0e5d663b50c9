/// `hdlr`: what kind of media a track holds (ISO/IEC 14496-12 §8.4.3).
struct HandlerBox: Box {
    static let type: BoxType = "hdlr"
    static let video: BoxType = "vide"
    static let audio: BoxType = "soun"

    var handler: BoxType

    init(_ handler: BoxType) {
        self.handler = handler
    }

    init(parsing body: inout ByteReader) throws(ISOBMFFError) {
        _ = try FullBoxHeader(parsing: &body)
        try body.skip(4)
        handler = BoxType(rawValue: try body.readUInt32())
    }

    func write(to writer: inout ByteWriter) {
        writer.writeFullBox(Self.type) {
            $0.writeZeros(4)
            $0.write(handler.rawValue)
            $0.writeZeros(12)
            $0.write(UInt8(0))  // an empty name
        }
    }
}

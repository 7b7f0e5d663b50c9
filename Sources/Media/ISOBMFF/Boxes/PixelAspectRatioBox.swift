/// `pasp`: the shape of a sample (ISO/IEC 14496-12 §12.1.4).
struct PixelAspectRatioBox: Box {
    static let type: BoxType = "pasp"

    var horizontalSpacing: UInt32
    var verticalSpacing: UInt32

    init(horizontalSpacing: UInt32, verticalSpacing: UInt32) {
        self.horizontalSpacing = horizontalSpacing
        self.verticalSpacing = verticalSpacing
    }

    init(parsing body: inout ByteReader) throws(ISOBMFFError) {
        horizontalSpacing = try body.readUInt32()
        verticalSpacing = try body.readUInt32()
        guard horizontalSpacing > 0, verticalSpacing > 0 else {
            throw ISOBMFFError(.malformed, "an aspect ratio of \(horizontalSpacing):\(verticalSpacing)")
        }
    }

    func write(to writer: inout ByteWriter) {
        writer.writeBox(Self.type) {
            $0.write(horizontalSpacing)
            $0.write(verticalSpacing)
        }
    }
}

/// `colr` of kind `nclx`: colour by code points (ISO/IEC 14496-12 §12.1.5).
struct ColourInformationBox: Box {
    static let type: BoxType = "colr"
    private static let onScreenColours: BoxType = "nclx"

    var colour: ColourDescription

    init(_ colour: ColourDescription) {
        self.colour = colour
    }

    init(parsing body: inout ByteReader) throws(ISOBMFFError) {
        let kind = BoxType(rawValue: try body.readUInt32())
        guard kind == Self.onScreenColours else { throw ISOBMFFError(.unsupported, "colour of kind \(kind)") }
        colour = ColourDescription(
            primaries: UInt8(truncatingIfNeeded: try body.readUInt16()),
            transferCharacteristics: UInt8(truncatingIfNeeded: try body.readUInt16()),
            matrixCoefficients: UInt8(truncatingIfNeeded: try body.readUInt16()),
            isFullRange: try body.readUInt8() & 0x80 != 0)
    }

    func write(to writer: inout ByteWriter) {
        writer.writeBox(Self.type) {
            $0.write(Self.onScreenColours.rawValue)
            $0.write(UInt16(colour.primaries))
            $0.write(UInt16(colour.transferCharacteristics))
            $0.write(UInt16(colour.matrixCoefficients))
            $0.write(UInt8(colour.isFullRange ? 0x80 : 0))
        }
    }
}

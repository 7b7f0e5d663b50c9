/// `ftyp`: which specifications a file follows (ISO/IEC 14496-12 §4.3).
struct FileTypeBox: Box {
    static let type: BoxType = "ftyp"

    var brands: Brands

    init(_ brands: Brands) {
        self.brands = brands
    }

    init(parsing body: inout ByteReader) throws(ISOBMFFError) {
        brands = try Brands(parsing: &body)
    }

    func write(to writer: inout ByteWriter) {
        writer.writeBox(Self.type) { brands.write(to: &$0) }
    }
}

/// `styp`: the same for a media segment (ISO/IEC 14496-12 §8.16.2).
struct SegmentTypeBox: Box {
    static let type: BoxType = "styp"

    var brands: Brands

    init(_ brands: Brands) {
        self.brands = brands
    }

    init(parsing body: inout ByteReader) throws(ISOBMFFError) {
        brands = try Brands(parsing: &body)
    }

    func write(to writer: inout ByteWriter) {
        writer.writeBox(Self.type) { brands.write(to: &$0) }
    }
}

/// The brand that describes a file best, and all that it conforms to.
struct Brands: Sendable, Hashable {
    var major: BoxType
    var minorVersion: UInt32 = 0
    var compatible: [BoxType]

    init(major: BoxType, compatible: [BoxType]) {
        self.major = major
        self.compatible = compatible
    }

    init(parsing body: inout ByteReader) throws(ISOBMFFError) {
        major = BoxType(rawValue: try body.readUInt32())
        minorVersion = try body.readUInt32()
        compatible = []
        while body.remaining >= 4 { compatible.append(BoxType(rawValue: try body.readUInt32())) }
    }

    func write(to writer: inout ByteWriter) {
        writer.write(major.rawValue)
        writer.write(minorVersion)
        for brand in compatible { writer.write(brand.rawValue) }
    }
}

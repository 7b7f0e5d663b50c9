/// Four characters that name a box, a brand, a handler or a sample entry.
struct BoxType: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    let rawValue: UInt32

    init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// - Precondition: `code` is four ASCII characters; it is a literal of ours.
    init(stringLiteral code: StaticString) {
        precondition(code.utf8CodeUnitCount == 4 && code.isASCII, "a box type has four characters")
        rawValue = code.withUTF8Buffer { $0.reduce(0) { $0 << 8 | UInt32($1) } }
    }

    /// The four characters; those that are no printable ASCII as `?`.
    var description: String {
        String(
            decoding: (0..<4).map { index -> UInt8 in
                let byte = UInt8(truncatingIfNeeded: rawValue >> (24 - 8 * index))
                return (0x20...0x7E).contains(byte) ? byte : UInt8(ascii: "?")
            }, as: Unicode.ASCII.self)
    }
}

/// A Dictionary of structured field values (RFC 9651 §3.2), as far as cache directives need it: parameters and inner
/// lists are checked but not kept.
package struct StructuredDictionary: Sendable, Hashable {
    /// The kinds of values that directives take; every other kind is ``other``.
    package enum Value: Sendable, Hashable {
        case integer(Int)
        case boolean(Bool)
        case string(String)
        case token(String)
        case other
    }

    /// The members by key; of a repeated key the last one counts (RFC 9651 §4.2.2).
    package private(set) var members: [String: Value] = [:]

    /// Reads a field's combined value; nil when any of it is malformed: then the whole field is to be ignored
    /// (RFC 9651 §4.2).
    package init?(_ text: String) {
        var parser = Parser(bytes: Array(text.utf8))
        parser.skip { $0 == 0x20 }
        while parser.peek != nil {
            guard let key = parser.key() else { return nil }
            if parser.take(UInt8(ascii: "=")) {
                guard let value = parser.itemOrInnerList(), parser.parameters() else { return nil }
                members[key] = value
            } else {
                guard parser.parameters() else { return nil }
                members[key] = .boolean(true)
            }
            parser.skip { $0 == 0x20 || $0 == 0x09 }
            guard parser.peek != nil else { return }
            guard parser.take(UInt8(ascii: ",")) else { return nil }
            parser.skip { $0 == 0x20 || $0 == 0x09 }
            // A trailing comma is an error.
            guard parser.peek != nil else { return nil }
        }
    }
}

/// The algorithms of RFC 9651 §4.2: each returns nil where they fail.
private struct Parser {
    let bytes: [UInt8]
    var index = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        index += 1
        return true
    }

    mutating func skip(while condition: (UInt8) -> Bool) {
        while let byte = peek, condition(byte) { index += 1 }
    }

    mutating func text(while condition: (UInt8) -> Bool) -> String {
        let start = index
        skip(while: condition)
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    /// key = ( lcalpha / "*" ) *( lcalpha / DIGIT / "_" / "-" / "." / "*" )
    mutating func key() -> String? {
        guard let first = peek, first.isLowercaseLetter || first == UInt8(ascii: "*") else { return nil }
        return text { $0.isLowercaseLetter || $0.isDigit || [0x5F, 0x2D, 0x2E, 0x2A].contains($0) }
    }

    mutating func parameters() -> Bool {
        while take(UInt8(ascii: ";")) {
            skip { $0 == 0x20 }
            guard key() != nil else { return false }
            if take(UInt8(ascii: "=")), bareItem() == nil { return false }
        }
        return true
    }

    mutating func itemOrInnerList() -> StructuredDictionary.Value? {
        guard take(UInt8(ascii: "(")) else { return bareItem() }
        while true {
            skip { $0 == 0x20 }
            if take(UInt8(ascii: ")")) { return .other }
            guard bareItem() != nil, parameters() else { return nil }
            guard peek == 0x20 || peek == UInt8(ascii: ")") else { return nil }
        }
    }

    mutating func bareItem() -> StructuredDictionary.Value? {
        guard let first = peek else { return nil }
        switch first {
        case UInt8(ascii: "-"), 0x30...0x39: return number()
        case UInt8(ascii: "\""): return string()
        case UInt8(ascii: "?"):
            index += 1
            if take(UInt8(ascii: "1")) { return .boolean(true) }
            return take(UInt8(ascii: "0")) ? .boolean(false) : nil
        case UInt8(ascii: ":"):
            index += 1
            skip { $0.isDigit || $0.isLetter || [0x2B, 0x2F, 0x3D].contains($0) }
            return take(UInt8(ascii: ":")) ? .other : nil
        case UInt8(ascii: "@"):
            index += 1
            guard case .integer = number() else { return nil }
            return .other
        case UInt8(ascii: "*"): return token()
        default: return first.isLetter ? token() : nil
        }
    }

    private mutating func token() -> StructuredDictionary.Value {
        .token(text { $0.isTokenCharacter || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "/") })
    }

    /// An Integer has at most 15 digits; a Decimal at most 12 before its point and 1 to 3 behind.
    private mutating func number() -> StructuredDictionary.Value? {
        let negative = take(UInt8(ascii: "-"))
        let digits = text(while: \.isDigit)
        guard !digits.isEmpty, digits.utf8.count <= 15 else { return nil }
        if take(UInt8(ascii: ".")) {
            let fraction = text(while: \.isDigit)
            return digits.utf8.count <= 12 && (1...3).contains(fraction.utf8.count) ? .other : nil
        }
        return Int(digits).map { .integer(negative ? -$0 : $0) }
    }

    private mutating func string() -> StructuredDictionary.Value? {
        index += 1
        var result: [UInt8] = []
        while let byte = peek {
            index += 1
            switch byte {
            case UInt8(ascii: "\\"):
                guard let next = peek, next == UInt8(ascii: "\\") || next == UInt8(ascii: "\"") else { return nil }
                index += 1
                result.append(next)
            case UInt8(ascii: "\""): return .string(String(decoding: result, as: UTF8.self))
            case 0x20...0x7E: result.append(byte)
            default: return nil
            }
        }
        return nil
    }
}

extension UInt8 {
    fileprivate var isLowercaseLetter: Bool { self &- 0x61 < 26 }
    fileprivate var isLetter: Bool { asciiLowercased &- 0x61 < 26 }
    fileprivate var isDigit: Bool { self &- 0x30 < 10 }
}

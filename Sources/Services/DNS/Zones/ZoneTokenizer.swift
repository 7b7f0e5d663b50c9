/// One word of a master file.
struct ZoneToken: Sendable, Hashable {
    /// What it says, escapes resolved.
    var octets: [UInt8]
    /// As it was written, without quotation marks: what names are read from, as `\.` is no `.` there.
    var raw: String
    var isQuoted: Bool

    /// What it says as text.
    var text: String { String(decoding: octets, as: UTF8.self) }
}

/// Cuts a master file into entries: lines, or several where parentheses join them (RFC 1035 §5.1).
struct ZoneTokenizer {
    /// The words of one entry.
    struct Entry {
        /// Of its beginning, from 1.
        var line: Int
        /// Whether it begins with a space: its owner is that of the entry before.
        var isIndented: Bool
        var words: [ZoneToken]
    }

    private let octets: [UInt8]
    private var position = 0
    private(set) var line = 1

    init(_ octets: [UInt8]) { self.octets = octets }

    /// The next entry with a word in it; nil at the end.
    ///
    /// - Throws: ``DNSError/Code/malformedZone``.
    mutating func next() throws(DNSError) -> Entry? {
        while position < octets.count {
            var entry = Entry(line: line, isIndented: [0x20, 0x09].contains(octets[position]), words: [])
            var depth = 0
            var isOver = false
            while position < octets.count, !isOver {
                let octet = octets[position]
                switch octet {
                case 0x20, 0x09, 0x0D: position += 1
                case 0x0A:
                    position += 1
                    line += 1
                    isOver = depth == 0
                case UInt8(ascii: ";"): while position < octets.count, octets[position] != 0x0A { position += 1 }
                case UInt8(ascii: "("):
                    position += 1
                    depth += 1
                case UInt8(ascii: ")"):
                    position += 1
                    depth -= 1
                    guard depth >= 0 else { throw DNSError(.malformedZone, "a ) without a ( before it") }
                default: entry.words.append(try word())
                }
            }
            guard depth == 0 else { throw DNSError(.malformedZone, "a ( without a ) behind it") }
            if !entry.words.isEmpty { return entry }
        }
        return nil
    }

    private mutating func word() throws(DNSError) -> ZoneToken {
        let isQuoted = octets[position] == UInt8(ascii: "\"")
        if isQuoted { position += 1 }
        let start = position
        var value: [UInt8] = []
        while position < octets.count {
            let octet = octets[position]
            if isQuoted ? octet == UInt8(ascii: "\"") : Self.endsWord(octet) { break }
            // A parameter's value may be quoted by itself: key="a b" (RFC 9460 §2.1).
            if !isQuoted, octet == UInt8(ascii: "\""), value.last == UInt8(ascii: "=") {
                let inner = try word()
                value += inner.octets
                continue
            }
            guard octet != 0x0A else { throw DNSError(.malformedZone, "a quotation mark is missing at the line's end") }
            position += 1
            value.append(octet == UInt8(ascii: "\\") ? try escaped(&value) : octet)
        }
        let raw = String(decoding: octets[start..<position], as: UTF8.self)
        if isQuoted {
            guard position < octets.count else {
                throw DNSError(.malformedZone, "a quotation mark is missing at the end")
            }
            position += 1
        }
        return ZoneToken(octets: value, raw: raw, isQuoted: isQuoted)
    }

    private static func endsWord(_ octet: UInt8) -> Bool {
        octet <= 0x20 || octet == UInt8(ascii: ";") || octet == UInt8(ascii: "(") || octet == UInt8(ascii: ")")
    }

    /// What stands behind a backslash. `\#` stays as it is: it announces data of any type (RFC 3597 §5).
    private mutating func escaped(_ value: inout [UInt8]) throws(DNSError) -> UInt8 {
        guard position < octets.count, octets[position] != 0x0A else {
            throw DNSError(.malformedZone, "nothing stands behind a backslash")
        }
        let first = octets[position]
        position += 1
        if first == UInt8(ascii: "#"), value.isEmpty { value.append(UInt8(ascii: "\\")) }
        guard (48...57).contains(first) else { return first }
        let digits = [first] + octets[position...].prefix(2)
        guard digits.count == 3, digits.allSatisfy({ (48...57).contains($0) }),
            let octet = UInt8(exactly: digits.reduce(0) { $0 * 10 + Int($1 - 48) })
        else { throw DNSError(.malformedZone, "a backslash needs a number from 000 to 255 behind it") }
        position += 2
        return octet
    }
}

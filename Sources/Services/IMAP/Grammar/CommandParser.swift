internal import MailStore

/// Why a command cannot be understood: what follows `BAD` in the answer.
struct IMAPSyntaxError: Error, Sendable, Hashable, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}

/// Reads the grammar of RFC 9051 §9 and RFC 3501 §9 from one command, strictly. It goes forward only, and no deeper than
/// ``maximumDepth``.
struct CommandParser {
    /// Nested parentheses and `NOT`s of a search.
    static let maximumDepth = 32
    /// Keys of a search, those that only hold others together included: each is looked for in every message.
    static let maximumSearchKeys = 200

    private let bytes: [UInt8]
    private var literals: ArraySlice<[UInt8]>
    private(set) var index = 0
    /// Whether names of mailboxes are in UTF-8, as they are once the client has enabled it.
    let acceptsUTF8: Bool

    init(_ text: LiteralText, acceptsUTF8: Bool) {
        bytes = text.bytes
        literals = text.literals[...]
        self.acceptsUTF8 = acceptsUTF8
    }

    var isAtEnd: Bool { index == bytes.count }
    var peeked: UInt8? { index < bytes.count ? bytes[index] : nil }

    mutating func advance() { index += 1 }

    /// Steps over `character` if it comes next.
    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard peeked == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    mutating func expect(_ character: Unicode.Scalar) throws(IMAPSyntaxError) {
        guard skip(character) else {
            let found = peeked.map { "\"\(Character(Unicode.Scalar($0 == 0 ? 0x7B : $0)))\"" } ?? "the end"
            throw IMAPSyntaxError("\"\(character == " " ? "space" : String(character))\" is missing before \(found)")
        }
    }

    mutating func expectEnd() throws(IMAPSyntaxError) {
        guard isAtEnd else { throw IMAPSyntaxError("nothing may follow here") }
    }

    /// Octets as long as `belongs` holds.
    mutating func take(while belongs: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        let start = index
        while let byte = peeked, belongs(byte) { index += 1 }
        return bytes[start..<index]
    }

    // MARK: Words

    /// `ATOM-CHAR`.
    static func isAtom(_ byte: UInt8) -> Bool {
        switch byte {
        case 0...0x20, 0x7F..., UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "{"), UInt8(ascii: "%"),
            UInt8(ascii: "*"), UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "]"):
            false
        default: true
        }
    }

    mutating func atom(_ what: String) throws(IMAPSyntaxError) -> String {
        let taken = take(while: Self.isAtom)
        guard !taken.isEmpty else { throw IMAPSyntaxError("\(what) is missing") }
        return String(decoding: taken, as: UTF8.self)
    }

    /// A word of the protocol, in capitals.
    mutating func keyword(_ what: String) throws(IMAPSyntaxError) -> String { try atom(what).uppercased() }

    /// `tag`: an atom without `+`, that may hold `]`.
    mutating func tag() throws(IMAPSyntaxError) -> String {
        let taken = take { $0 != UInt8(ascii: "+") && (Self.isAtom($0) || $0 == UInt8(ascii: "]")) }
        guard !taken.isEmpty, taken.count <= 128 else { throw IMAPSyntaxError("a tag is missing") }
        return String(decoding: taken, as: UTF8.self)
    }

    /// `quoted` or a literal, as octets; nil when neither comes next.
    mutating func string() throws(IMAPSyntaxError) -> [UInt8]? {
        switch peeked {
        case LiteralText.mark:
            index += 1
            guard let literal = literals.popFirst() else { throw IMAPSyntaxError("a literal is missing") }
            return literal
        case UInt8(ascii: "\""):
            index += 1
            var octets: [UInt8] = []
            while let byte = peeked, byte != LiteralText.mark {
                index += 1
                switch byte {
                case UInt8(ascii: "\""): return octets
                case UInt8(ascii: "\\"):
                    guard let escaped = peeked, escaped == UInt8(ascii: "\"") || escaped == UInt8(ascii: "\\") else {
                        throw IMAPSyntaxError("only \" and \\ may follow a \\ in quotes")
                    }
                    index += 1
                    octets.append(escaped)
                default: octets.append(byte)
                }
            }
            throw IMAPSyntaxError("a quoted string does not end")
        default: return nil
        }
    }

    /// `astring`, as octets.
    mutating func octets(_ what: String) throws(IMAPSyntaxError) -> [UInt8] {
        if let string = try string() { return string }
        let taken = take { Self.isAtom($0) || $0 == UInt8(ascii: "]") }
        guard !taken.isEmpty else { throw IMAPSyntaxError("\(what) is missing") }
        return Array(taken)
    }

    /// `astring`, as text in UTF-8.
    mutating func text(_ what: String) throws(IMAPSyntaxError) -> String {
        guard let text = String(validating: try octets(what), as: UTF8.self) else {
            throw IMAPSyntaxError("\(what) is not in UTF-8")
        }
        return text
    }

    /// `nstring`: text, or nil for `NIL`.
    mutating func optionalText(_ what: String) throws(IMAPSyntaxError) -> String? {
        if let string = try string() {
            guard let text = String(validating: string, as: UTF8.self) else {
                throw IMAPSyntaxError("\(what) is not in UTF-8")
            }
            return text
        }
        guard try keyword(what) == "NIL" else { throw IMAPSyntaxError("\(what) is neither a string nor NIL") }
        return nil
    }

    // MARK: Mailboxes

    mutating func mailbox() throws(IMAPSyntaxError) -> String { try name(try octets("a mailbox name")) }

    /// `list-mailbox`: a name with wildcards.
    mutating func pattern() throws(IMAPSyntaxError) -> String {
        if let string = try string() { return try name(string) }
        let taken = take {
            Self.isAtom($0) || $0 == UInt8(ascii: "]") || $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "*")
        }
        guard !taken.isEmpty else { throw IMAPSyntaxError("a mailbox pattern is missing") }
        return try name(Array(taken))
    }

    private func name(_ octets: [UInt8]) throws(IMAPSyntaxError) -> String {
        guard octets.count <= 1000 else { throw IMAPSyntaxError("a mailbox name is too long") }
        let decoded = acceptsUTF8 ? String(validating: octets, as: UTF8.self) : ModifiedUTF7.decoded(octets)
        // What is no modified UTF-7 may still be a name that a careless client wrote in UTF-8.
        guard let name = decoded ?? String(validating: octets, as: UTF8.self).flatMap({ $0.contains("&") ? nil : $0 })
        else { throw IMAPSyntaxError("a mailbox name is in no encoding that is known") }
        guard name.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else {
            throw IMAPSyntaxError("a mailbox name has control characters")
        }
        return name.uppercased() == "INBOX" ? "INBOX" : name
    }

    // MARK: Numbers

    mutating func number(_ what: String, in range: ClosedRange<UInt64>) throws(IMAPSyntaxError) -> UInt64 {
        let digits = take { (0x30...0x39).contains($0) }
        guard !digits.isEmpty, digits.count <= 20, let number = UInt64(String(decoding: digits, as: UTF8.self)),
            range.contains(number)
        else { throw IMAPSyntaxError("\(what) is no number from \(range.lowerBound) to \(range.upperBound)") }
        return number
    }

    /// `nz-number`.
    mutating func positive(_ what: String) throws(IMAPSyntaxError) -> UInt32 {
        UInt32(try number(what, in: 1...UInt64(UInt32.max)))
    }

    mutating func numberSet() throws(IMAPSyntaxError) -> NumberSet {
        if skip("$") { return .saved }
        var set = NumberSet()
        repeat {
            let first = try bound()
            set.spans.append(NumberSet.Span(first: first, last: skip(":") ? try bound() : first))
        } while skip(",")
        return set
    }

    private mutating func bound() throws(IMAPSyntaxError) -> NumberSet.Bound {
        skip("*") ? .last : .number(try positive("a number of a set"))
    }

    /// Whether a set comes next.
    var isAtSet: Bool {
        guard let peeked else { return false }
        return (0x31...0x39).contains(peeked) || peeked == UInt8(ascii: "*") || peeked == UInt8(ascii: "$")
    }

    // MARK: Lists

    /// Elements in parentheses, apart by one space.
    mutating func list<Element>(
        mayBeEmpty: Bool = false, _ element: (inout Self) throws(IMAPSyntaxError) -> Element
    ) throws(IMAPSyntaxError) -> [Element] {
        try expect("(")
        if skip(")") {
            guard mayBeEmpty else { throw IMAPSyntaxError("a list is empty") }
            return []
        }
        var elements: [Element] = []
        repeat { elements.append(try element(&self)) } while skip(" ")
        try expect(")")
        return elements
    }

    /// `flag`: `\Seen`, or a keyword. Flags of the system come back in their usual spelling.
    mutating func flag() throws(IMAPSyntaxError) -> String {
        guard skip("\\") else { return try atom("a flag") }
        let name = "\\" + (try atom("a flag"))
        return Self.systemFlags.first { $0.lowercased() == name.lowercased() } ?? name
    }

    static let systemFlags = ["\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft", "\\Recent"]
}

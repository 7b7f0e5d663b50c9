internal import MailStore

/// Reads the grammar of responses (RFC 9051 §9, RFC 3501 §9). What it does not know it passes over; it goes forward only,
/// and no deeper than ``maximumDepth``.
struct ResponseParser {
    /// Nested parentheses.
    static let maximumDepth = 64

    private let bytes: [UInt8]
    private var literals: ArraySlice<[UInt8]>
    private var index = 0

    /// Reads one response.
    ///
    /// - Throws: ``IMAPSyntaxError`` for what is none.
    static func parse(_ text: LiteralText) throws(IMAPSyntaxError) -> IMAPResponse {
        var parser = ResponseParser(text)
        return try parser.response()
    }

    private init(_ text: LiteralText) {
        bytes = text.bytes
        literals = text.literals[...]
    }

    private mutating func response() throws(IMAPSyntaxError) -> IMAPResponse {
        if skip("+") {
            _ = skip(" ")
            return .continuation(rest())
        }
        let first = word()
        guard !first.isEmpty, skip(" ") else { throw IMAPSyntaxError("a response has one word only") }
        let second = word().uppercased()
        _ = skip(" ")
        if let kind = IMAPResponse.Status.Kind(rawValue: second) {
            return .status(tag: first == "*" ? nil : first, status(kind))
        }
        guard first == "*" else { throw IMAPSyntaxError("a command is answered with \(second.prefix(20))") }
        if let number = UInt32(second) { return try numbered(number) }
        switch second {
        case "CAPABILITY": return .capabilities(words())
        case "FLAGS": return .flags(try flags())
        case "LIST", "LSUB": return .list(try listed())
        case "SEARCH": return .search(words().prefix { UInt32($0) != nil }.compactMap { UInt32($0) })
        case "ESEARCH": return .search(try extendedSearch())
        default: return .other(second)
        }
    }

    // MARK: Responses

    /// `resp-text`.
    private mutating func status(_ kind: IMAPResponse.Status.Kind) -> IMAPResponse.Status {
        var status = IMAPResponse.Status(kind: kind, text: "")
        if peeked == UInt8(ascii: "["), let end = bytes[index...].firstIndex(of: UInt8(ascii: "]")) {
            let code = String(decoding: bytes[(index + 1)..<end], as: UTF8.self)
            let name = code.prefix { $0 != " " }
            status.code = name.uppercased()
            status.argument = String(code.dropFirst(name.count + 1))
            index = end + 1
            _ = skip(" ")
        }
        status.text = rest()
        return status
    }

    private mutating func numbered(_ number: UInt32) throws(IMAPSyntaxError) -> IMAPResponse {
        let name = word().uppercased()
        _ = skip(" ")
        switch name {
        case "EXISTS": return .exists(number)
        case "EXPUNGE": return .expunge(number)
        case "FETCH": return .fetch(try fetched(number))
        default: return .other(name)
        }
    }

    private mutating func listed() throws(IMAPSyntaxError) -> ListedMailbox {
        let attributes = try flags()
        try expect(" ")
        let separator = try string("a separator").flatMap { String(decoding: $0, as: UTF8.self).first }
        try expect(" ")
        let name = try string("a mailbox name") ?? Array("NIL".utf8)
        // Servers with UTF-8 write names as they are.
        let text = ModifiedUTF7.decoded(name) ?? String(decoding: name, as: UTF8.self)
        return ListedMailbox(
            name: text.uppercased() == "INBOX" ? "INBOX" : text, separator: separator, attributes: attributes)
    }

    /// RFC 4731: what was found is behind `ALL`; nothing where that is missing.
    private mutating func extendedSearch() throws(IMAPSyntaxError) -> [UInt32] {
        var found: [UInt32] = []
        while !isAtEnd {
            if peeked == UInt8(ascii: "(") {
                try skipValue()
            } else if word().uppercased() == "ALL" {
                try expect(" ")
                found = try numbers(word())
            }
            guard skip(" ") || isAtEnd else { throw IMAPSyntaxError("ESEARCH is followed by what is no word") }
        }
        return found
    }

    /// `1:3,7`, at most as many numbers as a mailbox could have in practice.
    private func numbers(_ set: String) throws(IMAPSyntaxError) -> [UInt32] {
        var numbers: [UInt32] = []
        for span in set.split(separator: ",") {
            let bounds = span.split(separator: ":").map { UInt32($0) }
            guard let first = bounds.first ?? nil, let last = bounds.last ?? nil, bounds.count <= 2 else {
                throw IMAPSyntaxError("a set of numbers has what is none")
            }
            let (low, high) = (min(first, last), max(first, last))
            guard Int(high - low) + numbers.count < 10_000_000 else {
                throw IMAPSyntaxError("a set has more numbers than a mailbox has messages")
            }
            numbers += low...high
        }
        return numbers
    }

    private mutating func fetched(_ number: UInt32) throws(IMAPSyntaxError) -> FetchedMessage {
        var message = FetchedMessage(number: number)
        try expect("(")
        if skip(")") { return message }
        repeat {
            let name = itemName()
            try expect(" ")
            switch name {
            case "UID": message.uid = UInt32(word())
            case "RFC822.SIZE": message.size = Int(word()).flatMap { $0 >= 0 ? $0 : nil }
            case "FLAGS": message.flags = try flags()
            case "INTERNALDATE":
                let text = try string("a date").map { String(decoding: $0, as: UTF8.self) }
                message.internalDate = text.flatMap { InternalDate($0)?.seconds }
            case _ where name.hasPrefix("BODY[") || name.hasPrefix("BINARY["):
                message.sections[name] = try string("a part")
            case "": throw IMAPSyntaxError("a fetched item has no name")
            default: try skipValue()
            }
        } while skip(" ")
        try expect(")")
        return message
    }

    /// `BODY[HEADER.FIELDS (FROM)]<0>` up to the space within, in upper case; all of it is passed.
    private mutating func itemName() -> String {
        var name = take { $0 > 0x20 && $0 < 0x7F && !"[()\"".utf8.contains($0) }
        if peeked == UInt8(ascii: "[") {
            let start = index
            while let byte = peeked, byte != UInt8(ascii: "]") {
                if byte == UInt8(ascii: "\"") || byte == LiteralText.mark {
                    if (try? string("a field's name")) == nil { break }
                } else {
                    index += 1
                }
            }
            _ = skip("]")
            // `BODY[]<0>` is the same as `BODY[]` to who knows what was asked for.
            name += String(decoding: bytes[start..<index].prefix { $0 != 0x20 }, as: UTF8.self)
            _ = take { $0 > 0x20 && $0 != UInt8(ascii: ")") }
        }
        return name.uppercased()
    }

    private mutating func flags() throws(IMAPSyntaxError) -> [String] {
        try expect("(")
        var flags: [String] = []
        while !skip(")") {
            let flag = take { $0 > 0x20 && !"()".utf8.contains($0) }
            guard !flag.isEmpty else { throw IMAPSyntaxError("a list of flags does not end") }
            flags.append(flag)
            _ = skip(" ")
        }
        return flags
    }

    // MARK: Words

    private var peeked: UInt8? { index < bytes.count ? bytes[index] : nil }
    private var isAtEnd: Bool { index == bytes.count }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard peeked == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(IMAPSyntaxError) {
        guard skip(character) else {
            throw IMAPSyntaxError("\"\(character == " " ? "space" : String(character))\" is missing")
        }
    }

    private mutating func take(while belongs: (UInt8) -> Bool) -> String {
        let start = index
        while let byte = peeked, belongs(byte) { index += 1 }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    /// Up to a space or a parenthesis.
    private mutating func word() -> String { take { $0 > 0x20 && !"()".utf8.contains($0) } }

    private mutating func words() -> [String] { rest().split(separator: " ").map(String.init) }

    private mutating func rest() -> String {
        defer { index = bytes.count }
        return String(decoding: bytes[index...], as: UTF8.self)
    }

    /// `nstring` and, as servers write names so, `astring`; nil for `NIL`.
    private mutating func string(_ what: String) throws(IMAPSyntaxError) -> [UInt8]? {
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
                if byte == UInt8(ascii: "\"") { return octets }
                if byte == UInt8(ascii: "\\"), let escaped = peeked, escaped != LiteralText.mark {
                    octets.append(escaped)
                    index += 1
                } else {
                    octets.append(byte)
                }
            }
            throw IMAPSyntaxError("a quoted string does not end")
        default:
            let atom = word()
            guard !atom.isEmpty else { throw IMAPSyntaxError("\(what) is missing") }
            return atom.uppercased() == "NIL" ? nil : Array(atom.utf8)
        }
    }

    /// A value of any kind: a string, a word, a list of values.
    private mutating func skipValue() throws(IMAPSyntaxError) {
        var depth = 0
        repeat {
            if skip("(") {
                depth += 1
                guard depth <= Self.maximumDepth else { throw IMAPSyntaxError("lists are nested too deeply") }
            } else if depth > 0, skip(")") {
                depth -= 1
            } else if depth > 0, skip(" ") {
                continue
            } else {
                _ = try string("a value")
            }
        } while depth > 0
    }
}

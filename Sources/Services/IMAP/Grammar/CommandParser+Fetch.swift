extension CommandParser {
    mutating func fetchItems() throws(IMAPSyntaxError) -> [FetchItem] {
        if peeked == UInt8(ascii: "(") { return try list { parser throws(IMAPSyntaxError) in try parser.fetchItem() } }
        let start = self
        // Macros stand alone.
        switch try? keyword("an item") {
        case "ALL"?: return [.flags, .internalDate, .size, .envelope]
        case "FAST"?: return [.flags, .internalDate, .size]
        case "FULL"?: return [.flags, .internalDate, .size, .envelope, .body]
        default: self = start
        }
        return [try fetchItem()]
    }

    private mutating func fetchItem() throws(IMAPSyntaxError) -> FetchItem {
        let name = String(decoding: take { Self.isAtom($0) && $0 != UInt8(ascii: "[") }, as: UTF8.self).uppercased()
        switch name {
        case "ENVELOPE": return .envelope
        case "FLAGS": return .flags
        case "INTERNALDATE": return .internalDate
        case "RFC822.SIZE": return .size
        case "UID": return .uid
        case "BODYSTRUCTURE": return .bodyStructure
        case "RFC822": return .rfc822(.whole)
        case "RFC822.HEADER": return .rfc822(.header)
        case "RFC822.TEXT": return .rfc822(.text)
        case "BODY" where peeked != UInt8(ascii: "["): return .body
        case "BODY", "BODY.PEEK":
            let section = try bodySection()
            return .section(section, partial: try partialRange(), peeks: name == "BODY.PEEK")
        case "BINARY", "BINARY.PEEK":
            let part = try binaryPart()
            return .binary(part, partial: try partialRange(), peeks: name == "BINARY.PEEK")
        case "BINARY.SIZE": return .binarySize(try binaryPart())
        case "": throw IMAPSyntaxError("an item is missing")
        default: throw IMAPSyntaxError("there is no item \(name)")
        }
    }

    /// `[…]` (RFC 9051 §9, `section`).
    private mutating func bodySection() throws(IMAPSyntaxError) -> BodySection {
        try expect("[")
        var section = BodySection()
        section.part = try partNumbers(endsWithDot: true)
        if skip("]") { return section }
        let name = String(decoding: take { Self.isAtom($0) }, as: UTF8.self).uppercased()
        switch name {
        case "HEADER": section.text = .header
        case "TEXT": section.text = .text
        case "MIME" where !section.part.isEmpty: section.text = .mime
        case "HEADER.FIELDS", "HEADER.FIELDS.NOT":
            try expect(" ")
            let names = try list { parser throws(IMAPSyntaxError) in try parser.text("a field's name") }
            section.text = name == "HEADER.FIELDS" ? .headerFields(names) : .headerFieldsNot(names)
        default: throw IMAPSyntaxError("there is no section \(name)")
        }
        try expect("]")
        return section
    }

    private mutating func binaryPart() throws(IMAPSyntaxError) -> [Int] {
        try expect("[")
        let part = try partNumbers(endsWithDot: false)
        try expect("]")
        return part
    }

    /// `1.2.3`, perhaps nothing.
    private mutating func partNumbers(endsWithDot: Bool) throws(IMAPSyntaxError) -> [Int] {
        var part: [Int] = []
        while let byte = peeked, (0x30...0x39).contains(byte) {
            guard part.count < Self.maximumDepth else { throw IMAPSyntaxError("parts are not nested that deeply") }
            part.append(Int(try positive("a part's number")))
            guard skip(".") else { return part }
            guard let next = peeked, (0x30...0x39).contains(next) || endsWithDot, next != UInt8(ascii: "]") else {
                throw IMAPSyntaxError("a part's number is missing")
            }
        }
        return part
    }

    /// `<first.count>`.
    private mutating func partialRange() throws(IMAPSyntaxError) -> PartialRange? {
        guard skip("<") else { return nil }
        let first = try number("the first octet", in: 0...UInt64(UInt32.max))
        try expect(".")
        let count = try number("the number of octets", in: 1...UInt64(UInt32.max))
        try expect(">")
        return PartialRange(first: Int(first), count: Int(count))
    }
}

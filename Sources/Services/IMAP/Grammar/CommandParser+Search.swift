extension CommandParser {
    mutating func searchRequest() throws(IMAPSyntaxError) -> SearchRequest {
        var results: Set<SearchRequest.Result>?
        var charset: String?
        if skipWord("RETURN") {
            try expect(" ")
            let names = try list(mayBeEmpty: true) { parser throws(IMAPSyntaxError) in try parser.keyword("an option") }
            results = []
            for name in names {
                guard let result = SearchRequest.Result(rawValue: name) else {
                    throw IMAPSyntaxError("there is no search option \(name)")
                }
                results?.insert(result)
            }
            if results == [] { results = [.all] }
            try expect(" ")
        }
        if skipWord("CHARSET") {
            try expect(" ")
            charset = try text("a character set").uppercased()
            try expect(" ")
        }
        var left = Self.maximumSearchKeys
        var keys = [try searchKey(depth: 0, &left)]
        while skip(" ") { keys.append(try searchKey(depth: 0, &left)) }
        return SearchRequest(results: results, charset: charset, key: keys.count == 1 ? keys[0] : .every(keys))
    }

    /// Steps over a word of the protocol if it comes next.
    private mutating func skipWord(_ word: String) -> Bool {
        let start = self
        if let found = try? keyword(word), found == word { return true }
        self = start
        return false
    }

    /// - Parameters:
    ///   - depth: parentheses, `NOT`s and `OR`s around it.
    ///   - left: keys that the search may still have.
    private mutating func searchKey(depth: Int, _ left: inout Int) throws(IMAPSyntaxError) -> SearchKey {
        guard depth <= Self.maximumDepth else { throw IMAPSyntaxError("a search is not nested that deeply") }
        guard left > 0 else { throw IMAPSyntaxError("a search has \(Self.maximumSearchKeys) keys at most") }
        left -= 1
        if peeked == UInt8(ascii: "(") {
            let keys = try list { parser throws(IMAPSyntaxError) in try parser.searchKey(depth: depth + 1, &left) }
            return keys.count == 1 ? keys[0] : .every(keys)
        }
        if isAtSet { return .numbers(try numberSet()) }
        let name = try keyword("a search key")
        if let key = Self.plainKeys[name] { return key }
        try expect(" ")
        switch name {
        case "NOT": return .not(try searchKey(depth: depth + 1, &left))
        case "OR":
            let first = try searchKey(depth: depth + 1, &left)
            try expect(" ")
            return .either(first, try searchKey(depth: depth + 1, &left))
        case "UID": return .uids(try numberSet())
        case "KEYWORD": return .flag(try atom("a keyword"))
        case "UNKEYWORD": return .lacksFlag(try atom("a keyword"))
        case "FROM", "TO", "CC", "BCC", "SUBJECT": return .header(name, try text("what is looked for"))
        case "HEADER":
            let field = try text("a field's name")
            try expect(" ")
            return .header(field, try text("what is looked for"))
        case "BODY": return .body(try text("what is looked for"))
        case "TEXT": return .text(try text("what is looked for"))
        case "LARGER": return .larger(try number("a size", in: 0...UInt64(Int64.max)))
        case "SMALLER": return .smaller(try number("a size", in: 0...UInt64(Int64.max)))
        case "BEFORE": return .before(try date())
        case "ON": return .on(try date())
        case "SINCE": return .since(try date())
        case "SENTBEFORE": return .sentBefore(try date())
        case "SENTON": return .sentOn(try date())
        case "SENTSINCE": return .sentSince(try date())
        default: throw IMAPSyntaxError("there is no search key \(name)")
        }
    }

    private static let plainKeys: [String: SearchKey] = [
        "ALL": .all, "RECENT": .recent, "OLD": .not(.recent), "NEW": .every([.recent, .lacksFlag("\\Seen")]),
        "ANSWERED": .flag("\\Answered"), "UNANSWERED": .lacksFlag("\\Answered"),
        "DELETED": .flag("\\Deleted"), "UNDELETED": .lacksFlag("\\Deleted"),
        "DRAFT": .flag("\\Draft"), "UNDRAFT": .lacksFlag("\\Draft"),
        "FLAGGED": .flag("\\Flagged"), "UNFLAGGED": .lacksFlag("\\Flagged"),
        "SEEN": .flag("\\Seen"), "UNSEEN": .lacksFlag("\\Seen"),
    ]

    /// `date`, in quotes or not.
    private mutating func date() throws(IMAPSyntaxError) -> IMAPDate {
        let octets = try octets("a date")
        guard let date = IMAPDate(String(decoding: octets, as: UTF8.self)) else {
            throw IMAPSyntaxError("a date is written like 1-Feb-1994")
        }
        return date
    }
}

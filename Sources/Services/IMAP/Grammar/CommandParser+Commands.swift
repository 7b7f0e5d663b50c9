extension CommandParser {
    /// Reads a whole command.
    ///
    /// - Parameters:
    ///   - text: the command.
    ///   - acceptsUTF8: whether mailbox names are in UTF-8.
    /// - Throws: ``IMAPSyntaxError``; use ``tag(of:)`` for the answer's tag.
    static func parse(_ text: LiteralText, acceptsUTF8: Bool = false) throws(IMAPSyntaxError) -> TaggedCommand {
        var parser = CommandParser(text, acceptsUTF8: acceptsUTF8)
        let tag = try parser.tag()
        try parser.expect(" ")
        let name = try parser.keyword("a command")
        let command = try parser.command(name)
        try parser.expectEnd()
        return TaggedCommand(tag: tag, command: command)
    }

    /// The tag of a command, whatever follows; nil when it has none.
    static func tag(of text: LiteralText) -> String? {
        var parser = CommandParser(text, acceptsUTF8: false)
        return try? parser.tag()
    }

    /// What a command up to a literal asks for if that literal is the message of an `APPEND`; nil when it is something
    /// else.
    static func append(upTo prefix: LiteralText, size: Int, acceptsUTF8: Bool) -> AppendRequest? {
        var parser = CommandParser(prefix, acceptsUTF8: acceptsUTF8)
        guard let tag = try? parser.tag(), !tag.isEmpty, parser.skip(" "),
            (try? parser.keyword("a command")) == "APPEND", parser.skip(" "),
            var request = try? parser.appendRequest(), parser.isAtEnd
        else { return nil }
        request.size = size
        return request
    }

    private mutating func command(_ name: String) throws(IMAPSyntaxError) -> IMAPCommand {
        switch name {
        case "CAPABILITY": return .capability
        case "NOOP": return .noop
        case "LOGOUT": return .logout
        case "STARTTLS": return .startTLS
        case "NAMESPACE": return .namespace
        case "IDLE": return .idle
        case "CHECK": return .check
        case "CLOSE": return .close
        case "UNSELECT": return .unselect
        case "EXPUNGE": return .expunge(uids: nil)
        default: break
        }
        guard Self.commandsWithArguments.contains(name) else { throw IMAPSyntaxError("there is no command \(name)") }
        try expect(" ")
        switch name {
        case "ID": return .id(try identification())
        case "AUTHENTICATE":
            let mechanism = try keyword("a mechanism")
            guard skip(" ") else { return .authenticate(mechanism: mechanism, initial: nil) }
            let initial = take { Self.isAtom($0) }
            guard !initial.isEmpty else { throw IMAPSyntaxError("an initial response is missing") }
            return .authenticate(mechanism: mechanism, initial: String(decoding: initial, as: UTF8.self))
        case "LOGIN":
            let user = try text("a user name")
            try expect(" ")
            return .login(user: user, password: try text("a password"))
        case "ENABLE":
            var names = [try keyword("a capability")]
            while skip(" ") { names.append(try keyword("a capability")) }
            return .enable(names)
        case "SELECT": return .select(mailbox: try mailbox(), readOnly: false)
        case "EXAMINE": return .select(mailbox: try mailbox(), readOnly: true)
        case "CREATE": return try createCommand()
        case "DELETE": return .delete(mailbox: try mailbox())
        case "RENAME":
            let from = try mailbox()
            try expect(" ")
            return .rename(from: from, to: try mailbox())
        case "SUBSCRIBE": return .subscribe(mailbox: try mailbox())
        case "UNSUBSCRIBE": return .unsubscribe(mailbox: try mailbox())
        case "LIST": return .list(try listRequest())
        case "LSUB":
            let reference = try mailbox()
            try expect(" ")
            return .lsub(reference: reference, pattern: try pattern())
        case "STATUS":
            let mailbox = try mailbox()
            try expect(" ")
            return .status(mailbox: mailbox, items: try statusItems())
        case "APPEND":
            var request = try appendRequest()
            // The message: only its mark is here.
            guard let message = try string() else { throw IMAPSyntaxError("the message is no literal") }
            request.size = message.count
            return .append(request)
        case "SEARCH": return .search(try searchRequest(), uid: false)
        case "FETCH", "STORE", "COPY", "MOVE": return try onMessages(name, uid: false)
        case "UID":
            let name = try keyword("a command")
            try expect(" ")
            switch name {
            case "EXPUNGE": return .expunge(uids: try numberSet())
            case "SEARCH": return .search(try searchRequest(), uid: true)
            case "FETCH", "STORE", "COPY", "MOVE": return try onMessages(name, uid: true)
            default: throw IMAPSyntaxError("there is no command UID \(name)")
            }
        default: throw IMAPSyntaxError("there is no command \(name)")
        }
    }

    private static let commandsWithArguments: Set<String> = [
        "ID", "AUTHENTICATE", "LOGIN", "ENABLE", "SELECT", "EXAMINE", "CREATE", "DELETE", "RENAME", "SUBSCRIBE",
        "UNSUBSCRIBE", "LIST", "LSUB", "STATUS", "APPEND", "SEARCH", "FETCH", "STORE", "COPY", "MOVE", "UID",
    ]

    private mutating func onMessages(_ name: String, uid: Bool) throws(IMAPSyntaxError) -> IMAPCommand {
        let numbers = try numberSet()
        try expect(" ")
        switch name {
        case "FETCH": return .fetch(numbers, try fetchItems(), uid: uid)
        case "STORE": return .store(numbers, try storeRequest(), uid: uid)
        case "COPY": return .copy(numbers, mailbox: try mailbox(), uid: uid)
        default: return .move(numbers, mailbox: try mailbox(), uid: uid)
        }
    }

    /// `NIL`, or up to 30 pairs of strings (RFC 2971 §3.3).
    private mutating func identification() throws(IMAPSyntaxError) -> [String: String] {
        guard peeked == UInt8(ascii: "(") else {
            guard try keyword("a list") == "NIL" else { throw IMAPSyntaxError("a list is missing") }
            return [:]
        }
        var pairs: [String: String] = [:]
        var key: String?
        _ = try list(mayBeEmpty: true) { parser throws(IMAPSyntaxError) in
            let value = try parser.optionalText("a field")
            if let present = key {
                pairs[present] = value
                key = nil
            } else {
                key = value ?? ""
            }
        }
        guard key == nil, pairs.count <= 30 else { throw IMAPSyntaxError("fields come in pairs, 30 at most") }
        return pairs
    }

    /// `CREATE`, with the uses of RFC 6154 §3.
    private mutating func createCommand() throws(IMAPSyntaxError) -> IMAPCommand {
        let name = try mailbox()
        guard skip(" ") else { return .create(mailbox: name, use: []) }
        try expect("(")
        guard try keyword("USE") == "USE" else { throw IMAPSyntaxError("only USE may be asked for") }
        try expect(" ")
        let uses = try list(mayBeEmpty: true) { parser throws(IMAPSyntaxError) in try parser.flag() }
        try expect(")")
        return .create(mailbox: name, use: uses)
    }

    private mutating func listRequest() throws(IMAPSyntaxError) -> ListRequest {
        var request = ListRequest()
        if peeked == UInt8(ascii: "(") {
            request.isExtended = true
            let options = try list(mayBeEmpty: true) { parser throws(IMAPSyntaxError) in
                try parser.keyword("an option")
            }
            for option in options {
                guard let selection = ListRequest.Selection(rawValue: option) else {
                    throw IMAPSyntaxError("there is no selection option \(option)")
                }
                request.selection.insert(selection)
            }
            guard !request.selection.contains(.recursiveMatch) || request.selection.contains(.subscribed) else {
                throw IMAPSyntaxError("RECURSIVEMATCH needs SUBSCRIBED")
            }
            try expect(" ")
        }
        request.reference = try mailbox()
        try expect(" ")
        if peeked == UInt8(ascii: "(") {
            request.isExtended = true
            request.patterns = try list { parser throws(IMAPSyntaxError) in try parser.pattern() }
        } else {
            request.patterns = [try pattern()]
        }
        guard skip(" ") else { return request }
        guard try keyword("RETURN") == "RETURN" else { throw IMAPSyntaxError("only RETURN may follow") }
        try expect(" ")
        request.isExtended = true
        _ = try list(mayBeEmpty: true) { parser throws(IMAPSyntaxError) in
            switch try parser.keyword("an option") {
            case "SUBSCRIBED": request.returnsSubscribed = true
            case "CHILDREN": request.returnsChildren = true
            case "SPECIAL-USE": request.returnsSpecialUse = true
            case "STATUS":
                try parser.expect(" ")
                request.status = try parser.statusItems()
            case let option: throw IMAPSyntaxError("there is no return option \(option)")
            }
        }
        return request
    }

    private mutating func statusItems() throws(IMAPSyntaxError) -> [StatusItem] {
        try list { parser throws(IMAPSyntaxError) in
            let name = try parser.keyword("an item")
            guard let item = StatusItem(rawValue: name) else {
                throw IMAPSyntaxError("there is no status item \(name)")
            }
            return item
        }
    }

    /// `APPEND` up to its message, and the space before that.
    fileprivate mutating func appendRequest() throws(IMAPSyntaxError) -> AppendRequest {
        var request = AppendRequest(mailbox: try mailbox())
        try expect(" ")
        if peeked == UInt8(ascii: "(") {
            request.flags = try list(mayBeEmpty: true) { parser throws(IMAPSyntaxError) in try parser.flag() }
            try expect(" ")
        }
        if peeked == UInt8(ascii: "\"") {
            guard let octets = try string(), let date = InternalDate(String(decoding: octets, as: UTF8.self)) else {
                throw IMAPSyntaxError("the date is none")
            }
            request.internalDate = date
            try expect(" ")
        }
        return request
    }

    private mutating func storeRequest() throws(IMAPSyntaxError) -> StoreRequest {
        let action: StoreRequest.Action = skip("+") ? .add : skip("-") ? .remove : .replace
        var name = try keyword("FLAGS")
        let isSilent = name.hasSuffix(".SILENT")
        if isSilent { name.removeLast(".SILENT".count) }
        guard name == "FLAGS" else { throw IMAPSyntaxError("only FLAGS can be stored") }
        try expect(" ")
        guard peeked != UInt8(ascii: "(") else {
            let flags = try list(mayBeEmpty: true) { parser throws(IMAPSyntaxError) in try parser.flag() }
            return StoreRequest(action: action, isSilent: isSilent, flags: flags)
        }
        var flags = [try flag()]
        while skip(" ") { flags.append(try flag()) }
        return StoreRequest(action: action, isSilent: isSilent, flags: flags)
    }
}

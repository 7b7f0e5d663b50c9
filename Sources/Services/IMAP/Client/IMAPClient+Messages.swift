internal import LineProtocol
package import MailStore
package import NIOCore

extension IMAPClient {
    /// UIDs that one command names.
    private static let batch = 500

    /// UIDs of the messages of the mailbox that is selected, ascending.
    ///
    /// - Parameters:
    ///   - text: what must occur in header or text; nil for any.
    ///   - isUnseen: whether only messages are meant that nobody has read.
    package mutating func search(text: String? = nil, isUnseen: Bool = false) async throws -> [UInt32] {
        var command = ClientCommand("UID SEARCH")
        // Without it texts are ASCII.
        if let text, !text.utf8.allSatisfy({ $0 < 0x80 }) { command = command.word("CHARSET UTF-8") }
        if isUnseen { command = command.word("UNSEEN") }
        if let text {
            command = command.word("TEXT").string(text)
        } else if !isUnseen {
            command = command.word("ALL")
        }
        var found: [UInt32] = []
        try await perform(command) { response in
            if case .search(let uids) = response { found += uids }
        }
        return Array(Set(found)).sorted()
    }

    /// Which messages are meant.
    package enum Selection: Sendable, Hashable {
        case uids([UInt32])
        /// By the numbers that they have now, from 1.
        case numbers(ClosedRange<UInt32>)
    }

    /// What a list shows of messages: UID, flags, internal date, size, and fields of the header as the section
    /// `BODY[HEADER.FIELDS`; by ascending UID. Messages that are gone are left out.
    ///
    /// - Parameters:
    ///   - selection: which messages.
    ///   - fields: names of header fields.
    package mutating func overview(of selection: Selection, fields: [String]) async throws -> [FetchedMessage] {
        let items = "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (\(fields.joined(separator: " ")))])"
        var found: [UInt32: FetchedMessage] = [:]
        let commands: [ClientCommand] =
            switch selection {
            case .numbers(let range): [ClientCommand("FETCH \(range.lowerBound):\(range.upperBound)").word(items)]
            case .uids(let uids): Self.commands("UID FETCH", uids, items)
            }
        for command in commands {
            try await perform(command) { response in
                // Changes of flags that somebody else made are told in the same way.
                guard case .fetch(let message) = response, let uid = message.uid, message.size != nil else { return }
                found[uid] = message
            }
        }
        if case .uids(let uids) = selection {
            let wanted = Set(uids)
            found = found.filter { wanted.contains($0.key) }
        }
        return found.values.sorted { ($0.uid ?? 0) < ($1.uid ?? 0) }
    }

    /// Reads a message, piece by piece; it stays unread to others.
    ///
    /// - Parameters:
    ///   - uid: which one.
    ///   - maximumSize: octets; a larger message ends the session.
    ///   - body: takes the pieces in order.
    /// - Throws: ``IMAPClientError`` with `.noMessage`.
    package mutating func retrieve(
        _ uid: UInt32, maximumSize: Int = .max, body: (ByteBuffer) async throws -> Void
    ) async throws {
        var hasCome = false
        do {
            try await perform(
                ClientCommand("UID FETCH \(uid) (UID BODY.PEEK[])"),
                body: { response in
                    guard case .fetch(let message) = response, let octets = message.sections["BODY[]"] else { return }
                    guard !hasCome, message.uid == nil || message.uid == uid else {
                        throw IMAPClientError(.protocolViolation, "the server sends a message that nobody asked for")
                    }
                    hasCome = true
                    // A short one may stand in the response itself.
                    if !octets.isEmpty { try await body(ByteBuffer(bytes: octets)) }
                }, limit: maximumSize, sink: body)
        } catch let error as IMAPClientError where error.code == .refused {
            throw error
        } catch {
            // The rest of the message would be taken for responses.
            connection.close()
            throw error
        }
        guard hasCome else { throw IMAPClientError(.noMessage, "there is no message \(uid)") }
    }

    /// Changes flags of messages; those that are gone are passed over.
    package mutating func store(_ uids: [UInt32], _ change: FlagChange, _ flags: [String]) async throws {
        let item =
            switch change {
            case .replace: "FLAGS.SILENT"
            case .add: "+FLAGS.SILENT"
            case .remove: "-FLAGS.SILENT"
            }
        for command in Self.commands("UID STORE", uids, "\(item) (\(flags.joined(separator: " ")))") {
            try await perform(command)
        }
    }

    /// Puts copies of messages into another mailbox.
    ///
    /// - Throws: ``IMAPClientError`` with `.noMailbox`.
    package mutating func copy(_ uids: [UInt32], to mailbox: String) async throws {
        try await transfer("UID COPY", uids, to: mailbox)
    }

    /// Moves messages to another mailbox; where the server cannot do that at once, by copies (RFC 6851 §3.3).
    ///
    /// - Throws: ``IMAPClientError`` with `.noMailbox`.
    package mutating func move(_ uids: [UInt32], to mailbox: String) async throws {
        if capabilities.contains("MOVE") { return try await transfer("UID MOVE", uids, to: mailbox) }
        try await transfer("UID COPY", uids, to: mailbox)
        try await remove(uids)
    }

    private mutating func transfer(_ name: String, _ uids: [UInt32], to mailbox: String) async throws {
        do {
            for command in Self.commands(name, uids, nil) { try await perform(command.mailbox(mailbox)) }
        } catch let error as IMAPClientError where error.code == .refused {
            throw IMAPClientError(.noMailbox, "cannot put messages into \(Self.line(mailbox)): \(error)")
        }
    }

    /// Removes messages for good, and no others.
    ///
    /// - Throws: ``IMAPClientError`` with `.refused` when the server can only remove all that are flagged as deleted, and
    ///   others than these are; they are flagged then.
    package mutating func remove(_ uids: [UInt32]) async throws {
        try await store(uids, .add, ["\\Deleted"])
        if capabilities.contains("UIDPLUS") || capabilities.contains("IMAP4REV2") {
            for command in Self.commands("UID EXPUNGE", uids, nil) { try await perform(command) }
            return
        }
        var flagged: [UInt32] = []
        try await perform(ClientCommand("UID SEARCH DELETED")) { response in
            if case .search(let found) = response { flagged += found }
        }
        guard Set(flagged).isSubset(of: uids) else {
            throw IMAPClientError(
                .refused, "the server would remove other messages too; these are flagged as deleted only")
        }
        try await perform(ClientCommand("EXPUNGE"))
    }

    private static func commands(_ name: String, _ uids: [UInt32], _ rest: String?) -> [ClientCommand] {
        let sorted = Array(Set(uids)).sorted()
        return stride(from: 0, to: sorted.count, by: batch).map { start in
            let set = NumberSet.text(sorted[start..<min(start + batch, sorted.count)])
            let command = ClientCommand("\(name) \(set)")
            return rest.map { command.word($0) } ?? command
        }
    }
}

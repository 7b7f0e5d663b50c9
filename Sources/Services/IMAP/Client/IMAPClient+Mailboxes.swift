package import NIOCore
internal import LineProtocol
internal import MailStore

/// A mailbox that a client has selected.
package struct SelectedMailbox: Sendable, Hashable {
    /// UIDs mean the same as long as this stays; 0 where the server did not say.
    package var uidValidity: UInt32 = 0
    /// What the next message's UID will not be below; nil where the server did not say.
    package var uidNext: UInt32?
    /// Whether nothing can be changed.
    package var isReadOnly = false
}

extension IMAPClient {
    /// Mailboxes by a pattern: `*` for all, `%` for those of one level.
    package mutating func list(_ pattern: String = "*") async throws -> [ListedMailbox] {
        var found: [ListedMailbox] = []
        try await perform(ClientCommand("LIST").string("").mailbox(pattern)) { response in
            if case .list(let mailbox) = response {
                guard found.count < 100_000 else {
                    throw IMAPClientError(.protocolViolation, "the server's list of mailboxes has no end")
                }
                found.append(mailbox)
            }
        }
        return found
    }

    /// Goes into a mailbox.
    ///
    /// - Parameters:
    ///   - mailbox: its name; `INBOX` for where mail arrives.
    ///   - isReadOnly: whether nothing is to be changed, not even which messages are recent (`EXAMINE`).
    /// - Throws: ``IMAPClientError`` with `.noMailbox`.
    @discardableResult
    package mutating func select(_ mailbox: String, isReadOnly: Bool = false) async throws -> SelectedMailbox {
        var selected = SelectedMailbox()
        count = 0
        do {
            let status = try await perform(ClientCommand(isReadOnly ? "EXAMINE" : "SELECT").mailbox(mailbox)) {
                response in
                guard case .status(nil, let status) = response else { return }
                switch status.code {
                case "UIDVALIDITY": selected.uidValidity = UInt32(status.argument) ?? 0
                case "UIDNEXT": selected.uidNext = UInt32(status.argument)
                default: break
                }
            }
            selected.isReadOnly = isReadOnly || status.code == "READ-ONLY"
        } catch let error as IMAPClientError where error.code == .refused {
            throw IMAPClientError(.noMailbox, "cannot open the mailbox \(Self.line(mailbox)): \(error)")
        }
        return selected
    }

    /// Whether the server tells of new messages without being asked.
    package var canIdle: Bool { capabilities.contains("IDLE") }

    /// Waits until a message comes (RFC 2177).
    ///
    /// - Parameters:
    ///   - known: as ``arrivals`` was before the messages were last looked at.
    ///   - limit: how long to wait; servers hang up after half an hour.
    /// - Returns: whether one has come.
    /// - Throws: ``IMAPClientError`` with `.refused` when the server cannot do that.
    package mutating func idle(beyond known: Int, within limit: TimeAmount) async throws -> Bool {
        guard arrivals <= known else { return true }
        let tag = try await send(ClientCommand("IDLE"))
        try await invitation(tag)
        let deadline = NIODeadline.now() + limit
        while arrivals <= known {
            let rest = deadline - .now()
            guard rest > .nanoseconds(0) else { break }
            do {
                let response = try await response(within: rest)
                if case .status(tag, let status) = response {
                    _ = try Self.accept(status)
                    return arrivals > known
                }
                try note(response)
            } catch let error as LineConnectionError {
                guard error.code == .timedOut else { throw error }
            }
        }
        try await connection.write("DONE\r\n")
        while true {
            let response = try await response()
            if case .status(tag, let status) = response {
                _ = try Self.accept(status)
                return arrivals > known
            }
            try note(response)
        }
    }
}

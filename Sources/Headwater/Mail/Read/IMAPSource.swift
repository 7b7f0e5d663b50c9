import Foundation
import IMAP
import Mail
import MailStore
import NIOCore

/// A mailbox of an IMAP server.
struct IMAPSource: MailSource {
    private var client: IMAPClient
    /// As the client's when messages were last looked for.
    private var known = 0

    /// How long a server is waited for that cannot tell of new messages by itself, and how long one that can.
    private static let (pollTime, idleTime) = (TimeAmount.seconds(5), TimeAmount.minutes(25))

    /// - Parameters:
    ///   - client: has logged in.
    ///   - mailbox: to look into.
    ///   - isReadOnly: whether nothing is to be changed.
    init(_ client: IMAPClient, mailbox: String, isReadOnly: Bool) async throws {
        self.client = client
        try await self.client.select(mailbox, isReadOnly: isReadOnly)
    }

    mutating func newest(
        _ filter: MailFilter, count: Int, besides names: Set<String>
    ) async throws -> [MailEntry] {
        known = client.arrivals
        let present = client.count
        guard present > 0, count > 0 else { return [] }
        if filter.takesAll, names.isEmpty {
            let first = present - min(present, UInt32(clamping: count)) + 1
            return try await entries(.numbers(first...present))
        }
        let found = try await client.search(text: filter.text, isUnseen: filter.isUnseen).filter {
            !names.contains("\($0)")
        }
        return try await entries(.uids(Array(found.suffix(count))))
    }

    private mutating func entries(_ selection: IMAPClient.Selection) async throws -> [MailEntry] {
        try await client.overview(of: selection, fields: MailEntry.fields).reversed().map { message in
            let uid = message.uid ?? 0
            return MailEntry(
                id: uid, name: "\(uid)", size: message.size ?? 0, isUnseen: !message.has("\\Seen"),
                arrival: message.internalDate, header: Header(parsing: message.sections["BODY[HEADER.FIELDS"] ?? []))
        }
    }

    mutating func entry(_ id: UInt32) async throws -> MailEntry {
        guard let entry = try await entries(.uids([id])).first else {
            throw CommandError(.noInput, "there is no message with the UID \(id)")
        }
        return entry
    }

    mutating func names() async throws -> Set<String> { Set(try await client.search().map { "\($0)" }) }

    mutating func octets(of id: UInt32) async throws -> ByteBuffer {
        var message = ByteBuffer()
        try await client.retrieve(id, maximumSize: MailReadCommand.maximumSize) { message.writeImmutableBuffer($0) }
        return message
    }

    mutating func markSeen(_ id: UInt32) async throws { try await client.store([id], .add, ["\\Seen"]) }

    mutating func remove(_ id: UInt32) async throws { try await client.remove([id]) }

    mutating func waitForNews(within limit: TimeAmount) async throws {
        if client.canIdle {
            _ = try await client.idle(beyond: known, within: min(limit, Self.idleTime))
        } else {
            try await Task.sleep(for: .nanoseconds(min(limit, Self.pollTime).nanoseconds))
            try await client.noOperation()
        }
    }

    mutating func finish() async throws { try await client.logOut() }

    mutating func close() { client.close() }
}

extension IMAPClientError: ExitStatusProviding {
    var systemExit: SystemExit {
        switch code {
        case .refused, .tooLarge, .hungUp: .unavailable
        case .logInRefused, .insecure: .noPermission
        case .noMailbox, .noMessage: .noInput
        case .protocolViolation: .protocolError
        }
    }
}

import Foundation
import LineProtocol
import Mail
import NIOCore

/// A server's mailbox as `headwater mail read` looks into it.
protocol MailSource: Sendable {
    /// Messages of the mailbox that the filter takes, the newest first.
    ///
    /// - Parameters:
    ///   - filter: which messages are meant.
    ///   - count: how many at most.
    ///   - known: names of messages that are not meant.
    mutating func newest(
        _ filter: MailFilter, count: Int, besides known: Set<String>
    ) async throws -> [MailEntry]
    /// One message.
    ///
    /// - Parameter id: as ``MailEntry/id``.
    /// - Throws: ``CommandError`` when there is none.
    mutating func entry(_ id: UInt32) async throws -> MailEntry
    /// The names that all messages keep for ever.
    mutating func names() async throws -> Set<String>
    /// All octets of a message.
    mutating func octets(of id: UInt32) async throws -> ByteBuffer
    mutating func markSeen(_ id: UInt32) async throws
    mutating func remove(_ id: UInt32) async throws
    /// Waits until there may be something new.
    ///
    /// - Parameter limit: how long at most.
    mutating func waitForNews(within limit: TimeAmount) async throws
    /// Ends the session in order.
    mutating func finish() async throws
    /// Hangs up.
    mutating func close()
}

/// Which messages are meant.
struct MailFilter: Sendable, Hashable {
    var text: String?
    var isUnseen = false

    var takesAll: Bool { text == nil && !isUnseen }
}

/// A message in a list.
struct MailEntry: Sendable {
    /// What it is asked for by: a UID with IMAP, a number with POP3.
    var id: UInt32
    /// What it is called for ever: the UID with IMAP, the unique ID with POP3; nil when the server gives it none.
    var name: String?
    /// Octets.
    var size: Int
    /// Nil where the server does not know.
    var isUnseen: Bool?
    /// When it arrived, in seconds since 1970; nil where the server does not say.
    var arrival: Int?
    /// Its header, or the part of it that lists need.
    var header: Header

    /// Fields of the header that lists need.
    static let fields = ["DATE", "FROM", "SENDER", "TO", "CC", "SUBJECT", "MESSAGE-ID"]

    /// When it was written, or else when it arrived.
    var date: Date? {
        header["Date"].flatMap { MailDate.parse($0.value)?.date }
            ?? arrival.map { Date(timeIntervalSince1970: Double($0)) }
    }

    /// Who wrote it.
    var author: NamedAddress? {
        header.addresses("From").mailboxes.first ?? header.addresses("Sender").mailboxes.first
    }
    var subject: String { PrintableText.line(header["Subject"]?.text ?? "") }

    /// Addresses of a field, as people read them.
    func people(_ field: String) -> [String] {
        header.addresses(field).mailboxes.prefix(100).map { PrintableText.line($0.description) }
    }
}

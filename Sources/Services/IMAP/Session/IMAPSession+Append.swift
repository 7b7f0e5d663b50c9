internal import Foundation
internal import MailStore
internal import NIOCore

/// The message that an `APPEND` brings, as far as it has come.
struct AppendedMessage: Sendable {
    /// An octet of value zero was in it: what is stored would be sent in literals, which have none (RFC 9051 §9, `CHAR8`).
    struct NulFault: Error {}

    let spool: SpooledMessage
    private var lines = LineEnds()

    init(_ spool: SpooledMessage) { self.spool = spool }

    /// Takes what comes next.
    ///
    /// - Throws: ``NulFault``; `MailStoreError`.
    mutating func write(_ octets: ByteBuffer) async throws {
        let hasNul = octets.withUnsafeReadableBytes { octets in
            // The memory that memchr looks into is that of `octets`.
            octets.baseAddress.map { memchr($0, 0, octets.count) != nil } ?? false
        }
        guard !hasNul else { throw NulFault() }
        try await spool.write(lines.complete(octets))
    }
}

/// `APPEND` (RFC 9051 §6.3.12).
extension IMAPSession {
    mutating func append(_ tag: String, _ request: AppendRequest) async throws {
        guard let account, let appended else { return tagged(tag, "BAD The message is no literal.") }
        let spool: SpooledMessage
        do {
            spool = try appended.get().spool
        } catch is AppendedMessage.NulFault {
            // RFC 3516 §4.3 has the code, for `~{…}`.
            return tagged(tag, "NO [UNKNOWN-CTE] A message may have no octet of value zero: write it in base64.")
        }
        // A message without a single octet is nothing that could be read.
        guard spool.size > 0 else { return tagged(tag, "NO [CANNOT] The message is empty.") }
        try await spool.synchronize()
        let (validity, uid) = try await account.append(
            spool, to: request.mailbox, flags: MessageFlags(names: request.flags),
            internalDate: request.internalDate?.seconds)
        if view?.name == request.mailbox { try await tellNews() }
        ok(tag, "[APPENDUID \(validity) \(uid)] Appended.")
    }
}

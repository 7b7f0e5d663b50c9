package import NIOCore

/// A message of a maildrop.
package struct MaildropMessage: Sendable, Hashable {
    /// Octets.
    package var size: Int
    /// What tells it apart from all others that the maildrop ever has: 1 to 70 characters from `!` to `~` (RFC 1939 §7).
    package var uniqueID: String

    package init(size: Int, uniqueID: String) {
        self.size = size
        self.uniqueID = uniqueID
    }
}

/// The messages of one account, as they were when it was opened, for one session alone.
///
/// Messages are named by their place in ``messages``. Who opened it calls ``close()`` in the end, whatever happened.
package protocol Maildrop: Sendable {
    var messages: [MaildropMessage] { get }

    /// Octets of a message as they are kept, from `offset` on: `count` of them, or fewer when it ends there.
    ///
    /// - Throws: ``MaildropError``, with `.gone` when the message has been removed by others.
    func read(_ message: Int, from offset: Int, atMost count: Int) async throws -> ByteBuffer

    /// Removes messages for good; what is gone already counts as removed.
    ///
    /// - Throws: ``MaildropError`` when some may still be there.
    func remove(_ messages: [Int]) async throws

    /// Lets others in.
    func close() async
}

/// Why a maildrop cannot be used.
package struct MaildropError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What the client is to do: come back later, or go on without the message.
    package enum Code: Sendable, Hashable {
        /// Another session has it.
        case inUse
        /// The message is not there any more.
        case gone
        /// It cannot be read or written now.
        case unavailable
    }

    package var code: Code
    /// What, where, and what to do: one line.
    package var description: String

    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}

package import Accounts
package import MailStore
package import NIOCore
internal import Synchronization

/// The inbox of an account as a maildrop: one session has it at a time, while mail goes on arriving and IMAP's sessions go
/// on reading.
package final class StoredMaildrop: Maildrop {
    private static let mailbox = "INBOX"

    package let messages: [MaildropMessage]
    private let account: MailAccount
    private let uids: [UInt32]
    private let lock: Mutex<MaildropLock?>
    /// The message that is being read.
    private let current = Mutex<(message: Int, file: MessageFile)?>(nil)
    /// Who reads one message after the other gets several small ones read together.
    private let ahead = Mutex(ReadAhead())

    private struct ReadAhead {
        /// Messages at most, and octets of them.
        static let (messages, octets) = (16, 64 << 10)
        /// The message that should come next in a row.
        var next = -1
        var texts: [Int: ByteBuffer] = [:]
    }

    /// Opens it, unless another session has it, in whatever process.
    ///
    /// - Parameters:
    ///   - name: of the account.
    ///   - store: that keeps its mail.
    /// - Throws: ``MaildropError``.
    package init(_ name: AccountName, in store: MailStore) async throws {
        do {
            account = try await store.account(name)
            lock = Mutex(try await account.lockMaildrop())
            let snapshot = try await account.snapshot(of: Self.mailbox)
            uids = snapshot.messages.map(\.uid)
            messages = snapshot.messages.map {
                MaildropMessage(size: $0.size, uniqueID: "\(snapshot.uidValidity).\($0.uid)")
            }
        } catch let error as MailStoreError {
            throw Self.explain(error)
        }
    }

    package func read(_ message: Int, from offset: Int, atMost count: Int) async throws -> ByteBuffer {
        do {
            if offset == 0, let text = try await readAhead(message, count) { return text }
            let file: MessageFile
            if let open = current.withLock({ $0 }), open.message == message {
                file = open.file
            } else {
                file = try await account.open(uids[message], in: Self.mailbox, reading: count)
                current.withLock { $0 = (message, file) }
            }
            guard offset < file.size else { return ByteBuffer() }
            return try await file.read(offset..<min(offset + count, file.size))
        } catch let error as MailStoreError {
            throw Self.explain(error)
        }
    }

    /// A message that is small, when the one before it was read before; and those behind it, to be given later.
    private func readAhead(_ message: Int, _ count: Int) async throws -> ByteBuffer? {
        let (text, isInARow) = ahead.withLock { ahead in
            let text = ahead.texts.removeValue(forKey: message)
            defer { ahead.next = message + 1 }
            if message != ahead.next { ahead.texts = [:] }
            return (text, message == ahead.next)
        }
        if let text { return text }
        var octets = 0
        let together = (message..<messages.count).prefix(ReadAhead.messages).prefix { index in
            octets += messages[index].size
            return octets <= ReadAhead.octets && octets < count
        }
        guard isInARow, together.count > 1 else { return nil }
        let read = try await account.map(together.map { uids[$0] }, in: Self.mailbox) { ByteBuffer(bytes: $0) }
        ahead.withLock { ahead in
            ahead.texts = [:]
            for index in together.dropFirst() { ahead.texts[index] = read[uids[index]]?.value }
        }
        return read[uids[message]]?.value
    }

    package func remove(_ messages: [Int]) async throws {
        do {
            _ = try await account.expunge(Self.mailbox, uids: messages.map { uids[$0] }, force: true)
        } catch let error as MailStoreError {
            throw Self.explain(error)
        }
    }

    package func close() async {
        current.withLock { $0 = nil }
        ahead.withLock { $0 = ReadAhead() }
        lock.withLock { $0 = nil }
    }

    private static func explain(_ error: MailStoreError) -> MaildropError {
        switch error.code {
        case .inUse: MaildropError(.inUse, error.description)
        case .noMessage: MaildropError(.gone, error.description)
        default: MaildropError(.unavailable, error.description)
        }
    }
}

package import Accounts
internal import Foundation
package import NIOCore
internal import Synchronization

/// Mail of a server's accounts: a folder for each, `DOMAIN/USER`.
package final class MailStore: Sendable {
    private let root: String
    private let names = MessageNames()
    private let open = Mutex<[AccountName: Weak]>([:])
    private let hasSwept = Atomic(false)

    private struct Weak {
        weak var account: MailAccount?
    }

    /// - Parameter root: holds the accounts' folders; made when needed.
    package init(root: String) {
        self.root = root
    }

    /// The mailboxes of an account; made with the usual ones when the account is new. All who ask at the same time get the
    /// same object, and so see each other's changes at once.
    ///
    /// - Throws: ``MailStoreError`` with `.unusable`.
    package func account(_ name: AccountName) async throws -> MailAccount {
        if let account = open.withLock({ $0[name]?.account }) { return account }
        return try await MailAccount.blocking { [self] in try accountNow(name) }
    }

    private func accountNow(_ name: AccountName) throws -> MailAccount {
        try open.withLock { open in
            if let account = open[name]?.account { return account }
            open = open.filter { $0.value.account != nil }
            let account = try MailAccount(root: "\(root)/\(name.domain)/\(name.user)", names: names)
            open[name] = Weak(account: account)
            return account
        }
    }

    /// A message to be written and then delivered or appended to any of the accounts.
    ///
    /// - Throws: ``MailStoreError`` with `.unusable`.
    package func spool() async throws -> SpooledMessage {
        try await MailAccount.blocking { [self] in
            mkdir(root, 0o700)
            mkdir(root + "/tmp", 0o700)
            if !hasSwept.exchange(true, ordering: .relaxed) { Maildir.sweep(root + "/tmp") }
            return try SpooledMessage(path: "\(root)/tmp/\(names.next(size: 0))")
        }
    }

    /// Puts a message into the inboxes of accounts. Returns when it is on disk in each of them, by one copy of its octets.
    ///
    /// - Parameters:
    ///   - spool: the message, written whole.
    ///   - recipients: whose inboxes.
    ///   - name: of the delivery; nil when it is never repeated.
    /// - Throws: ``MailStoreError``; some may have got it then.
    package func deliver(
        _ spool: SpooledMessage, to recipients: [AccountName], as name: DeliveryName? = nil
    ) async throws {
        try await spool.synchronize()
        for recipient in recipients {
            let account = try await account(recipient)
            try await account.deliver(spool, as: name)
        }
    }

    /// Puts a message that is small enough for memory into an inbox. Returns when it is on disk.
    ///
    /// - Parameters:
    ///   - octets: of the message, in pieces.
    ///   - recipient: whose inbox.
    ///   - delivery: its name; nil when it is never repeated.
    /// - Throws: ``MailStoreError``; the inbox has not got it then.
    package func deliver(
        _ octets: [ByteBuffer], to recipient: AccountName, as delivery: DeliveryName? = nil
    ) async throws {
        let account = try await MailAccount.blocking { [self] in
            let account = try accountNow(recipient)
            if let delivery, delivery.mayBeThere, try Maildir(path: account.root).contains(delivery) { return account }
            let size = octets.reduce(0) { $0 + $1.readableBytes }
            let name = names.next(size: size, delivery)
            let spool = try SpooledMessage(path: "\(account.root)/tmp/\(name)")
            for piece in octets { try spool.writeNow(piece) }
            try spool.synchronizeNow()
            guard Maildir.move(spool.path, to: "\(account.root)/new/\(name)") else {
                throw MailStoreError(errno: errno, "the message cannot be delivered")
            }
            do {
                try Maildir(path: account.root).synchronize("new")
            } catch {
                // Whoever sent it keeps it.
                unlink("\(account.root)/new/\(name)")
                throw error
            }
            return account
        }
        account.tellObservers()
    }
}

extension MailAccount {
    /// Puts a message that is on disk into the inbox, as a new one.
    func deliver(_ spool: SpooledMessage, as delivery: DeliveryName?) async throws {
        try await Self.blocking { [root, names] in
            let inbox = Maildir(path: root)
            if let delivery, delivery.mayBeThere, try inbox.contains(delivery) { return }
            guard link(spool.path, "\(root)/new/\(names.next(size: spool.size, delivery))") == 0 else {
                throw MailStoreError(errno: errno, "the message cannot be delivered")
            }
            try inbox.synchronize("new")
        }
        tellObservers()
    }

    /// Locks the maildrop for one POP3 session (RFC 1939 §4), until the lock is released, or the process ends however it
    /// does.
    ///
    /// - Throws: ``MailStoreError`` with `.inUse`.
    package func lockMaildrop() async throws -> MaildropLock {
        try await Self.blocking { [root] in try MaildropLock(path: root + "/maildrop.lock") }
    }
}

/// The exclusive lock on a maildrop; released with its last reference.
package final class MaildropLock: Sendable {
    private let descriptor: Int32

    init(path: String) throws(MailStoreError) {
        descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw MailStoreError(errno: errno, "the maildrop cannot be locked") }
        // What throws here is closed by `deinit`: a second time would close what somebody else has opened meanwhile.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw MailStoreError(.inUse, "another session has the maildrop")
        }
    }

    deinit {
        guard descriptor >= 0 else { return }
        // Not by closing alone: a process that is just being started may have the file open, too, for a moment.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}

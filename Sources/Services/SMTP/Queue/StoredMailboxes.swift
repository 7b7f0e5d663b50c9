package import Accounts
internal import Foundation
package import Mail
package import MailStore
internal import NIOCore

/// The mailboxes of accounts: an address is an account's name; the postmaster's may be another's.
package struct StoredMailboxes: LocalMailboxes {
    private let accounts: AccountStore
    private let store: MailStore
    private let postmaster: AccountName?

    /// - Parameters:
    ///   - accounts: who has a mailbox.
    ///   - store: has the mailboxes.
    ///   - postmaster: gets what is for `postmaster@` a domain that has no such account (RFC 5321 §4.5.1); nil for nobody.
    package init(accounts: AccountStore, store: MailStore, postmaster: AccountName? = nil) {
        self.accounts = accounts
        self.store = store
        self.postmaster = postmaster
    }

    package func contains(_ address: MailAddress) async throws -> Bool { try await owner(address) != nil }

    /// Whose mailbox mail for an address goes into.
    private func owner(_ address: MailAddress) async throws -> AccountName? {
        let name = AccountName(user: address.localPart, domain: address.canonicalDomain)
        if let name, try await accounts.contains(name) { return name }
        guard let postmaster, address.localPart.lowercased() == "postmaster" else { return nil }
        return try await accounts.contains(postmaster) ? postmaster : nil
    }

    package func deliver(
        _ message: some MessageSource, header: String, to address: MailAddress, as delivery: DeliveryName?
    ) async -> RecipientOutcome {
        do {
            guard let name = try await owner(address) else {
                return .failed(SMTPReply(550, "5.1.1", "no such mailbox here"))
            }
            let first = try await message.read(at: 0)
            if first.readableBytes == message.size {
                try await store.deliver([ByteBuffer(string: header), first], to: name, as: delivery)
                return .delivered(SMTPReply(250, "2.1.5", "delivered"))
            }
            let spool = try await store.spool()
            try await spool.write(ByteBuffer(string: header))
            var offset = 0
            while offset < message.size {
                let piece = offset == 0 ? first : try await message.read(at: offset)
                guard piece.readableBytes > 0 else {
                    return .later(SMTPReply(451, "4.3.0", "the message cannot be read"))
                }
                offset += piece.readableBytes
                try await spool.write(piece)
            }
            try await store.deliver(spool, to: [name], as: delivery)
            return .delivered(SMTPReply(250, "2.1.5", "delivered"))
        } catch {
            return .later(SMTPReply(451, "4.2.0", "the mailbox cannot be written to: \(error)"))
        }
    }
}

package import Accounts
internal import Foundation
package import Mail
package import MailStore
internal import NIOCore

/// The mailboxes of accounts: an address is an account's name.
package struct StoredMailboxes: LocalMailboxes {
    private let accounts: AccountStore
    private let store: MailStore

    package init(accounts: AccountStore, store: MailStore) {
        self.accounts = accounts
        self.store = store
    }

    package func contains(_ address: MailAddress) async throws -> Bool {
        guard let name = AccountName(user: address.localPart, domain: address.canonicalDomain) else { return false }
        return try await accounts.contains(name)
    }

    package func deliver(
        _ message: some MessageSource, header: String, to address: MailAddress
    ) async -> RecipientOutcome {
        do {
            guard try await contains(address),
                let name = AccountName(user: address.localPart, domain: address.canonicalDomain)
            else { return .failed(SMTPReply(550, "5.1.1", "no such mailbox here")) }
            let first = try await message.read(at: 0)
            if first.readableBytes == message.size {
                try await store.deliver([ByteBuffer(string: header), first], to: name)
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
            try await store.deliver(spool, to: [name])
            return .delivered(SMTPReply(250, "2.1.5", "delivered"))
        } catch {
            return .later(SMTPReply(451, "4.2.0", "the mailbox cannot be written to: \(error)"))
        }
    }
}

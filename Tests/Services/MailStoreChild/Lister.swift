import Accounts
import Foundation
import MailStore
import NIOCore

/// Appends messages of one conversation to an account's mailboxes, lists, searches and moves them, without end, and prints a
/// line after each round.
struct Lister {
    let store: MailStore

    func work() async throws {
        guard let name = AccountName("ann@example.test") else { return }
        let account = try await store.account(name)
        for round in 0... {
            let spool = try await store.spool()
            let text =
                "Message-ID: <\(getpid()).\(round)@x>\r\nReferences: <root@x>\r\nSubject: round \(round)\r\n\r\nsearchable\r\n"
            try await spool.write(ByteBuffer(string: text))
            try await spool.synchronize()
            let appended = try await account.append(spool, to: "INBOX")
            _ = try await account.summaries(
                of: "INBOX", matching: round.isMultiple(of: 2) ? "searchable" : nil, offset: 0, count: 5)
            if round % 3 == 1 { _ = try await account.move([appended.uid], from: "INBOX", to: "Archive") }
            FileHandle.standardOutput.write(Data("\(round)\n".utf8))
        }
    }
}

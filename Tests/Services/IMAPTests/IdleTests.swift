import Foundation
import LineProtocol
import MailStore
import NIOCore
import Testing

@testable import IMAP

@Suite("IMAP sessions that idle")
struct IdleTests {
    /// A client that idles in `mailbox`.
    private func idling(_ address: Endpoint, in mailbox: String) async throws -> IMAPTestClient {
        var client = try await IMAPTestClient(address)
        _ = try await client.line()
        _ = try await client.command("LOGIN ann@example.test secret")
        _ = try await client.command("SELECT \(mailbox)")
        try await client.send("i IDLE\r\n")
        #expect(try await client.line() == "+ Idling.")
        return client
    }

    @Test("hear of messages that come, change and go, whoever does it", arguments: [true, false])
    func pushed(isAnotherProcess: Bool) async throws {
        let harness = try await IMAPHarness()
        for number in 1...3 { try await harness.append("Subject: \(number)\r\n\r\nx\r\n") }
        try await harness.serve { address in
            var client = try await idling(address, in: "INBOX")
            // Of another process nothing is heard but by looking at what it has done.
            let store = isAnotherProcess ? MailStore(root: harness.root + "/mail") : harness.store
            let account = try await store.account(IMAPHarness.ann)
            _ = try await account.setFlags(of: [2], in: "INBOX", .add, MessageFlags([.flagged, .deleted]))
            #expect(try await client.line() == "* 2 FETCH (FLAGS (\\Flagged \\Deleted) UID 2)")
            _ = try await account.expunge("INBOX")
            #expect(try await client.line() == "* 2 EXPUNGE")
            let spool = try await store.spool()
            try await spool.write(ByteBuffer(string: "Subject: 4\r\n\r\nx\r\n"))
            try await store.deliver(spool, to: [IMAPHarness.ann])
            #expect(try await client.line() == "* 3 EXISTS")
            #expect(try await client.line() == "* 1 RECENT")
            try await client.send("DONE\r\n")
            #expect(try await client.line() == "i OK Done.")
            #expect(try await client.command("UID SEARCH ALL") == ["* SEARCH 1 3 4", "t OK Searched."])
            client.close()
        }
    }

    @Test("end with their mailbox", arguments: [true, false])
    func deleted(isRenamed: Bool) async throws {
        let harness = try await IMAPHarness()
        let account = try await harness.store.account(IMAPHarness.ann)
        try await account.create("Films")
        try await harness.serve { address in
            var (client, other) = (try await idling(address, in: "Films"), try await IMAPTestClient(address))
            _ = try await other.line()
            _ = try await other.command("LOGIN ann@example.test secret")
            _ = try await other.command("SELECT Films")
            if isRenamed { try await account.rename("Films", to: "Kino") } else { try await account.delete("Films") }
            #expect(try await client.line() == "* BYE The mailbox is gone.")
            #expect(try await client.line() == nil, "the connection is closed")
            // Without idling it is told with the next command, which does not look as if it had worked.
            try await other.send("t NOOP\r\n")
            #expect(try await other.lines(until: "t ") == ["* BYE The mailbox is gone."])
        }
    }

    @Test("end when another mailbox takes the name, whose messages have the same UIDs")
    func replaced() async throws {
        let harness = try await IMAPHarness()
        let account = try await harness.store.account(IMAPHarness.ann)
        try await account.create("Films")
        try await harness.append("Subject: old\r\n\r\nx\r\n", to: "Films")
        try await harness.serve { address in
            var client = try await IMAPTestClient(address)
            _ = try await client.line()
            _ = try await client.command("LOGIN ann@example.test secret")
            #expect(try await client.command("SELECT Films").contains("* 1 EXISTS"))
            try await account.delete("Films")
            try await account.create("Films")
            try await harness.append("Subject: new\r\n\r\nx\r\n", to: "Films")
            try await client.send("t FETCH 1 BODY.PEEK[]\r\n")
            #expect(try await client.lines(until: "t ") == ["* BYE The mailbox is gone."])
        }
    }

    @Test("of an account have a limit, and one that ends makes room")
    func sessions() async throws {
        let harness = try await IMAPHarness()
        try await harness.serve {
            $0.maximumSessionsPerAccount = 2
        } _: { address in
            var first = try await idling(address, in: "INBOX")
            let second = try await idling(address, in: "INBOX")
            var third = try await IMAPTestClient(address)
            _ = try await third.line()
            let refused = ["t NO [LIMIT] You have too many sessions."]
            #expect(try await third.command("LOGIN ann@example.test secret") == refused)
            #expect(try await third.command("SELECT INBOX") == ["t BAD Log in first."])
            try await first.send("DONE\r\nx LOGOUT\r\n")
            _ = try await first.lines(until: "x OK")
            #expect(try await first.line() == nil, "the session is over")
            #expect(try await third.command("LOGIN ann@example.test secret").last?.hasPrefix("t OK ") == true)
            second.close()
            third.close()
        }
    }
}

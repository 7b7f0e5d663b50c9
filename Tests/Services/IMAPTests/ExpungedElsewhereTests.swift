import Testing

@testable import IMAP

@Suite("Messages that another session has expunged")
struct ExpungedElsewhereTests {
    @Test("fail commands that name them by number, which do nothing by halves, and none that name them by UID")
    func expunged() async throws {
        let harness = try await IMAPHarness()
        for number in 1...3 { try await harness.append("Subject: \(number)\n\nx\n") }
        try await harness.serve { address in
            var (first, second) = (try await IMAPTestClient(address), try await IMAPTestClient(address))
            for command in ["LOGIN ann@example.test secret", "CREATE Old", "SELECT INBOX"] {
                _ = try await first.command(command)
            }
            for command in [
                "LOGIN ann@example.test secret", "SELECT INBOX", "STORE 1:2 +FLAGS.SILENT (\\Deleted)", "EXPUNGE",
            ] {
                _ = try await second.command(command)
            }
            let gone = "t NO [EXPUNGEISSUED] Some of the messages are gone."
            #expect(
                try await first.command("COPY 1:3 Old") == ["t NO [EXPUNGEISSUED] some of the messages are gone."])
            #expect(try await first.command("STATUS Old (MESSAGES)").first == "* STATUS \"Old\" (MESSAGES 0)")
            let fetched = try await first.command("FETCH 1:3 (UID BODY.PEEK[TEXT]<0.1>)")
            #expect(fetched.first?.hasPrefix("* 3 FETCH (UID 3 ") == true && fetched.last == gone, "\(fetched)")
            let stored = try await first.command("STORE 1:3 +FLAGS (\\Seen)")
            #expect(stored == ["* 3 FETCH (FLAGS (\\Seen))", gone], "\(stored)")
            let byUID = try await first.command("UID STORE 1:3 +FLAGS (\\Flagged)")
            #expect(byUID.last == "t OK Stored." && !byUID.contains { $0.contains("UID 1 ") }, "\(byUID)")
            first.close()
            second.close()
        }
    }
}

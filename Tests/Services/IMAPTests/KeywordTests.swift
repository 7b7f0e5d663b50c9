import Testing

@Suite("IMAP keywords")
struct KeywordTests {
    private func keywords(_ range: Range<Int>) -> String { range.map { "k\($0)" }.joined(separator: " ") }

    @Test("have limits of a message and of a mailbox, and a full mailbox asks for no more")
    func limits() async throws {
        let harness = try await IMAPHarness()
        for _ in 0..<6 { try await harness.append("Subject: x\r\n\r\nx\r\n") }
        try await harness.serve { address in
            var client = try await IMAPTestClient(address)
            _ = try await client.line()
            _ = try await client.command("LOGIN ann@example.test secret")
            _ = try await client.command("SELECT INBOX")
            let tooMany = "t NO [LIMIT] a message may have 64 keywords."
            #expect(try await client.command("STORE 1:6 +FLAGS.SILENT (\(keywords(0..<5000)))") == [tooMany])
            #expect(try await client.command("STORE 1 FLAGS (\(keywords(0..<65)))") == [tooMany])
            #expect(
                try await client.command("APPEND INBOX (\(keywords(0..<65))) {4+}\r\na: b") == [tooMany])
            #expect(
                try await client.command("STORE 1 +FLAGS (\(String(repeating: "x", count: 129)))")
                    == ["t NO [LIMIT] a keyword may have 128 octets."])
            for message in 0..<4 {
                let range = message * 64..<min(message * 64 + 64, 249)
                let stored = try await client.command("STORE \(message + 1) +FLAGS.SILENT (\(keywords(range)))")
                #expect(stored == ["t OK Stored."])
            }
            #expect(try await client.command("STORE 1 +FLAGS (more)") == [tooMany])
            let some = try await client.command("SELECT INBOX")
            #expect(
                some.contains { $0.contains("PERMANENTFLAGS") && $0.contains(" k248 ") && $0.contains(" \\*)]") },
                "\(some)")
            #expect(try await client.command("STORE 5 +FLAGS.SILENT (k249 K0)") == ["t OK Stored."])
            let full = try await client.command("SELECT INBOX")
            #expect(full.contains { $0.contains("PERMANENTFLAGS") && $0.contains(" k249 ") && !$0.contains("\\*") })
            #expect(
                try await client.command("STORE 6 +FLAGS (k1 other)")
                    == ["t NO [LIMIT] a mailbox may have 250 keywords."])
            #expect(try await client.command("FETCH 6 FLAGS") == ["* 6 FETCH (FLAGS ())", "t OK Fetched."])
            #expect(
                try await client.command("STORE 6 +FLAGS (k1)") == ["* 6 FETCH (FLAGS (k1))", "t OK Stored."])
            client.close()
        }
    }
}

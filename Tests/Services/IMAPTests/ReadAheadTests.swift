import Foundation
import MailStore
import NIOCore
import Testing

/// Clients that fetch one message after the other, command by command.
@Suite("IMAP fetches in a row")
struct ReadAheadTests {
    private func text(_ number: Int) -> String {
        // Some are so large that they are sent from their files.
        "Subject: \(number)\r\n\r\n" + String(repeating: "line \(number)\r\n", count: number % 10 == 0 ? 3000 : 5)
    }

    /// What the answer to a `FETCH` brought of a message, the first line and the last without it.
    private func content(_ answer: [String]) -> String {
        let lines = answer.dropFirst().dropLast()
        return lines.dropLast().joined(separator: "\r\n") + "\r\n"
    }

    @Test("each gets its own message, in whatever order, and hears of what this process changes")
    func inARow() async throws {
        let harness = try await IMAPHarness()
        for number in 1...60 { try await harness.append(text(number)) }
        try await harness.serve { address in
            var client = try await IMAPTestClient(address)
            _ = try await client.line()
            _ = try await client.command("LOGIN ann@example.test secret")
            _ = try await client.command("SELECT INBOX")
            for round in 0..<2 {
                for number in 1...60 {
                    let answer = try await client.command("UID FETCH \(number) BODY.PEEK[]")
                    #expect(answer.first?.hasPrefix("* \(number) FETCH (UID \(number) BODY[] {") == true)
                    #expect(content(answer) == text(number), "round \(round)")
                }
            }
            for number in [3, 4, 5, 9, 10, 11, 10, 12, 1, 2, 60, 59] {
                let answer = try await client.command("FETCH \(number) BODY.PEEK[]")
                #expect(content(answer) == text(number))
            }
            // In the midst of a row another session flags the next message, and removes the one behind it.
            var other = try await IMAPTestClient(address)
            _ = try await other.line()
            _ = try await other.command("LOGIN ann@example.test secret")
            _ = try await other.command("SELECT INBOX")
            for number in 20...22 { _ = try await client.command("FETCH \(number) (FLAGS BODY.PEEK[HEADER])") }
            _ = try await other.command("STORE 23 +FLAGS (\\Flagged)")
            _ = try await other.command("STORE 24 +FLAGS (\\Deleted)")
            _ = try await other.command("EXPUNGE")
            let flagged = try await client.command("FETCH 23 (FLAGS BODY.PEEK[HEADER])")
            #expect(flagged.contains { $0.hasPrefix("* 23 FETCH (FLAGS (\\Flagged") && $0.contains("BODY[HEADER]") })
            let gone = try await client.command("FETCH 24 (FLAGS BODY.PEEK[HEADER])")
            #expect(!gone.contains { $0.contains("BODY[HEADER]") }, "\(gone)")
            let next = try await client.command("FETCH 25 (FLAGS BODY.PEEK[HEADER])")
            #expect(next.contains("Subject: 25"), "numbers stay until the client is told")
            let told = try await client.command("NOOP")
            #expect(told.contains("* 24 EXPUNGE"))
            let shifted = try await client.command("FETCH 24 (FLAGS BODY.PEEK[HEADER])")
            #expect(shifted.contains("Subject: 25"))
            other.close()
            client.close()
        }
    }
}

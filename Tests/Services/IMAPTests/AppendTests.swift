import Foundation
import NIOCore
import Testing

@Suite("IMAP messages from elsewhere")
struct AppendTests {
    @Test("have no octet of value zero, in whatever kind of literal, and lines that end with CR LF")
    func octets() async throws {
        let harness = try await IMAPHarness()
        try await harness.serve { address in
            var client = try await IMAPTestClient(address)
            _ = try await client.line()
            _ = try await client.command("LOGIN ann@example.test secret")
            _ = try await client.command("SELECT INBOX")
            let refused = "t NO [UNKNOWN-CTE] A message may have no octet of value zero: write it in base64."
            for literal in ["{5+}\r\na: \0b", "~{5+}\r\na: b\0"] {
                #expect(try await client.command("APPEND INBOX \(literal)") == [refused])
            }
            // The octets come in two pieces.
            try await client.send("t APPEND INBOX {7}\r\n")
            #expect(try await client.line() == "+ Go on.")
            try await client.send("a: \0")
            try await client.send("abc\r\n")
            #expect(try await client.line() == refused)
            #expect(try await client.command("NOOP") == ["t OK Done."])
            let appended = try await client.command("APPEND INBOX {8+}\r\na: b\n\nx\n")
            #expect(appended.first == "* 1 EXISTS" && appended.last?.hasPrefix("t OK [APPENDUID ") == true)
            #expect(
                try await client.command("FETCH 1 (RFC822.SIZE BODY.PEEK[])")
                    == ["* 1 FETCH (RFC822.SIZE 11 BODY[] {11}", "a: b", "", "x", ")", "t OK Fetched."])
            client.close()
        }
    }

    @Test("that another program put there with LF alone have the size of what is sent")
    func foreign() async throws {
        let harness = try await IMAPHarness()
        try await harness.append("a: b\r\n")
        let path = harness.root + "/mail/example.test/ann/new/2000000000.procmail"
        try Data("Subject: x\n\ntext\n".utf8).write(to: URL(filePath: path))
        try await harness.serve { address in
            var client = try await IMAPTestClient(address)
            _ = try await client.line()
            _ = try await client.command("LOGIN ann@example.test secret")
            _ = try await client.command("SELECT INBOX")
            #expect(
                try await client.command("FETCH 2 (RFC822.SIZE BODY.PEEK[])") == [
                    "* 2 FETCH (RFC822.SIZE 20 BODY[] {20}", "Subject: x", "", "text", ")", "t OK Fetched.",
                ])
            client.close()
        }
    }
}

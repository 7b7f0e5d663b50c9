import Foundation
import NIOCore
import Testing

@testable import IMAP
@testable import MailStore

@Suite("IMAP searches")
struct SearchTests {
    /// Whether `keys` find a message, which they need to open or not.
    private func finds(_ keys: String, _ message: String, _ stored: SearchMatcher.Message) throws -> Bool {
        let text = LiteralText(bytes: Array("a SEARCH \(keys)".utf8))
        guard case .search(let request, _) = try CommandParser.parse(text).command else { return false }
        let matcher = SearchMatcher(key: request.key, lastNumber: 10, lastUID: 20, saved: [3...4, 7...7])
        if let isMatch = matcher.matches(stored) { return isMatch }
        return message.replacing("\n", with: "\r\n").withContiguousUTF8 { matcher.matches(stored, $0) }
    }

    private static let message = """
        From: =?utf-8?q?J=C3=BCrgen?= <j@example.test>
        Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe_aus?= Bremen
        Date: Thu, 18 Jul 1996 23:30:00 -0500
        X-Twice: one
        X-Twice: TWO
        Content-Type: multipart/mixed; boundary=b

        --b
        Content-Type: text/plain; charset=utf-8

        GRÜSSE und STRASSE, zusammen
        in zwei Zeilen. cafe\u{301}
        --b
        Content-Type: message/rfc822

        Subject: Within

        inner \u{0} text
        --b
        Content-Type: image/png

        pixels
        --b--
        """

    @Test(
        "find what is there, whatever its case and coding",
        arguments: [
            ("ALL", true), ("SUBJECT \"gr\u{FC}sse\"", true), ("SUBJECT \"GR\u{DC}\u{DF}E AUS BREMEN\"", true),
            ("FROM \"JU\u{308}RGEN\"", true), ("FROM \"=?utf-8?q?J=\"", true), ("FROM hans", false),
            ("HEADER x-twice two", true), ("HEADER x-twice three", false), ("HEADER X-TWICE \"\"", true),
            ("HEADER x-none \"\"", false), ("BODY \"stra\u{DF}e\"", true), ("BODY Stra", true),
            ("BODY \"caf\u{E9}\"", true),
            ("BODY within", true), ("BODY bremen", false), ("TEXT bremen", true), ("BODY pixels", false),
            ("BODY \"inner   text\"", true), ("BODY \"\"", true), ("TEXT zwei NOT TEXT drei", true),
            ("OR BODY drei OR BODY vier BODY zusammen", true), ("NOT (BODY zwei BODY drei)", true),
            ("SENTON 18-Jul-1996", true), ("SENTON 19-Jul-1996", false), ("SENTSINCE 18-Jul-1996", true),
            ("SENTSINCE 19-Jul-1996", false), ("SENTBEFORE 19-Jul-1996", true), ("SENTBEFORE 18-Jul-1996", false),
            ("ON 2-Jan-1970", true), ("BEFORE 2-Jan-1970", false), ("BEFORE 3-Jan-1970", true),
            ("SINCE 2-Jan-1970", true), ("SINCE 3-Jan-1970", false), ("ON 1-Jan-1970", false),
            ("SEEN", true), ("UNSEEN", false), ("DELETED", false), ("UNDELETED", true), ("KEYWORD $WORK", true),
            ("KEYWORD work", false), ("UNKEYWORD $work", false), ("RECENT", true), ("NEW", false), ("OLD", false),
            ("5", true), ("1:4,6:*", false), ("*", false), ("10:4", true), ("UID 7", true), ("UID 1:6,8:*", false),
            ("$", true), ("UID $ LARGER 99 SMALLER 101", true), ("LARGER 100", false), ("SMALLER 100", false),
        ])
    func keys(_ keys: String, _ isFound: Bool) throws {
        let stored = StoredMessage(
            uid: 7, size: 100, internalDate: 86_400, flags: MessageFlags([.seen], keywords: ["$Work"]), isRecent: true,
            modification: 1)
        #expect(try finds(keys, Self.message, .init(number: 5, stored: stored)) == isFound)
    }

    @Test("have a limited number of keys, however they are put together")
    func breadth() throws {
        func parse(_ keys: String) throws {
            _ = try CommandParser.parse(LiteralText(bytes: Array("a SEARCH \(keys)".utf8)))
        }
        for key in ["BODY x", "NOT BODY x", "(SEEN)", "OR ALL ALL", "UID 1"] {
            let size = key.hasPrefix("NOT") || key.hasPrefix("(") ? 2 : key.hasPrefix("OR") ? 3 : 1
            let most = CommandParser.maximumSearchKeys / size
            try parse(Array(repeating: key, count: most).joined(separator: " "))
            #expect(throws: IMAPSyntaxError("a search has 200 keys at most")) {
                try parse(Array(repeating: key, count: most + 1).joined(separator: " "))
            }
        }
        #expect(throws: IMAPSyntaxError.self) {
            try parse(Array(repeating: "NOT BODY x", count: 5000).joined(separator: " "))
        }
    }

    @Test("end when their client has left")
    func abandoned() async throws {
        let harness = try await IMAPHarness()
        try await harness.append("Subject: x\r\n\r\nx\r\n")
        let account = try await harness.store.account(IMAPHarness.ann)
        for power in 0..<11 {
            _ = try await account.copy((1...1 << power).map { UInt32($0) }, from: "INBOX", to: "INBOX")
        }
        try await harness.serve {
            // Each message takes a millisecond then, and the end of what the client sends comes long before the last one.
            $0.presenceInterval = .zero
        } _: { address in
            var client = try await IMAPTestClient(address)
            _ = try await client.line()
            _ = try await client.command("LOGIN ann@example.test secret")
            #expect(try await client.command("SELECT INBOX").contains("* 2048 EXISTS"))
            try await client.send("t SEARCH BODY y\r\n")
            try await client.finish()
            #expect(try await client.lines(until: "t ") == ["* BYE Nobody waits for what is found."])
        }
    }
}

extension String {
    fileprivate func withContiguousUTF8<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        var text = self
        return text.withUTF8(body)
    }
}

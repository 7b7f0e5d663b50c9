import LineProtocol
import NIOCore
import TestSupport
import Testing

@testable import SMTP

@Suite("SMTP server engine")
struct EngineTests {
    @Test("Who speaks before the greeting is turned away")
    func early() {
        var engine = SMTPServerEngine(
            policy: SMTPServerPolicy(hostname: "mx", localDomains: []), peer: "::1", isSecure: false)
        guard case .reply(let reply) = engine.spokeTooEarly().first else {
            Issue.record("no reply")
            return
        }
        #expect(reply.code == 554)
        #expect(engine.expectation == .nothing)
    }

    @Test("A connection that breaks within a message leaves nothing behind")
    func broken() {
        var run = DialogueRun(options: "")
        _ = run.transcript(of: [
            "C: EHLO a", "C: MAIL FROM:<a@b.example>", "C: RCPT TO:<bob@example.org>", "C: DATA", "S:", "C: text",
        ])
        #expect(run.engine.disconnected().contains { if case .discard = $0 { true } else { false } })
    }
}

@Suite("Randomised SMTP server engine")
struct RandomisedEngineTests {
    private static let pieces = [
        "EHLO a\r\n", "HELO a\r\n", "MAIL FROM:<a@b.example>\r\n", "MAIL FROM:<> SMTPUTF8 BODY=8BITMIME\r\n",
        "RCPT TO:<alice@example.org>\r\n", "RCPT TO:<bob@example.org> NOTIFY=NEVER\r\n", "DATA\r\n", "\r\n.\r\n",
        ".\r\n",
        "RSET\r\n", "BDAT 5\r\n", "BDAT 0 LAST\r\n", "BDAT 7 LAST\r\n", "AUTH LOGIN\r\n", "*\r\n", "STARTTLS\r\n", "\n",
        "\r", "\0", "x", "Subject: a\r\n", "<", ">", "@", ":", " ", "\u{e4}", "QUI", "T\r\n", "=", "\"", "\\",
    ]

    @Test("Whatever comes, in whatever pieces, has the same effect and never more than it should")
    func pieces() {
        var generator = SeededGenerator(seed: 821)
        for _ in 0..<fuzzRounds(default: 1500) {
            let text = (0..<Int.random(in: 1...40, using: &generator)).map { _ in
                Self.pieces.randomElement(using: &generator) ?? ""
            }.joined()
            var (whole, split) = (
                DialogueRun(options: "plaintext-passwords"), DialogueRun(options: "plaintext-passwords")
            )
            whole.feed(ByteBuffer(string: text))
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                let count = Int.random(in: 1...min(9, rest.count), using: &generator)
                split.feed(ByteBuffer(bytes: rest.prefix(count)))
                rest = rest.dropFirst(count)
            }
            #expect(whole.output == split.output, "\(text.debugDescription)")
            let messages = whole.output.count { $0.hasPrefix("! message") }
            #expect(messages <= text.count(of: "DATA\r\n") + text.count(of: "LAST\r\n"))
        }
    }

    @Test("Replies survive being written and read")
    func replies() throws {
        var generator = SeededGenerator(seed: 822)
        for _ in 0..<fuzzRounds(default: 500) {
            let code = Int.random(in: 200...559, using: &generator)
            let hasStatus = [2, 4, 5].contains(code / 100) && Bool.random(using: &generator)
            let lines = (0..<Int.random(in: 1...4, using: &generator)).map {
                "line \($0) \(Int.random(in: 0...9, using: &generator))"
            }
            let reply = SMTPReply(code, hasStatus ? "\(code / 100).1.0" : nil, lines: lines)
            var parser = SMTPReplyParser()
            var read: SMTPReply?
            for line in reply.encoded.split(separator: "\r\n") { read = try parser.receive(line.utf8) }
            #expect(read == reply)
        }
    }

    @Test("Any octets are a reply or refused")
    func garbage() {
        var generator = SeededGenerator(seed: 823)
        for _ in 0..<fuzzRounds(default: 2000) {
            var parser = SMTPReplyParser()
            let octets = (0..<Int.random(in: 0...12, using: &generator)).map { _ in
                Array("2345 -.\u{e4}x".utf8).randomElement(using: &generator) ?? 0
            }
            if let reply = try? parser.receive(octets) { #expect((200..<600).contains(reply.code)) }
        }
    }
}

extension String {
    fileprivate func count(of part: String) -> Int { ranges(of: part).count }
}

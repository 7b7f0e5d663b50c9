import Foundation
@testable import Mail
import TestSupport
import Testing

@Suite("Composed messages")
struct ComposerTests {
    private static func composer(_ subject: String = "") -> MailComposer {
        var composer = MailComposer(
            from: [NamedAddress(MailAddress(localPart: "anna", domain: "x.org"))],
            date: Date(timeIntervalSince1970: 0), messageID: "<1@x>")
        composer.subject = subject
        return composer
    }

    private static func lines(_ octets: [UInt8]) -> [String] {
        String(decoding: octets, as: UTF8.self).components(separatedBy: "\r\n")
    }

    @Test("no line of a header is longer than SMTP takes, whatever has no space to fold at")
    func longRuns() throws {
        for subject in [
            String(repeating: "x", count: 1000), String(repeating: "x", count: 501),
            "a" + String(repeating: " ", count: 2000),
            "short " + String(repeating: "y", count: 5000), String(repeating: " ", count: 1200) + "z",
        ] {
            var composer = Self.composer(subject)
            composer.to = [NamedAddress(name: subject, MailAddress(localPart: "bert", domain: "x.org"))]
            composer.otherFields = [("X-" + String(repeating: "N", count: 90), subject)]
            composer.references = ["<" + String(repeating: "r", count: 2000) + "@x>", "<2@x>"]
            composer.inReplyTo = composer.references[0]
            let message = composer.message()
            #expect(Self.lines(message).allSatisfy { $0.utf8.count <= 998 })
            let header = Header(parsing: message)
            #expect(
                header["Subject"]?.text.trimmingCharacters(in: .whitespaces)
                    == subject.trimmingCharacters(in: .whitespaces))
            #expect(header.addresses("To").mailboxes.map(\.address.description) == ["bert@x.org"])
            #expect(header["References"]?.value == "<2@x>" && header["In-Reply-To"] == nil)
        }
        // What can be folded stays readable.
        #expect(
            Self.lines(Self.composer("see https://x.org/" + String(repeating: "p", count: 300)).message())
                .contains { $0.contains("https://x.org/ppp") })
    }

    @Test("lines with encoded words have 76 characters at most, the first one too")
    func encodedLines() throws {
        for text in [
            String(repeating: "Grüße aus Köln ", count: 12), String(repeating: "日本語", count: 60),
            "ü" + String(repeating: "x", count: 200), String(repeating: "\u{1F600}", count: 50),
        ] {
            var composer = Self.composer(text)
            let other = NamedAddress(name: text, MailAddress(localPart: "long.name.of.somebody", domain: "example.org"))
            composer.to = [other, other, NamedAddress(MailAddress(localPart: "c", domain: "x.org")), other]
            composer.replyTo = [other]
            let message = composer.message()
            let lines = Self.lines(message)
            #expect(lines.contains { $0.hasPrefix("Subject: =?utf-8?") && $0.utf8.count > 50 })
            for line in lines where line.contains("=?") { #expect(line.utf8.count <= 76, "\(line)") }
            let header = Header(parsing: message)
            #expect(
                header["Subject"]?.text == text.trimmingCharacters(in: .whitespaces) || header["Subject"]?.text == text)
            #expect(header.addresses("To").mailboxes.count == 4)
            #expect(header.addresses("Reply-To").mailboxes.first?.name?.hasPrefix(text.prefix(20)) == true)
        }
    }

    @Test("what holds an 8-bit part says so, at each level")
    func eightBit() {
        let original = Array("Subject: x\r\n\r\nGrüße\r\n".utf8)
        var composer = Self.composer()
        composer.content = .multipart("mixed", [.text("a"), .multipart("digest", [.message(original)])])
        let message = composer.message()
        #expect(Header(parsing: message)["Content-Transfer-Encoding"]?.value == "8bit")
        let part = MIMEParser().parse(message)
        guard case .multipart(let parts) = part.content, parts.count == 2 else {
            Issue.record("not two parts")
            return
        }
        #expect(Header(parsing: message[parts[0].header])["Content-Transfer-Encoding"]?.value == "7bit")
        #expect(Header(parsing: message[parts[1].header])["Content-Transfer-Encoding"]?.value == "8bit")
        composer.content = .multipart("mixed", [.text("ä"), .message(Array("Subject: x\r\n\r\nplain\r\n".utf8))])
        #expect(Header(parsing: composer.message())["Content-Transfer-Encoding"] == nil)
    }

    @Test(
        "attached text says its character set where that is known",
        arguments: [
            ("text/plain", Array("plain".utf8), "text/plain", nil),
            ("text/html", Array("<p>ü".utf8), "text/html", "utf-8"),
            ("Text/CSV", Array("ü".utf8), "text/csv", "utf-8"),
            ("text/plain", [0x61, 0xFC], "application/octet-stream", nil),
            ("text/plain", [0xFF, 0xFE, 0x61, 0], "application/octet-stream", nil),
            ("text/plain", [0x61, 0, 0x62, 0], "application/octet-stream", nil),
            ("image/png", [0xFC], "image/png", nil),
            ("text/plain", [], "text/plain", nil),
        ] as [(String, [UInt8], String, String?)])
    func attachedText(type: String, content: [UInt8], expected: String, charset: String?) throws {
        let entity = MIMEEntity.file(MailComposer.Attachment(fileName: "f", type: type, content: content))
        let field = try #require(Header(parsing: entity.octets)["Content-Type"])
        let parameters = FieldParameters(field.value)
        #expect(parameters.value == expected)
        #expect(parameters["charset"] == charset)
        #expect(parameters["name"] == "f")
    }

    // MARK: Piped messages

    private static func piped(_ text: String) throws -> PipedMessage {
        let sender = NamedAddress(name: "Anna", MailAddress(localPart: "anna", domain: "x.org"))
        return try #require(PipedMessage(Array(text.utf8), from: sender, date: Date(timeIntervalSince1970: 0)))
    }

    @Test("blind recipients of a piped message get it and are not told, however the field is written")
    func blind() throws {
        for text in [
            "To: b@x.org\nBcc: Eve <eve@y.org>,\n zoe@y.org\nSubject: s\n\nBcc: body\n",
            "bcc: eve@y.org\r\nTo: b@x.org\r\nResent-BCC : zoe@y.org\r\n\r\nBcc: body\r\n",
            "To: b@x.org\rBCC:eve@y.org,zoe@y.org\r\rBcc: body\r", "Bcc: eve@y.org zoe@y.org\nTo: b@x.org\n\nBcc: body",
        ] {
            let message = try Self.piped(text)
            #expect(message.blindRecipients.addresses.map(\.address.description) == ["eve@y.org", "zoe@y.org"])
            #expect(message.blindRecipients.problems.isEmpty)
            let whole = String(decoding: message.octets, as: UTF8.self)
            #expect(!whole.contains("y.org"), "\(whole)")
            #expect(whole.contains("To: b@x.org\r\n") && whole.hasSuffix("\r\n\r\nBcc: body\r\n"))
            #expect(!whole.replacing("\r\n", with: "").contains { $0 == "\r" || $0 == "\n" })
        }
        #expect(try Self.piped("Bcc: nobody\n\n").blindRecipients.problems == ["nobody"])
        #expect(try Self.piped("Bcc:\nTo: b@x.org\n\n").blindRecipients == AddressField(""))
    }

    @Test("a piped message gets what every message needs, once")
    func completed() throws {
        let header = Header(parsing: try Self.piped("Subject: s\n\nDate: body\n").octets)
        #expect(header.fields.map(\.name) == ["Date", "From", "Message-ID", "Subject"])
        #expect(header["Date"]?.value == "Thu, 1 Jan 1970 00:00:00 +0000")
        #expect(header["From"]?.value == "Anna <anna@x.org>")
        #expect(header.messageID?.hasSuffix("@x.org>") == true)
        let full = "date: Fri, 21 Nov 1997 09:55:06 -0600\r\nFROM: b@x.org\r\nMessage-Id: <1@x>\r\n\r\nbody\r\n"
        #expect(try Self.piped(full).octets == Array(full.utf8))
        let octets = Array("Subject: s\n\n".utf8) + [0xFF, 0x0A]
        let sender = NamedAddress(MailAddress(localPart: "a", domain: "x.org"))
        #expect(PipedMessage(octets, from: sender, date: Date())?.octets.suffix(3) == [0xFF, 0x0D, 0x0A])
        for none in ["", "\n\nbody\n", "just text\nand more\n"] {
            #expect(PipedMessage(Array(none.utf8), from: sender, date: Date()) == nil)
        }
    }
}

@Suite("Randomised piped messages")
struct RandomisedPipedMessageTests {
    @Test("whatever comes, no Bcc goes out")
    func fields() {
        var generator = SeededGenerator(seed: 5322)
        let pieces = [
            "Bcc", "bCC", ":", " ", "\t", "\r\n", "\n", "\r", "\0", "To: a@x.org", "eve@x.org", ",", "Subject",
            "\r\n\r\n",
            "\"", "(", "é",
        ]
        let sender = NamedAddress(MailAddress(localPart: "a", domain: "x.org"))
        for _ in 0..<fuzzRounds(default: 3000) {
            let text = (0..<Int.random(in: 0...20, using: &generator)).map { _ in
                pieces.randomElement(using: &generator) ?? ""
            }.joined()
            guard let message = PipedMessage(Array(text.utf8), from: sender, date: Date(timeIntervalSince1970: 0))
            else {
                continue
            }
            let header = Header(parsing: message.octets)
            #expect(header["Bcc"] == nil, "\(text.debugDescription)")
            #expect(header["Date"] != nil && header["Message-ID"] != nil && header["From"] != nil)
        }
    }
}

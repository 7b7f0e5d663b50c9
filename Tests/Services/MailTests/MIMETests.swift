import Foundation
@testable import Mail
import TestSupport
import Testing

@Suite("MIME")
struct MIMETests {
    /// The structure in short: `mixed(text/plain, image/png)`.
    static func outline(_ part: MIMEPart) -> String {
        switch part.content {
        case .leaf: part.mediaType
        case .multipart(let parts): "\(part.subtype)(\(parts.map(outline).joined(separator: ", ")))"
        case .message(let message): "message[\(outline(message))]"
        }
    }

    static func parse(_ text: String) -> MIMEPart { MIMEParser().parse(Array(text.replacing("\n", with: "\r\n").utf8)) }

    @Test(
        "structure, of what is right and of what is not",
        arguments: [
            ("", "text/plain"), ("\n", "text/plain"), ("Subject: x", "text/plain"), ("no header\n\nbody", "text/plain"),
            ("Content-Type: text/html\n\n<p>", "text/html"), ("Content-Type: nonsense\n\nx", "text/plain"),
            (
                "Content-Type: multipart/mixed; boundary=b\n\npre\n--b\n\none\n--b\nContent-Type: image/png\n\ntwo\n--b--\npost",
                "mixed(text/plain, image/png)"
            ),
            // No end.
            ("Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n\ntwo", "mixed(text/plain, text/plain)"),
            // No boundary, none found, an empty one.
            ("Content-Type: multipart/mixed\n\nx", "mixed(text/plain)"),
            ("Content-Type: multipart/mixed; boundary=b\n\nx", "mixed(text/plain)"),
            ("Content-Type: multipart/mixed; boundary=\"\"\n\n--\nx", "mixed(text/plain)"),
            // The inner one ends with the outer one.
            (
                "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\n1\n--b\n\n2\n--a\n\n3\n--a--",
                "mixed(alternative(text/plain, text/plain), text/plain)"
            ),
            // One boundary begins with the other.
            (
                "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; boundary=ab\n\n--ab\n\n1\n--ab\n\n2\n--ab--\n--a\n\n3\n--a--",
                "mixed(mixed(text/plain, text/plain), text/plain)"
            ),
            // The same boundary within itself.
            (
                "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; boundary=a\n\n--a\n\n1\n--a--\n",
                "mixed(mixed(text/plain))"
            ),
            // White space behind a boundary, and a line that only looks like one.
            ("Content-Type: multipart/mixed; boundary=a\n\n--a \t\n\n1\n--ax\n--a-\n--a-- \n", "mixed(text/plain)"),
            // A header without an empty line behind it, and no header.
            (
                "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: text/html\n--a\n--a--\n",
                "mixed(text/html, text/plain)"
            ),
            ("Content-Type: message/rfc822\n\nSubject: x\nContent-Type: text/html\n\n<p>", "message[text/html]"),
            (
                "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDog",
                "application/octet-stream"
            ),
            (
                "Content-Type: multipart/digest; boundary=a\n\n--a\n\nSubject: 1\n\nx\n--a\nContent-Type: text/plain\n\ny\n--a--",
                "digest(message[text/plain], text/plain)"
            ),
            ("Content-Type: multipart/mixed; boundary=a\n\n--a--\n--a\n\nafter the end", "mixed(text/plain)"),
        ])
    func structure(text: String, expected: String) {
        #expect(Self.outline(Self.parse(text)) == expected)
        // The same with bare line feeds, as other programs may store it.
        #expect(Self.outline(MIMEParser().parse(Array(text.utf8))) == expected)
    }

    @Test("positions and lines are exact")
    func positions() throws {
        let text =
            "Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\npre\r\n--b\r\nContent-ID: <i@x>\r\n\r\none\r\ntwo\r\n--b\r\n\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nTo: y\r\n\r\nin\r\n--b--\r\nend"
        let octets = Array(text.utf8)
        let part = MIMEParser().parse(octets)
        func string(_ range: Range<Int>) -> String { String(decoding: octets[range], as: UTF8.self) }
        #expect(part.whole == 0..<octets.count)
        #expect(string(part.header).hasSuffix("=b\r\n\r\n"))
        let first = try #require(part.part([1]))
        #expect(string(first.header) == "Content-ID: <i@x>\r\n\r\n")
        #expect(string(first.body) == "one\r\ntwo")
        #expect(first.lines == 1)
        #expect(first.id == "<i@x>")
        let second = try #require(part.part([2]))
        #expect(string(second.header) == "\r\n" && string(second.body) == "" && second.lines == 0)
        let third = try #require(part.part([3]))
        #expect(string(third.body) == "To: y\r\n\r\nin")
        #expect(third.lines == 2)
        #expect(part.part([3, 1]).map { string($0.body) } == "in")
        #expect(part.part([4]) == nil)
        #expect(part.part([1, 1]) == nil)
        #expect(part.part([0]) == nil)
        #expect(part.part([])?.whole == part.whole)
    }

    @Test("what is nested too deeply or cut in too many pieces costs little and stays as it is")
    func limits() {
        var deep = ""
        for level in 0..<5000 { deep += "Content-Type: multipart/mixed; boundary=b\(level)\n\n--b\(level)\n" }
        var part = Self.parse(deep)
        var depth = 0
        while let child = part.children.first {
            part = child
            depth += 1
        }
        #expect(depth == MIMEParser.Limits().depth)
        #expect(part.mediaType == "application/octet-stream")
        let messages = Self.parse(String(repeating: "Content-Type: message/rfc822\n\n", count: 5000))
        #expect(Self.outline(messages).hasSuffix("application/octet-stream" + String(repeating: "]", count: 50)))
        let wide =
            "Content-Type: multipart/mixed; boundary=b\n\n" + String(repeating: "--b\n\n\n", count: 5000) + "--b--\n"
        #expect(Self.parse(wide).children.count == MIMEParser.Limits().parts - 1)
        let long = "Content-Type: text/html\n" + String(repeating: "X: y\n", count: 200_000) + "Content-ID: <x>\n\nbody"
        #expect(Self.parse(long).id == nil)
        #expect(Self.parse(long).body.count == 4)
    }

    @Test(
        "names of files lead nowhere else",
        arguments: [("../../etc/passwd", "passwd"), ("a\\b.txt", "b.txt"), ("..", nil), ("a\u{1}b", "ab"), ("/", nil)])
    func fileNames(name: String, expected: String?) {
        var part = MIMEPart(header: 0..<0, body: 0..<0, lines: 0)
        part.parameters = [.init(name: "name", value: name)]
        #expect(part.fileName == expected)
    }

    @Test(
        "quoted-printable",
        arguments: [
            ("a=3Db", "a=b"), ("a=\r\nb", "ab"), ("a = \r\nb", "a b"), ("a=zz=", "a=zz"), ("a  \r\nb", "a\r\nb"),
            ("=C3=A4", "ä"), ("a=\nb", "ab"),
        ])
    func quotedPrintable(text: String, expected: String) {
        #expect(String(decoding: QuotedPrintable.decode(Array(text.utf8)), as: UTF8.self) == expected)
    }

    @Test(
        "base64",
        arguments: [("YQ==", "a"), ("YW\r\nI=", "ab"), ("YQ==YQ==", "aa"), ("Y!Q", "a"), ("=", ""), ("Y", "")])
    func base64(text: String, expected: String) {
        #expect(String(decoding: Base64.decode(Array(text.utf8)), as: UTF8.self) == expected)
    }

    // MARK: Composer

    @Test("a message with everything is 7-bit clean and says the same when it is read")
    func composer() throws {
        var generator = SeededGenerator(seed: 3)
        let picture = (0..<5000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        var composer = MailComposer(
            from: [try #require(NamedAddress("Jörg <j@example.test>"))],
            date: Date(timeIntervalSince1970: 1_700_000_000))
        composer.to = MailAddressList("a@example.test, \"B, C\" <b@example.test>").mailboxes
        composer.subject = "Größer\r\nBcc: x@y"
        composer.text = "From here\n.\nGrüße, \(String(repeating: "long ", count: 300))\r\ntrailing \n"
        composer.html = "<p>Grüße <img src=\"cid:p@x\"></p>"
        composer.attachments = [
            .init(fileName: "bild.png", type: "image/png", content: picture, contentID: "p@x"),
            .init(fileName: "Ünïcode name.bin", type: "bad type", content: [0, 1, 2]),
            .init(fileName: "m", type: "message/rfc822", content: []),
        ]
        composer.otherFields = [("X-Test", "täst"), ("Bcc", "secret@x"), ("bad name", "x")]
        let octets = composer.message()
        #expect(octets.allSatisfy { $0 < 0x80 && $0 != 0 })
        let lines = String(decoding: octets, as: UTF8.self).components(separatedBy: "\r\n")
        #expect(
            lines.allSatisfy {
                $0.utf8.count <= 78 && !$0.contains("\n") && !$0.contains("\r") && !$0.hasPrefix("From ")
            })
        let part = MIMEParser().parse(octets)
        #expect(
            Self.outline(part)
                == "mixed(alternative(text/plain, related(text/html, image/png)), application/octet-stream, application/octet-stream)"
        )
        let header = part.fields(of: octets)
        #expect(header["Subject"]?.text == "Größer  Bcc: x@y")
        #expect(header["Bcc"] == nil)
        #expect(header["X-Test"]?.text == "täst")
        #expect(header.addresses("To").mailboxes == composer.to)
        #expect(header.addresses("From").mailboxes == composer.from)
        #expect(header.messageID == composer.messageID)
        #expect(header["Date"].flatMap { MailDate.parse($0.value)?.date } == composer.date)
        #expect(
            part.part([1, 1])?.text(of: octets)
                == composer.text.replacing("\r\n", with: "\n").replacing("\n", with: "\r\n"))
        #expect(part.part([1, 2, 2])?.decodedBody(of: octets) == picture)
        #expect(part.part([1, 2, 2])?.id == "<p@x>")
        #expect(part.part([2])?.fileName == "Ünïcode name.bin")
        #expect(part.part([2])?.decodedBody(of: octets) == [0, 1, 2])
    }

    @Test("short text is written as it is, and a report has its three parts")
    func plainAndReport() {
        var composer = MailComposer(from: [], date: Date(timeIntervalSince1970: 0), messageID: "<1@x>")
        composer.text = "hello"
        let octets = composer.message()
        #expect(String(decoding: octets, as: UTF8.self).hasSuffix("Content-Transfer-Encoding: 7bit\r\n\r\nhello\r\n"))
        composer.content = .report(
            type: "delivery-status", text: "It failed.",
            status: .verbatim("message/delivery-status", Array("Reporting-MTA: dns; x\r\n".utf8)),
            original: .message(octets))
        let report = composer.message()
        let part = MIMEParser().parse(report)
        #expect(Self.outline(part) == "report(text/plain, message/delivery-status, message[text/plain])")
        #expect(part.parameter("report-type") == "delivery-status")
        #expect(part.part([3]).map { Array(report[$0.body]) } == octets)
    }
}

@Suite("Randomised MIME")
struct RandomisedMIMETests {
    @Test("whatever a message holds, its parts lie within each other and in order")
    func pieces() {
        var generator = SeededGenerator(seed: 13)
        let pieces = [
            "\r\n", "\n", "--a", "--b", "--a--", "--b--", "Content-Type: multipart/mixed; boundary=a\r\n",
            "Content-Type: multipart/digest; boundary=b\r\n",
            "Content-Type: message/rfc822\r\n", "Content-Transfer-Encoding: base64\r\n", "text", "\r", " ", "X: y\r\n",
            "\r\n\r\n", "\0", "\u{FF}",
        ]
        for _ in 0..<fuzzRounds(default: 5000) {
            let octets = (0..<Int.random(in: 0...40, using: &generator)).flatMap { _ in
                Array((pieces.randomElement(using: &generator) ?? "").utf8)
            }
            let part = MIMEParser().parse(octets)
            check(part, within: 0..<octets.count, octets)
            #expect(part.whole == 0..<octets.count)
        }
    }

    private func check(_ part: MIMEPart, within range: Range<Int>, _ octets: [UInt8]) {
        #expect(part.header.lowerBound >= range.lowerBound && part.body.upperBound <= range.upperBound)
        #expect(part.header.upperBound == part.body.lowerBound)
        #expect(
            part.lines == octets[part.body].count { $0 == 0x0A },
            "\(String(decoding: octets, as: UTF8.self).debugDescription)")
        _ = part.decodedBody(of: octets)
        switch part.content {
        case .leaf: break
        case .message(let message): check(message, within: part.body, octets)
        case .multipart(let parts):
            #expect(!parts.isEmpty)
            var start = part.body.lowerBound
            for child in parts {
                check(child, within: start..<part.body.upperBound, octets)
                start = child.body.upperBound
            }
        }
    }

    @Test("transfer encodings give back what they were given, 7-bit clean and in short lines")
    func encodings() {
        var generator = SeededGenerator(seed: 14)
        for _ in 0..<fuzzRounds(default: 1000) {
            let octets = (0..<Int.random(in: 0...300, using: &generator)).map { _ in
                Bool.random(using: &generator)
                    ? UInt8.random(in: 0...255, using: &generator)
                    : [0x20, 0x3D, 0x41, 0x2E, 0x46].randomElement(using: &generator) ?? 0
            }
            #expect(Base64.decode(Base64.encodeLines(octets)) == octets)
            let text = String(decoding: octets, as: UTF8.self).replacing("\r", with: " ").replacing("\n", with: "\r\n")
                .replacing("\r\r\n", with: "\r\n")
            let quoted = QuotedPrintable.encode(Array(text.utf8))
            #expect(quoted.allSatisfy { $0 < 0x7F })
            #expect(
                String(decoding: quoted, as: UTF8.self).components(separatedBy: "\r\n").allSatisfy {
                    $0.utf8.count <= 76
                })
            #expect(QuotedPrintable.decode(quoted) == Array(text.utf8))
        }
    }
}

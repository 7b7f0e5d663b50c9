import Foundation
import Mail
import TestSupport
import Testing

@Suite("What a person reads of a message")
struct MessageContentTests {
    private func content(_ text: String, prefersHTML: Bool = false) -> (text: String, files: [String]) {
        let octets = Array(text.replacing("\n", with: "\r\n").utf8)
        let content = MessageContent(MIMEParser().parse(octets), of: octets, prefersHTML: prefersHTML)
        let files = content.attachments.map { file in
            "\(file.number.map(String.init).joined(separator: ".")) \(file.part.mediaType)\(file.isInline ? " inline" : "")"
        }
        return (content.text(of: octets).trimmingCharacters(in: .whitespacesAndNewlines), files)
    }

    private func multipart(_ subtype: String, _ parts: String..., boundary: String = "b") -> String {
        "Content-Type: multipart/\(subtype); boundary=\(boundary)\n\n"
            + parts.map { "--\(boundary)\n\($0)\n" }.joined() + "--\(boundary)--\n"
    }

    private let plain = "Content-Type: text/plain\n\nplain"
    private let html = "Content-Type: text/html\n\n<p>rich <b>text</b>"
    private let image = "Content-Type: image/png; name=i.png\nContent-ID: <i@x>\n\nPNG"
    private let file = "Content-Type: application/pdf\nContent-Disposition: attachment; filename=f.pdf\n\nPDF"

    @Test("one part is the text, or a file")
    func single() {
        #expect(content(plain) == ("plain", []))
        #expect(content(html) == ("rich text", []))
        #expect(content("no header") == ("", []))
        #expect(content(file) == ("", ["1 application/pdf"]))
        #expect(content("Content-Type: text/plain\nContent-Disposition: attachment\n\nx") == ("", ["1 text/plain"]))
        #expect(content("Content-Type: text/x-log\n\nx") == ("", ["1 text/x-log"]))
        #expect(content("\n\ntext\n") == ("text", []))
    }

    @Test("of alternatives one is shown, the plain one if it says something")
    func alternatives() {
        #expect(content(multipart("alternative", plain, html)) == ("plain", []))
        #expect(content(multipart("alternative", plain, html), prefersHTML: true) == ("rich text", []))
        #expect(content(multipart("alternative", "Content-Type: text/plain\n\n \n", html)) == ("rich text", []))
        #expect(
            content(multipart("alternative", "Content-Type: text/calendar\n\nBEGIN", html)) == (
                "rich text", ["1 text/calendar"]
            ))
        #expect(content(multipart("alternative", image)).files == ["1 image/png"])
        let related = multipart("related", html, image, boundary: "c")
        #expect(content(multipart("alternative", plain, related)) == ("plain", ["2.2 image/png"]))
        #expect(content(multipart("alternative", plain, related), prefersHTML: true).text == "rich text")
        let mixed = multipart("mixed", html, file, boundary: "c")
        #expect(content(multipart("alternative", plain, mixed)) == ("plain", ["2.2 application/pdf"]))
    }

    /// A part in HTML.
    private func page(_ html: String) -> String { "Content-Type: text/html\n\n\(html)" }

    /// A part with a `Content-ID`.
    private func part(_ type: String, _ id: String, _ disposition: String? = nil) -> String {
        "Content-Type: \(type)\nContent-ID: <\(id)>\n"
            + (disposition.map { "Content-Disposition: \($0)\n" } ?? "") + "\nx"
    }

    @Test(
        "pictures belong to the text if it shows them",
        arguments: [
            "<img src=\"cid:p@x\">", "<IMG SRC=CID:p@x>", "<img src=' cid:p%40x'>", "<img alt='>' src=cid:p&#64;x>",
            "<td background='cid:p@x'>", "<table background=cid:p@x>", "<!-- --><p><img\nwidth=1\nsrc\n=\n'cid:p@x'/>",
        ])
    func shown(html: String) {
        for type in ["png", "jpeg", "gif", "webp"] {
            for kind in ["related", "mixed"] {
                let message = multipart(kind, page(html), part("image/\(type)", "p@x"))
                #expect(content(message, prefersHTML: true).files == ["2 image/\(type) inline"])
                #expect(content(message).files == ["2 image/\(type) inline"])
            }
        }
        let inline = multipart("related", page(html), part("image/png", "p@x", "inline; filename=p.png"))
        #expect(content(inline).files == ["2 image/png inline"])
        // Beside a text that is plain nothing is shown.
        let both = multipart("alternative", plain, multipart("related", page(html), image, boundary: "c"))
        #expect(content(both).files == ["2.2 image/png"])
    }

    @Test(
        "pictures that it does not show are files",
        arguments: [
            "<p>cid:p@x", "<!-- <img src=cid:p@x> -->", "<img alt=cid:p@x>", "<img data-src=cid:p@x>",
            "<img src=https://x.test/cid:p@x>", "<img src=cid:p>", "<img src=cid:P@X>", "<a href=cid:p@x>",
            "<script><img src=cid:p@x></script>", "<style>p{background:url(cid:p@x)}</style>", "<img src-x=cid:p@x>",
        ])
    func unshown(html: String) {
        #expect(content(multipart("related", page(html), part("image/png", "p@x"))).files == ["2 image/png"])
    }

    @Test("whatever lies beside a text and cannot be seen in it is a file")
    func reachable() {
        let html = page("<img src=cid:p@x><img src=cid:q@x>")
        let document =
            "Content-Type: application/pdf\nContent-ID: <q@x>\nContent-Disposition: attachment; filename=doc.pdf\n\nPDF"
        let alternatives = multipart("alternative", plain, html, boundary: "c")
        for prefersHTML in [false, true] {
            #expect(
                content(multipart("related", alternatives, document), prefersHTML: prefersHTML).files
                    == ["2 application/pdf"])
        }
        #expect(
            content(
                multipart(
                    "related", html, part("image/png", "p@x", "attachment"), part("image/tiff", "q@x"),
                    part("image/svg+xml", "q@x"), part("application/octet-stream", "q@x", "inline; filename=q.png"),
                    "Content-Type: image/png\n\nno name")
            ).files == [
                "2 image/png", "3 image/tiff", "4 image/svg+xml", "5 application/octet-stream", "6 image/png",
            ])
        // Of two of a name one is seen.
        #expect(
            content(multipart("related", html, part("image/png", "p@x"), part("image/gif", "p@x"))).files
                == ["2 image/png inline", "3 image/gif"])
    }

    @Test("what is to be read of related parts need not be the first")
    func start() {
        let root = "Content-Type: text/html\nContent-ID: <root@x>\n\n<p>rich <img src=cid:p@x>"
        for start in ["start=\"<root@x>\"", "start=\"root@x\""] {
            let message = multipart("related; \(start)", part("image/png", "p@x"), root)
            #expect(content(message) == ("rich", ["1 image/png inline"]))
        }
        #expect(content(multipart("related; start=\"<none>\"", root, file)) == ("rich", ["2 application/pdf"]))
        #expect(content(multipart("related", plain, html)) == ("plain", ["2 text/html"]))
    }

    @Test("an invitation among alternatives is a file, and says what it is about")
    func invitation() {
        let calendar = """
            Content-Type: text/calendar; charset=utf-8; method=REQUEST

            BEGIN:VCALENDAR
            METHOD:REQUEST
            BEGIN:VEVENT
            SUMMARY:Tea
            END:VEVENT
            END:VCALENDAR
            """
        let enriched = "Content-Type: text/enriched\n\n<bold>rich</bold>"
        let amp = "Content-Type: text/x-amp-html\n\n<p>"
        let message = multipart("alternative", plain, enriched, amp, html, calendar)
        for prefersHTML in [false, true] {
            #expect(content(message, prefersHTML: prefersHTML).files == ["5 text/calendar"])
        }
        #expect(content(message).text == "plain")
        let octets = Array(multipart("mixed", message, calendar, boundary: "o").utf8)
        let found = MessageContent(MIMEParser().parse(octets), of: octets)
        #expect(found.attachments.map(\.part.customaryFileName) == ["invite.ics", "invite.ics"])
        #expect(found.events(of: octets).map(\.text) == ["Invitation: Tea"])
        #expect(content(calendar) == ("", ["1 text/calendar"]))
    }

    @Test("enriched text is text")
    func enriched() {
        let text = "Content-Type: text/enriched\n\n<bold>Very</bold> <<rich>"
        #expect(content(text) == ("Very <rich>", []))
        #expect(content(multipart("alternative", text, html)) == ("Very <rich>", []))
        #expect(content(multipart("alternative", text, html), prefersHTML: true) == ("rich text", []))
    }

    @Test("files that nobody named have names that tell them apart")
    func names() {
        func name(_ type: String) -> String? {
            MIMEParser().parse(Array("Content-Type: \(type)\r\n\r\n".utf8)).customaryFileName
        }
        #expect(name("message/delivery-status") == "delivery-status.txt")
        #expect(name("text/rfc822-headers") == "headers.txt")
        #expect(name("application/ics") == "invite.ics")
        #expect(name("application/pdf") == nil)
    }

    @Test("texts follow each other, files are listed, messages within are files")
    func mixed() {
        #expect(content(multipart("mixed", plain, file, html)) == ("plain\nrich text", ["2 application/pdf"]))
        #expect(
            content(multipart("mixed", plain, "Content-Type: message/rfc822\n\nSubject: x\n\ninner")) == (
                "plain", ["2 message/rfc822"]
            ))
        let named = "Content-Type: text/plain\nContent-Disposition: inline; filename=notes.txt\n\nnotes"
        #expect(content(multipart("mixed", plain, named)) == ("plain\nnotes", ["2 text/plain"]))
        #expect(
            content(multipart("signed", plain, "Content-Type: application/pgp-signature\n\nSIG")) == (
                "plain", ["2 application/pgp-signature"]
            ))
    }

    @Test("a text is cut where a line ends")
    func limit() {
        let text = "Content-Type: text/plain; charset=utf-8\r\n\r\n" + String(repeating: "äöü\r\n", count: 100)
        let octets = Array(text.utf8)
        let part = MIMEParser().parse(octets)
        #expect(part.text(of: octets, limit: 20) == "äöü\näöü\n")
        #expect(part.text(of: octets, limit: 16) == "äöü\näöü\n")
        #expect(part.text(of: octets, limit: 3) == "ä\u{FFFD}")
        #expect(part.text(of: octets, limit: .max) == String(repeating: "äöü\n", count: 100))
        let bare = Array("\r\n\r\na\rb\n\r\r\nc".utf8)
        #expect(MIMEParser().parse(bare).text(of: bare, limit: 100) == "\na\nb\n\n\nc")
    }
}

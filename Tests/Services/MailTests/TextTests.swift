import Foundation
import Mail
import TestSupport
import Testing

@Suite("HTML as text")
struct HTMLTextTests {
    @Test(
        "what a browser would show, as text",
        arguments: [
            ("", ""), ("plain", "plain"), ("a  b\n c", "a b c"), ("<p>one</p><p>two</p>", "one\n\ntwo"),
            ("<div>one</div><div>two</div>", "one\ntwo"), ("one<br>two<BR/>three", "one\ntwo\nthree"),
            ("a<br><br>b", "a\n\nb"),
            ("<b>bo</b>ld <i>it</i>", "bold it"), ("<h1>T</h1>x", "T\n\nx"),
            ("<ul><li>a<li>b</ul>c", "- a\n- b\n\nc"), ("<ol><li>a</li><li><p>b</p></li></ol>", "1. a\n2. b"),
            ("<ul><li>a<ul><li>b</ul></ul>", "- a\n  - b"),
            ("<table><tr><td>a<td>b<tr><td>c</table>", "a  b\nc"),
            ("<blockquote>said<blockquote>before</blockquote></blockquote>no", "> said\n>\n>> before\n\nno"),
            ("<pre>a  b\n c</pre>", "a  b\n c"),
            ("<style>p{}</style><script>if (a<b) '</p>'</script><title>t</title>x", "x"), ("<script>never ends", ""),
            ("a<!-- <p>b --> c", "a c"), ("a<!-- never ends", "a"), ("<!DOCTYPE html><?xml ?>x", "x"),
            ("1 < 2 && 3 > 2", "1 < 2 && 3 > 2"), ("<", "<"), ("a<", "a<"), ("a<b", "a"), ("<p", ""), ("</", "</"),
            ("&lt;b&gt; &amp;amp; &eacute;&Eacute;&szlig;&yuml; &euro;&#8364;&#x20AC;&#128;", "<b> &amp; éÉßÿ €€€€"),
            ("&nbsp;&unknown; &#0; &#xD800; &#99999999999; &", "\u{A0}&unknown; \u{FFFD} \u{FFFD} &#99999999999; &"),
            ("&#10;a&#27;[31m", "a [31m"),
            ("<a href=\"https://x.test/?a=1&amp;b=2\">here</a>.", "here <https://x.test/?a=1&b=2>."),
            ("<a href='https://x.test/'>https://x.test/</a>", "https://x.test/"),
            ("<a href=https://x.test/>https://x.test</a>", "https://x.test"),
            ("<a href=mailto:a@b.test>Ann</a>", "Ann <a@b.test>"), ("<a href='javascript:x'>y</a>", "y"),
            ("<a href=https://x.test/><img src=x></a>", ""), ("<img alt='A cat'>", "[A cat]"),
            ("<p title='a>b'>x", "x"), ("<p title=\"a", ""), ("<p>\u{A0}</p>x", "\u{A0}\n\nx"), ("Änne</p>", "Änne"),
        ])
    func text(html: String, expected: String) { #expect(HTMLText.plain(html) == expected) }

    @Test("depth and length cost no more than they are")
    func deep() {
        let depth = 100_000
        let quotations = HTMLText.plain(String(repeating: "<blockquote>", count: depth) + "x")
        #expect(quotations == ">>>>>>>>>> x")
        #expect(HTMLText.plain(String(repeating: "<ul><li>", count: depth) + "x").count < 5 << 20)
        #expect(HTMLText.plain(String(repeating: "<", count: depth)).count == depth)
        #expect(HTMLText.plain(String(repeating: "<!--", count: depth)).isEmpty)
        #expect(HTMLText.plain(String(repeating: "&#", count: depth)).count == 2 * depth)
        #expect(HTMLText.plain(String(repeating: "<a href='", count: depth)).isEmpty)
        #expect(HTMLText.plain(String(repeating: "<br>", count: depth)).isEmpty)
    }
}

@Suite("Randomised HTML")
struct RandomisedHTMLTextTests {
    @Test("whatever it is, text comes out without tags that were whole and without control characters")
    func anything() {
        let pieces = [
            "<p>", "</p>", "<a href=\"https://x.test/\">", "</a>", "<!--", "-->", "<script>", "</script>", "<pre>",
            "</pre>",
            "<ul>", "<li>", "</ul>", "<blockquote>", "</blockquote>", "&amp;", "&#", "&#27;", ";", "<", ">", "\"", "'",
            "=",
            " ", "\n", "x", "é", "<td>", "<br>", "\u{0}", "<img alt='", "</",
        ]
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<fuzzRounds(default: 2000) {
            let count = Int.random(in: 0..<30, using: &generator)
            let html = (0..<count).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            let text = HTMLText.plain(html)
            // What pictures are described by may look like anything.
            #expect(!text.contains("<p>") || html.contains("alt='"), "\(html)")
            #expect(!text.contains("\u{1B}"), "\(html)")
            #expect(text.utf8.count <= html.utf8.count * 12 + 100, "\(html)")
        }
    }
}

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
        #expect(content(multipart("alternative", "Content-Type: text/calendar\n\nBEGIN", html)) == ("rich text", []))
        #expect(content(multipart("alternative", image)).files == ["1 image/png"])
        let related = multipart("related", html, image, boundary: "c")
        #expect(content(multipart("alternative", plain, related)) == ("plain", ["2.2 image/png inline"]))
        #expect(content(multipart("alternative", plain, related), prefersHTML: true).text == "rich text")
        let mixed = multipart("mixed", html, file, boundary: "c")
        #expect(content(multipart("alternative", plain, mixed)) == ("plain", ["2.2 application/pdf"]))
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

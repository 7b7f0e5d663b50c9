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

import Foundation
import TestSupport
import Testing

@testable import Webmail

/// What in a page goes beyond what a message may consist of. It says so by lists of its own, and by parsing the page again.
func violations(of page: String) -> [String] {
    guard let document = try? HTMLDocument(page) else { return ["cannot be parsed"] }
    let elements: Set<String> = Set(
        """
        html head body style a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code col \
        colgroup dd del details dfn dir div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd \
        li main mark menu nav ol p pre q rp rt ruby s samp section small span strike strong sub summary sup table tbody td \
        tfoot th thead time tr tt u ul var wbr
        """.split(separator: " ").map(String.init))
    let attributes: Set<String> = Set(
        """
        class id title lang dir style align valign width height bgcolor background colspan rowspan nowrap abbr scope href \
        target rel clear span datetime open color face size noshade src alt border hspace vspace value type start reversed \
        cellpadding cellspacing summary name
        """.split(separator: " ").map(String.init))
    var found: [String] = []
    var open: [String] = []
    for event in document {
        switch event {
        case .start(let element):
            open.append(element.name)
            if element.isForeign || !elements.contains(element.name) { found.append("element \(element.name)") }
            for attribute in element.attributes {
                if !attributes.contains(attribute.name) { found.append("attribute \(attribute.name)") }
                found += violations(ofAttribute: attribute.name, attribute.value)
            }
            if element.name == "a", let url = element.attribute("href"), !url.hasPrefix("#"),
                element.attribute("target") != "_blank"
            {
                found.append("a link into this window")
            }
        case .end: open.removeLast()
        case .text(let text):
            if open.last == "style",
                ["<", "\\", "@import", "url", "@font", "expression"].contains(where: text.contains)
            {
                found.append("style sheet \(text)")
            }
        }
    }
    return found
}

private func violations(ofAttribute name: String, _ value: String) -> [String] {
    let allowed: Bool
    switch name {
    case "href":
        allowed =
            value.wholeMatch(
                of: /(https?:\/\/[^\s"'<>\\]+|\/compose\?to=[A-Za-z0-9%&=._~-]*|tel:[^\s"'<>\\]*|#[^\s"'<>\\]+)/) != nil
    case "src", "background":
        allowed =
            value.wholeMatch(
                of: /\/blocked\.svg|\/picture\/known|data:image\/(png|gif|jpeg|webp);base64,[A-Za-z0-9+\/=]*/)
            != nil
    case "style":
        allowed = !["url", "\\", "<", "@", "expression", "position", "behavior", "/*"].contains(where: value.contains)
    case "target": allowed = value == "_blank"
    default: allowed = true
    }
    return allowed ? [] : ["\(name) \(value)"]
}

@Suite("Randomised HTML")
struct RandomisedHTMLTests {
    private static let pieces: [String] =
        """
        <p>|</p>|<b|<b>|</b>|<i id=a>|</i>|<a href="|<a href=javascript:x>|</a>|<div |</div>|<table>|</table>|<tr>|<td|<td>|\
        <svg>|</svg>|<math>|</math>|<mtext>|<mglyph>|<annotation-xml encoding=text/html>|<foreignObject>|<desc>|<style>|\
        </style>|<script>|</script>|<title>|</title>|<textarea>|</textarea>|<noscript>|</noscript>|<xmp>|</xmp>|<iframe>|\
        </iframe>|<noembed>|<plaintext>|<template>|</template>|<select>|</select>|<option>|<form>|</form>|<input |<button>|\
        <object>|</object>|<frameset>|<frame>|<base href=|<meta http-equiv=|<link |<img src=|<img src="|<img src=cid:known@x|\
        <body onload=|<html |</html>|</body>|<head>|<br/>|</br>|<hr>|<li>|<ul>|<h1>|<pre>|<font color=|<marquee>|<ruby>|<rt>|\
        <nobr>|<isindex>|<image src=x>|<caption>|<col |<colgroup>|<dd>|<!--|-->|--!>|<!|<?|<![CDATA[|]]>|&lt;|&#60;|&quot;|\
        &#x3c;script&#x3e;|&amp;|&colon;|&NewLine;|&#0;|"|'|`|=|/|>|<| |\n|\t|\u{0}|\u{c}|x|javascript:|data:text/html,|\
        data:image/png;base64,|https://x.test/|//x.test|#a| onerror=alert(1)| style="|style=color:red|color:red;|\
        background:url(x)|width:expression(x)|\\75rl(|/*|*/|@import|@media x{|{|}|;|a{color:red}|.b>c{|font-family:'|!important|\
        calc(|)|class=|id=| title="| srcset=x| xlink:href=x|é|\u{301}|\u{202e}|\u{feff}|\u{fffd}|\u{2028}|mso-|v:shape
        """.split(separator: "|").map(String.init)

    @Test("Whatever comes in, what goes out holds nothing outside of the allow-list, however often it is parsed")
    func soup() {
        var random = SeededGenerator(seed: 0x5EED_0417)
        var options = HTMLSanitiser.Options()
        options.picture = { $0 == "known@x" ? "/picture/known" : nil }
        let rounds = fuzzRounds(default: 400)
        var parsed = 0
        for _ in 0..<rounds {
            let count = Int.random(in: 1...60, using: &random)
            let source = (0..<count).map { _ in Self.pieces.randomElement(using: &random) ?? "" }.joined()
            // Where the parser gives up, the message is shown as text.
            guard let document = try? HTMLDocument(source) else { continue }
            parsed += 1
            let result = HTMLSanitiser.sanitise(document, options)
            let page = "<style>\(result.style)</style>\(result.body)"
            let found = violations(of: page)
            #expect(found == [], "\(source.debugDescription) became \(page.debugDescription)")
            if !found.isEmpty { break }
        }
        #expect(parsed > rounds * 9 / 10)
    }

    @Test("Octets of any kind come to an end, too")
    func octets() {
        var random = SeededGenerator(seed: 0x5EED_0418)
        for _ in 0..<fuzzRounds(default: 100) {
            let source = (0..<Int.random(in: 0...200, using: &random)).map { _ in
                Bool.random(using: &random)
                    ? UInt8.random(in: 0...255, using: &random)
                    : Array("<>/=\"'&;- abst!".utf8).randomElement(using: &random) ?? 0
            }
            guard let document = try? HTMLDocument(parsing: source) else { continue }
            #expect(violations(of: HTMLSanitiser.sanitise(document).body) == [])
        }
    }
}

import Foundation
import TestSupport
import Testing

@testable import Webmail

/// One case of `Torture/cases.txt`.
struct TortureCase: Sendable, CustomTestStringConvertible {
    var name: String
    var source: String
    var expected: String
    var testDescription: String { name }

    static let all: [TortureCase] = {
        guard let url = Bundle.module.url(forResource: "cases", withExtension: "txt", subdirectory: "Torture"),
            let text = try? String(contentsOf: url, encoding: .utf8)
        else { return [] }
        return text.components(separatedBy: "\n## ").dropFirst().map { piece in
            let lines = piece.split(separator: "\n", maxSplits: 1)
            let halves = lines[1].components(separatedBy: "\n=>\n")
            return TortureCase(
                name: String(lines[0]), source: halves[0],
                expected: halves[1].trimmingCharacters(in: .newlines))
        }
    }()
}

/// As a message's page holds it.
private func written(_ source: String, showsRemotePictures: Bool = false) throws -> String {
    let result = try sanitised(source, showsRemotePictures: showsRemotePictures)
    return (result.style.isEmpty ? "" : "<style>\(result.style)</style>\n") + result.body
}

private func sanitised(_ source: String, showsRemotePictures: Bool = false) throws -> SanitisedHTML {
    var options = HTMLSanitiser.Options()
    options.showsRemotePictures = showsRemotePictures
    options.picture = { $0 == "known@x" ? "/picture/known" : nil }
    return HTMLSanitiser.sanitise(try HTMLDocument(source), options)
}

@Suite("Sanitised HTML")
struct HTMLSanitiserTests {
    @Test("What could do more than be read is taken away", arguments: TortureCase.all)
    func torture(_ torture: TortureCase) throws {
        let result = try written(torture.source)
        #expect(result == torture.expected)
        #expect(violations(of: result) == [])
    }

    @Test("The file of cases is read")
    func cases() { #expect(TortureCase.all.count >= 25) }

    @Test("Pictures of other hosts are shown when they are asked for, and counted either way")
    func pictures() throws {
        let source = """
            <img src="https://x.test/a.png"><table background="http://x.test/b.png"><td>c</table><img src="//x.test/d&quot;">
            """
        let blocked = try sanitised(source)
        #expect(blocked.remotePictures == 3)
        #expect(!blocked.body.contains("x.test"))
        let shown = try sanitised(source, showsRemotePictures: true)
        #expect(shown.remotePictures == 3)
        #expect(shown.body.contains("<img src=\"https://x.test/a.png\">"))
        #expect(shown.body.contains("<table background=\"http://x.test/b.png\">"))
        #expect(shown.body.contains("<img src=\"https://x.test/d%22\">"))
    }

    @Test("Elements within elements without end come out flat, and nothing overflows")
    func nesting() throws {
        let source = String(repeating: "<span>", count: 3000) + "deep"
        let result = try sanitised(source).body
        #expect(result.components(separatedBy: "<span>").count == 200)
        #expect(result.contains("deep"))
        #expect(violations(of: result) == [])
    }

    @Test("Markup that would take a parser's memory or time is refused")
    func limits() {
        #expect(throws: HTMLParsingError.tooLarge) { _ = try HTMLDocument(String(repeating: "a", count: 5 << 20)) }
        // Each paragraph opens all the formatting anew.
        let formatting = "<p>" + (0..<3000).map { "<b id=\($0)>" }.joined() + String(repeating: "<p>x", count: 3000)
        #expect(throws: HTMLParsingError.tooLarge) { _ = try HTMLDocument(formatting) }
        var limits = HTMLDocument.Limits()
        limits.seconds = 1
        #expect(throws: HTMLParsingError.tooIntricate) {
            _ = try HTMLDocument(String(repeating: "<div>", count: 400_000), limits: limits)
        }
    }

    @Test("What is longer than a page should be is cut off, and the page remains whole")
    func length() throws {
        var options = HTMLSanitiser.Options()
        options.maximumLength = 10_000
        let source = String(repeating: "<p><b>some words</b></p>", count: 2000)
        let result = HTMLSanitiser.sanitise(try HTMLDocument(source), options)
        #expect(result.isTruncated)
        #expect(result.body.utf8.count < 11_000)
        #expect(result.body.hasSuffix("</div>"))
        #expect(violations(of: result.body) == [])
    }

    @Test("Octets that are no UTF-8 do no harm")
    func octets() throws {
        let source: [UInt8] = Array("<p>a".utf8) + [0xFF, 0xC0, 0x80, 0x00, 0xED, 0xA0, 0x80] + Array("b</p>".utf8)
        let result = HTMLSanitiser.sanitise(try HTMLDocument(parsing: source)).body
        #expect(result.hasPrefix("<div><p>a") && result.hasSuffix("b</p></div>"))
        #expect(violations(of: result) == [])
    }

    @Test("A mark that combines with a quotation mark does not hide it")
    func combining() {
        #expect(MarkupText.escape("\"\u{301}<\u{338}&\u{301}") == "&quot;\u{301}&lt;\u{338}&amp;\u{301}")
    }
}

@Suite("Plain text as HTML")
struct PlainTextPageTests {
    @Test("Links can be followed, marks mean themselves, quotations are told apart")
    func render() {
        let text =
            "See https://x.test/a_(b)?c=1&d=2. (http://y.test/)\r\n> quoted <b>\n> > twice\nend ahttp://z.test javascript:x"
        let link = { (url: String, text: String) in
            "<a href=\"\(url)\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">\(text)</a>"
        }
        #expect(
            PlainTextPage.render(text).html
                == "See " + link("https://x.test/a_(b)?c=1&amp;d=2", "https://x.test/a_(b)?c=1&amp;d=2") + ". ("
                + link("http://y.test/", "http://y.test/") + ")\n"
                + "<span class=\"quote quote-1\">&gt; quoted &lt;b&gt;\n"
                + "</span><span class=\"quote quote-2\">&gt; &gt; twice\n"
                + "</span>end ahttp://z.test javascript:x\n")
    }

    @Test("Text that goes on and on is cut off")
    func length() {
        let (html, isTruncated) = PlainTextPage.render(String(repeating: "http://", count: 200_000))
        #expect(isTruncated)
        #expect(html.utf8.count < 40 << 20)
    }
}

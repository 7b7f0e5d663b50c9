internal import Mail

/// The page in a frame that shows a message's HTML.
enum MessagePage {
    /// A whole document.
    ///
    /// - Parameters:
    ///   - result: what is shown.
    ///   - title: of the window, where it has one of its own.
    ///   - head: lines about the message that stand over it there.
    static func document(
        _ result: SanitisedHTML, title: String = "Message", head: [(name: String, value: String)] = []
    ) -> String {
        var lines = ""
        if !head.isEmpty {
            let rows = head.map {
                "<tr><th>\(MarkupText.escape($0.name))</th><td dir=\"auto\">\(MarkupText.escape($0.value))</td></tr>"
            }
            lines = "<table class=\"hw-head\" dir=\"ltr\">\(rows.joined())</table>"
        }
        return """
            <!DOCTYPE html>
            <html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">\
            <meta name="referrer" content="no-referrer"><title>\(MarkupText.escape(title))</title>
            <style>:root{color-scheme:light}body{margin:0;padding:12px;background:#fff;color:#1d2433;\
            font:16px/1.5 system-ui,sans-serif;overflow-wrap:break-word}img{max-width:100%;height:auto}table{max-width:100%}\
            pre{white-space:pre-wrap}blockquote{margin:0 0 0 4px;padding-left:12px;border-left:2px solid #c8ced8}\
            a{color:#0b5cad}.hw-blocked{border:1px dashed #c8ced8;border-radius:4px;padding:0 4px;color:#5c6878;font-size:14px}\
            .hw-blocked img{vertical-align:-2px}.hw-head{margin:0 0 16px;border-bottom:1px solid #c8ced8;width:100%}\
            .hw-head th{text-align:left;vertical-align:top;font-weight:400;color:#5c6878;padding:0 14px 2px 0;width:1%}</style>
            <style>\(result.style)</style></head>
            <body dir="auto">\(lines)\(result.body)\(result.isTruncated ? "<p><em>The message goes on; it is too long to be shown whole.</em></p>" : "")
            </body></html>
            """
    }

    /// How high a frame has to be for what it shows, as near as can be told without showing it: a class of the style sheet.
    ///
    /// - Parameter placeholder: what stands for pictures that are not shown; how high others are nobody knows.
    static func height(of result: SanitisedHTML, placeholder: String) -> String? {
        guard result.body.utf8.count < 20_000 else { return nil }
        var (characters, lines, isTag) = (0, 0, false)
        for piece in result.body.split(separator: "<", omittingEmptySubsequences: false) {
            let halves =
                isTag ? piece.split(separator: ">", maxSplits: 1, omittingEmptySubsequences: false) : ["", piece]
            isTag = true
            let name = halves[0].prefix { $0.isLetter || $0.isNumber }
            if name == "img", !halves[0].hasPrefix("img src=\"\(placeholder)\"") { return nil }
            if ["br", "p", "div", "li", "tr", "h1", "h2", "h3", "hr", "blockquote"].contains(name) { lines += 1 }
            if halves.count == 2 { characters += halves[1].count }
        }
        switch lines + characters / 60 {
        case ..<9: return "short"
        case ..<20: return "medium"
        default: return nil
        }
    }

    /// What the page may do: no script, no form, no frame; pictures of this host, or of all when that was asked for. A
    /// sandbox gives it an origin of its own, wherever it is opened.
    static func policy(showsRemotePictures: Bool) -> String {
        let pictures = showsRemotePictures ? "'self' data: https: http:" : "'self' data:"
        return
            "default-src 'none'; style-src 'unsafe-inline'; img-src \(pictures); form-action 'none'; base-uri 'none'; "
            + "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
    }

    /// The same for what a browser fetches as a file.
    static let filePolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'"
}

/// Makes HTML that may be shown of what messages hold.
struct MessageRenderer: Sendable {
    private let threads = ParserThreads(count: 4, waiting: 60)

    /// What is shown of a part in HTML. What cannot be parsed is shown as text.
    func render(_ html: String, _ options: HTMLSanitiser.Options) async -> SanitisedHTML {
        do {
            return try await threads.run { HTMLSanitiser.sanitise(try HTMLDocument(html), options) }
        } catch {
            let text = PlainTextPage.render(await read(html))
            return SanitisedHTML(
                body:
                    "<p><em>This message cannot be shown as its writer meant it; it is too large or too intricate. Its text:</em>"
                    + "</p><pre>\(text.html)</pre>",
                style: "", remotePictures: 0, isTruncated: text.isTruncated)
        }
    }

    /// The same as plain text.
    func read(_ html: String) async -> String { HTMLText.plain(html) }
}

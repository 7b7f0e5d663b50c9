internal import Mail

/// The page in a frame that shows a message's HTML.
enum MessagePage {
    /// A whole document.
    static func document(_ result: SanitisedHTML) -> String {
        """
        <!DOCTYPE html>
        <html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">\
        <meta name="referrer" content="no-referrer"><title>Message</title>
        <style>:root{color-scheme:light}body{margin:0;padding:12px;background:#fff;color:#1d2433;\
        font:16px/1.5 system-ui,sans-serif;overflow-wrap:break-word}img{max-width:100%;height:auto}table{max-width:100%}\
        pre{white-space:pre-wrap}blockquote{margin:0 0 0 4px;padding-left:12px;border-left:2px solid #c8ced8}\
        a{color:#0b5cad}</style>
        <style>\(result.style)</style></head>
        <body>\(result.body)\(result.isTruncated ? "<p><em>The message goes on; it is too long to be shown whole.</em></p>" : "")
        </body></html>
        """
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

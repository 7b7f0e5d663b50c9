internal import Foundation
internal import LineProtocol

/// `mailto` URLs (RFC 6068), which lead to the page on which messages are written.
enum MailtoLink {
    /// Characters that are taken over.
    static let maximumRecipients = 1000
    static let maximumSubject = 300
    static let maximumText = 2000

    /// A link to the page with what the URL says of recipients, subject and text. The page shows all of it before anything is
    /// sent; other header fields are left out (§7), blind copies, too.
    ///
    /// - Parameter url: begins with `mailto:`, in any case.
    static func compose(_ url: String) -> String {
        let rest = url.dropFirst("mailto:".count).prefix { $0 != "#" }
        let halves = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var values = ["to": halves.first.map { decode($0) } ?? ""]
        if halves.count == 2 {
            for pair in halves[1].replacing("&amp;", with: "&").split(separator: "&").prefix(50) {
                let pieces = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                let name = pieces[0].lowercased()
                guard pieces.count == 2, ["to", "cc", "subject", "body"].contains(name) else { continue }
                let value = decode(pieces[1])
                if name == "to" || name == "cc", let former = values[name], !former.isEmpty {
                    values[name] = former + ", " + value
                } else {
                    values[name] = value
                }
            }
        }
        let limits = [
            ("to", maximumRecipients), ("cc", maximumRecipients), ("subject", maximumSubject), ("body", maximumText),
        ]
        return Link.path(
            "/compose",
            limits.compactMap { name, limit in
                let value = values[name] ?? ""
                let text = name == "body" ? PrintableText.lines(value) : PrintableText.line(value)
                return text.isEmpty && name != "to" ? nil : (name, String(text.prefix(limit)))
            })
    }

    /// A plus sign means itself here.
    private static func decode(_ text: Substring) -> String { text.removingPercentEncoding ?? String(text) }
}

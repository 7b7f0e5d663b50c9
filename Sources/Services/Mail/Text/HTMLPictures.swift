internal import Foundation

/// Pictures of the message itself that a document in HTML shows.
enum HTMLPictures {
    /// - Returns: their `Content-ID`s without angle brackets, as `cid` URLs name them (RFC 2392 §2).
    static func contentIDs(in html: String) -> Set<String> {
        var ids: Set<String> = []
        var scanner = HTMLScanner(Array(html.utf8))
        while let (element, attributes) = scanner.nextElement() {
            let url =
                switch element {
                case "img": attributes["src"]
                case "table", "td", "th": attributes["background"]
                default: String?.none
                }
            if let id = url.flatMap(contentID) { ids.insert(id) }
        }
        return ids
    }

    private static func contentID(_ url: String) -> String? {
        let url = url.trimmingCharacters(in: .whitespacesAndNewlines)
        guard url.utf8.count <= 2000, url.prefix(4).lowercased() == "cid:" else { return nil }
        let id = url.dropFirst(4)
        return MIMEPart.bare(id.removingPercentEncoding ?? String(id))
    }
}

/// Text out of HTML, for who reads it without a browser: paragraphs, lists, quotations and where links lead.
///
/// Nothing is fetched, and nothing of styles or scripts is kept. HTML that is broken gives what text there is; the work
/// grows with the length of it only.
package struct HTMLText: Sendable {
    /// - Parameter html: a document or a part of one, with anything in it.
    /// - Returns: lines that end with LF; no blank ones at the start or the end.
    package static func plain(_ html: String) -> String {
        var reader = HTMLText(Array(html.utf8))
        reader.read()
        return reader.lines.finish()
    }

    private var scanner: HTMLScanner
    private var lines = TextLines()
    /// Where the open link leads, and where its text begins.
    private var link: (target: String, start: Int)?
    /// Counters of the open lists; nil for those without numbers.
    private var lists: [Int?] = []
    private static let deepestList = 20

    private init(_ octets: [UInt8]) { scanner = HTMLScanner(octets) }

    private mutating func read() {
        while let piece = scanner.next() {
            switch piece {
            case .start(let name, let attributes): open(name, attributes)
            case .end(let name): close(name)
            case .text(let text): lines.append(text)
            case .octet(let octet): lines.append(octet)
            }
        }
    }

    // MARK: Elements

    private static let paragraphs: Set<String> = [
        "p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "blockquote", "pre", "ul", "ol", "dl",
    ]
    private static let blocks: Set<String> = [
        "div", "tr", "li", "dt", "dd", "section", "article", "header", "footer", "main", "nav", "aside", "form",
        "fieldset", "address", "center", "figure", "figcaption", "caption", "option", "hr", "body", "html",
    ]

    private mutating func open(_ name: String, _ attributes: [String: String]) {
        if Self.paragraphs.contains(name) {
            lines.end(blank: lists.isEmpty)
        } else if Self.blocks.contains(name) {
            lines.end(blank: false)
        }
        switch name {
        case "br": lines.breakLine()
        case "hr":
            lines.append("----")
            lines.end(blank: false)
        case "blockquote": lines.quotation += 1
        case "pre": lines.isPreformatted = true
        case "ul", "ol": if lists.count < Self.deepestList { lists.append(name == "ol" ? 0 : nil) }
        case "li": item()
        case "td", "th": lines.separate()
        case "a": link = attributes["href"].map { ($0, lines.count) }
        case "img":
            if let text = attributes["alt"], !text.isEmpty { lines.append("[\(text)]") }
        default: break
        }
    }

    private mutating func close(_ name: String) {
        switch name {
        case "blockquote":
            lines.end(blank: true)
            lines.quotation = max(0, lines.quotation - 1)
        case "pre": lines.isPreformatted = false
        case "ul", "ol": if !lists.isEmpty { lists.removeLast() }
        case "a": closeLink()
        default: break
        }
        if Self.paragraphs.contains(name) {
            lines.end(blank: lists.isEmpty)
        } else if Self.blocks.contains(name) {
            lines.end(blank: false)
        }
    }

    private mutating func item() {
        let indentation = String(repeating: "  ", count: max(0, lists.count - 1))
        if let number = lists.last ?? nil {
            lists[lists.count - 1] = number + 1
            lines.begin("\(indentation)\(number + 1). ")
        } else {
            lines.begin("\(indentation)- ")
        }
    }

    /// Says where a link leads, if its text does not.
    private mutating func closeLink() {
        guard let (target, start) = link else { return }
        link = nil
        let scheme = target.prefix { $0 != ":" }.lowercased()
        guard ["http", "https", "mailto", "ftp"].contains(scheme), target.utf8.count <= 2000 else { return }
        let text = lines.text(from: start)
        let bare = scheme == "mailto" ? target.dropFirst(7) : Substring(target)
        guard !text.isEmpty, !text.contains(bare), bare != text + "/" else { return }
        lines.append(" <\(bare)>")
    }
}

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

    private let octets: [UInt8]
    private var position = 0
    private var lines = TextLines()
    /// Where the open link leads, and where its text begins.
    private var link: (target: String, start: Int)?
    /// Counters of the open lists; nil for those without numbers.
    private var lists: [Int?] = []
    private static let deepestList = 20

    private init(_ octets: [UInt8]) { self.octets = octets }

    private mutating func read() {
        while position < octets.count {
            let octet = octets[position]
            if octet == UInt8(ascii: "<"), readMarkup() { continue }
            if octet == UInt8(ascii: "&"), let text = HTMLEntity.take(octets, &position) {
                lines.append(text)
                continue
            }
            lines.append(octet)
            position += 1
        }
    }

    /// A tag, a comment or a declaration; false when the angle bracket is one of the text.
    private mutating func readMarkup() -> Bool {
        let next = position + 1 < octets.count ? octets[position + 1] : 0
        if starts(with: "<!--") {
            position = find("-->", from: position + 4).map { $0 + 3 } ?? octets.count
            return true
        }
        if next == UInt8(ascii: "!") || next == UInt8(ascii: "?") {
            position = find(">", from: position).map { $0 + 1 } ?? octets.count
            return true
        }
        let isEnd = next == UInt8(ascii: "/")
        let start = position + (isEnd ? 2 : 1)
        guard start < octets.count, Self.isLetter(octets[start]) else { return false }
        position = start
        let name = takeName()
        let attributes = takeAttributes()
        if isEnd { close(name) } else { open(name, attributes) }
        return true
    }

    // MARK: Elements

    private static let paragraphs: Set<String> = [
        "p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "blockquote", "pre", "ul", "ol", "dl",
    ]
    private static let blocks: Set<String> = [
        "div", "tr", "li", "dt", "dd", "section", "article", "header", "footer", "main", "nav", "aside", "form",
        "fieldset", "address", "center", "figure", "figcaption", "caption", "option", "hr", "body", "html",
    ]
    /// What is no text whatever stands in it.
    private static let unread: Set<String> = ["script", "style", "title", "template", "noscript", "object", "svg"]

    private mutating func open(_ name: String, _ attributes: [String: String]) {
        if Self.unread.contains(name) { return skip(name) }
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

    /// Passes all up to an element's end.
    private mutating func skip(_ name: String) {
        while let end = find("</", from: position) {
            position = end + 2
            if takeName() == name {
                position = find(">", from: position).map { $0 + 1 } ?? octets.count
                return
            }
        }
        position = octets.count
    }

    // MARK: Tags

    private mutating func takeName() -> String {
        let start = position
        while position < octets.count, position - start < 40,
            Self.isLetter(octets[position]) || Self.isDigit(octets[position])
        {
            position += 1
        }
        return String(decoding: octets[start..<position], as: UTF8.self).lowercased()
    }

    /// Goes behind the tag's end.
    private mutating func takeAttributes() -> [String: String] {
        var attributes: [String: String] = [:]
        while position < octets.count {
            let octet = octets[position]
            if octet == UInt8(ascii: ">") {
                position += 1
                break
            }
            guard Self.isLetter(octet) else {
                position += 1
                continue
            }
            let name = takeName()
            while position < octets.count, !Self.isDelimiter(octets[position]) { position += 1 }
            skipBlanks()
            guard position < octets.count, octets[position] == UInt8(ascii: "=") else { continue }
            position += 1
            skipBlanks()
            let value = takeValue()
            if attributes.count < 20, attributes[name] == nil { attributes[name] = value }
        }
        return attributes
    }

    private mutating func takeValue() -> String {
        guard position < octets.count else { return "" }
        let quote = octets[position]
        let isQuoted = quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'")
        if isQuoted { position += 1 }
        let start = position
        while position < octets.count {
            let octet = octets[position]
            if isQuoted ? octet == quote : octet == UInt8(ascii: ">") || Self.isBlank(octet) { break }
            position += 1
        }
        let value = octets[start..<position]
        if isQuoted, position < octets.count { position += 1 }
        return HTMLEntity.decode(value)
    }

    private mutating func skipBlanks() {
        while position < octets.count, Self.isBlank(octets[position]) { position += 1 }
    }

    private func starts(with text: StaticString) -> Bool {
        text.withUTF8Buffer { octets[position...].starts(with: $0) }
    }

    private func find(_ text: StaticString, from start: Int) -> Int? {
        text.withUTF8Buffer { text in
            guard start < octets.count, let first = text.first else { return nil }
            var index = start
            while let found = octets[index...].firstIndex(of: first) {
                if octets[found...].starts(with: text) { return found }
                index = found + 1
            }
            return nil
        }
    }

    private static func isLetter(_ octet: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(octet | 0x20)
    }
    private static func isDigit(_ octet: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet) }
    static func isBlank(_ octet: UInt8) -> Bool { octet == 0x20 || (0x09...0x0D).contains(octet) }
    private static func isDelimiter(_ octet: UInt8) -> Bool {
        isBlank(octet) || octet == UInt8(ascii: "=") || octet == UInt8(ascii: ">")
    }
}

/// Tells tags from text in HTML, whatever is wrong with it. The work grows with the length of it only.
struct HTMLScanner: Sendable {
    enum Piece: Sendable, Hashable {
        /// Names in lower case, values decoded.
        case start(String, attributes: [String: String])
        case end(String)
        /// What an entity stands for.
        case text(String)
        case octet(UInt8)
    }

    private let octets: [UInt8]
    private var position = 0
    /// What is no text whatever stands in it.
    private static let unread: Set<String> = ["script", "style", "title", "template", "noscript", "object", "svg"]
    /// Attributes of an element that are read.
    private static let mostAttributes = 20

    init(_ octets: [UInt8]) { self.octets = octets }

    /// The next piece; comments, declarations and what is no text are passed over. Nil at the end.
    mutating func next() -> Piece? {
        while position < octets.count {
            let octet = octets[position]
            if octet == UInt8(ascii: "<") {
                switch markup() {
                case .tag(let piece): return piece
                case .passed: continue
                case .text: break
                }
            } else if octet == UInt8(ascii: "&"), let text = HTMLEntity.take(octets, &position) {
                return .text(text)
            }
            position += 1
            return .octet(octet)
        }
        return nil
    }

    /// The next element that begins, with its attributes; nil when there is none.
    mutating func nextElement() -> (name: String, attributes: [String: String])? {
        while let start = octets[position...].firstIndex(of: UInt8(ascii: "<")) {
            position = start
            switch markup() {
            case .tag(.start(let name, let attributes)): return (name, attributes)
            case .text: position += 1
            case .tag, .passed: break
            }
        }
        return nil
    }

    private enum Markup {
        case tag(Piece)
        case passed
        /// The angle bracket is one of the text.
        case text
    }

    /// What an angle bracket begins.
    private mutating func markup() -> Markup {
        let next = position + 1 < octets.count ? octets[position + 1] : 0
        if starts(with: "<!--") {
            position = find("-->", from: position + 4).map { $0 + 3 } ?? octets.count
            return .passed
        }
        if next == UInt8(ascii: "!") || next == UInt8(ascii: "?") {
            position = find(">", from: position).map { $0 + 1 } ?? octets.count
            return .passed
        }
        let isEnd = next == UInt8(ascii: "/")
        let start = position + (isEnd ? 2 : 1)
        guard start < octets.count, Self.isLetter(octets[start]) else { return .text }
        position = start
        let name = takeName()
        let attributes = takeAttributes()
        if isEnd { return .tag(.end(name)) }
        guard !Self.unread.contains(name) else {
            skip(name)
            return .passed
        }
        return .tag(.start(name, attributes: attributes))
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
            let start = position
            while position < octets.count, !Self.isDelimiter(octets[position]) { position += 1 }
            let name = octets[start..<position].prefix(40)
            skipBlanks()
            guard position < octets.count, octets[position] == UInt8(ascii: "=") else { continue }
            position += 1
            skipBlanks()
            let value = takeValue()
            guard attributes.count < Self.mostAttributes else { continue }
            let key = String(decoding: name, as: UTF8.self).lowercased()
            if attributes[key] == nil { attributes[key] = HTMLEntity.decode(value) }
        }
        return attributes
    }

    private mutating func takeValue() -> ArraySlice<UInt8> {
        guard position < octets.count else { return [] }
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
        return value
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
    /// Whether it ends an attribute's name.
    private static func isDelimiter(_ octet: UInt8) -> Bool {
        isBlank(octet) || octet == UInt8(ascii: "=") || octet == UInt8(ascii: ">") || octet == UInt8(ascii: "/")
    }
}

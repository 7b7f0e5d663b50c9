internal import Foundation

/// What messages in HTML may consist of.
enum AllowList {
    /// What happens to an element.
    enum Treatment: Hashable {
        /// It stays, with the attributes that it may have.
        case keep
        /// It goes, what is in it stays.
        case unwrap
        /// It goes with all that is in it.
        case drop
        /// Its text is a style sheet.
        case style
    }

    /// What an attribute's value may be.
    enum Rule: Hashable {
        /// Anything, for people.
        case text
        /// Words of letters, digits, `-` and `_`.
        case words
        /// Digits, perhaps with `%` or `px`.
        case length
        /// Digits, perhaps with a sign.
        case integer
        /// A colour's name, or `#` and hexadecimal digits.
        case colour
        /// One of these, in any case.
        case keyword(Set<String>)
        case style
        case link
        case picture
        /// The same, behind text.
        case background
    }

    static let elements: Set<String> = [
        "a", "abbr", "acronym", "address", "article", "aside", "b", "bdi", "bdo", "big", "blockquote", "br", "caption",
        "center", "cite", "code", "col", "colgroup", "dd", "del", "details", "dfn", "dir", "div", "dl", "dt", "em",
        "figcaption", "figure", "font", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i", "img", "ins",
        "kbd", "li", "main", "mark", "menu", "nav", "ol", "p", "pre", "q", "rp", "rt", "ruby", "s", "samp", "section",
        "small", "span", "strike", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead",
        "time", "tr", "tt", "u", "ul", "var", "wbr",
    ]

    /// Those that have no end tag.
    static let voidElements: Set<String> = ["br", "col", "hr", "img", "wbr"]

    /// Those whose content is not for reading, or is no markup.
    static let dropped: Set<String> = [
        "applet", "audio", "base", "basefont", "bgsound", "canvas", "command", "datalist", "embed", "frame", "frameset",
        "iframe", "input", "isindex", "keygen", "link", "listing", "map", "meta", "noembed", "noframes", "noscript",
        "object", "param", "plaintext", "progress", "script", "select", "source", "svg", "math", "template", "textarea",
        "title", "track", "video", "xmp",
    ]

    static func treatment(of element: HTMLElement) -> Treatment {
        if element.isForeign || dropped.contains(element.name) { return .drop }
        if element.name == "style" { return .style }
        return elements.contains(element.name) || element.name == "body" ? .keep : .unwrap
    }

    private static let horizontal: Set<String> = ["left", "right", "center", "justify"]
    private static let vertical: Set<String> = ["top", "middle", "bottom", "baseline"]

    private static let global: [String: Rule] = [
        "class": .words, "id": .words, "title": .text, "lang": .words, "dir": .keyword(["ltr", "rtl", "auto"]),
        "style": .style,
    ]

    private static let cell: [String: Rule] = [
        "align": .keyword(horizontal), "valign": .keyword(vertical), "width": .length, "height": .length,
        "bgcolor": .colour, "background": .background, "colspan": .integer, "rowspan": .integer,
        "nowrap": .keyword(["", "nowrap"]), "abbr": .text, "scope": .keyword(["row", "col", "rowgroup", "colgroup"]),
    ]

    private static let row: [String: Rule] = [
        "align": .keyword(horizontal), "valign": .keyword(vertical), "bgcolor": .colour, "height": .length,
    ]

    private static let block: [String: Rule] = ["align": .keyword(horizontal)]

    private static let own: [String: [String: Rule]] = [
        "a": ["href": .link, "name": .words],
        "body": ["bgcolor": .colour, "background": .background],
        "br": ["clear": .keyword(["left", "right", "all", "none"])],
        "caption": ["align": .keyword(horizontal.union(vertical))],
        "col": ["span": .integer, "width": .length, "align": .keyword(horizontal), "valign": .keyword(vertical)],
        "colgroup": ["span": .integer, "width": .length, "align": .keyword(horizontal), "valign": .keyword(vertical)],
        "del": ["datetime": .text], "ins": ["datetime": .text], "time": ["datetime": .text],
        "details": ["open": .keyword(["", "open"])],
        "div": block, "p": block, "h1": block, "h2": block, "h3": block, "h4": block, "h5": block, "h6": block,
        "font": ["color": .colour, "face": .text, "size": .integer],
        "hr": [
            "align": .keyword(horizontal), "size": .integer, "width": .length, "noshade": .keyword(["", "noshade"]),
            "color": .colour,
        ],
        "img": [
            "src": .picture, "alt": .text, "width": .length, "height": .length, "border": .integer, "hspace": .integer,
            "vspace": .integer, "align": .keyword(horizontal.union(vertical).union(["absmiddle"])),
        ],
        "li": ["value": .integer, "type": .keyword(["1", "a", "i", "disc", "circle", "square"])],
        "ol": ["start": .integer, "reversed": .keyword(["", "reversed"]), "type": .keyword(["1", "a", "i"])],
        "table": [
            "align": .keyword(horizontal), "width": .length, "height": .length, "bgcolor": .colour,
            "background": .background, "border": .integer, "cellpadding": .length, "cellspacing": .length,
            "summary": .text,
        ],
        "tbody": row, "td": cell, "tfoot": row, "th": cell, "thead": row, "tr": row,
        "ul": ["type": .keyword(["disc", "circle", "square"])],
    ]

    /// How an attribute of an element is treated; nil for those that go.
    static func rule(for attribute: String, of element: String) -> Rule? {
        own[element]?[attribute] ?? global[attribute]
    }

    /// The value of an attribute of any kind but URLs; nil when it may not have that one.
    static func value(_ value: String, _ rule: Rule) -> String? {
        let trimmed = value.trimmingCharacters(in: .whitespacesAndNewlines)
        switch rule {
        case .text: return String(value.unicodeScalars.prefix(1000).map(Character.init))
        case .words:
            let words = trimmed.split(whereSeparator: \.isWhitespace).filter { $0.utf8.allSatisfy(isWord) }.prefix(50)
            return words.isEmpty ? nil : words.joined(separator: " ")
        case .length:
            let number =
                trimmed.hasSuffix("%")
                ? trimmed.dropLast()
                : trimmed.lowercased().hasSuffix("px")
                    ? trimmed.dropLast(2) : trimmed[...]
            return isNumber(number, allowsPoint: true) ? trimmed : nil
        case .integer:
            let digits = trimmed.hasPrefix("-") || trimmed.hasPrefix("+") ? trimmed.dropFirst() : trimmed[...]
            return isNumber(digits, allowsPoint: false) ? trimmed : nil
        case .colour:
            let name = trimmed.hasPrefix("#") ? trimmed.dropFirst() : trimmed[...]
            guard (1...30).contains(name.utf8.count), name.utf8.allSatisfy(isWord) else { return nil }
            return trimmed
        case .keyword(let keywords): return keywords.contains(trimmed.lowercased()) ? trimmed.lowercased() : nil
        case .style:
            let style = SafeStyle.declarations(value)
            return style.isEmpty ? nil : style
        case .link, .picture, .background: return nil
        }
    }

    private static func isWord(_ octet: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet)
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(octet | 0x20) || "-_".utf8.contains(octet)
    }

    private static func isNumber(_ text: Substring, allowsPoint: Bool) -> Bool {
        (1...6).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (allowsPoint && $0 == UInt8(ascii: "."))
            }
    }
}

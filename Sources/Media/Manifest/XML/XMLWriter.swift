/// Writes an indented document; equal calls give equal bytes.
struct XMLWriter: Sendable {
    private(set) var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    private var depth = 0

    /// One element, its attributes in the order given (those without a value are left out), then what `content`
    /// writes, or else its `text`.
    mutating func element(
        _ name: String, _ attributes: [(name: String, value: String?)] = [], text content: String? = nil,
        _ children: ((inout XMLWriter) -> Void)? = nil
    ) {
        text += String(repeating: "  ", count: depth) + "<" + name
        for case (let name, let value?) in attributes { text += " \(name)=\"\(Self.escape(value))\"" }
        if let content {
            text += ">" + Self.escape(content) + "</\(name)>\n"
            return
        }
        guard let children else {
            text += "/>\n"
            return
        }
        text += ">\n"
        let emptySize = text.utf8.count
        depth += 1
        children(&self)
        depth -= 1
        if text.utf8.count == emptySize {
            text.removeLast(2)
            text += "/>\n"
        } else {
            text += String(repeating: "  ", count: depth) + "</\(name)>\n"
        }
    }

    /// XML 1.0 §2.4; characters that no XML document can hold (§2.2) are replaced.
    static func escape(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "\t", "\n", "\r": escaped += "&#\(scalar.value);"
            case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": escaped += "\u{FFFD}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

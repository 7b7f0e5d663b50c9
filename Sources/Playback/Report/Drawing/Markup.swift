/// Text made safe for HTML, SVG and XML alike.
package enum Markup {
    /// `text` for element content and for attribute values in double quotes.
    ///
    /// Characters that XML 1.0 (clause 2.2) does not allow become U+FFFD.
    package static func escaped(_ text: String) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\t", "\n": result.unicodeScalars.append(scalar)
            case "\r": break
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Prose: escaped, and what stands between a pair of back-ticks set as code.
    static func prose(_ text: String) -> String {
        let parts = text.split(separator: "`", omittingEmptySubsequences: false)
        var result = ""
        for (index, part) in parts.enumerated() {
            if index % 2 == 0 {
                result += escaped(String(part))
            } else if index == parts.count - 1 {
                result += "`" + escaped(String(part))
            } else {
                result += "<code>\(escaped(String(part)))</code>"
            }
        }
        return result
    }
}

/// Text as HTML writes it.
enum MarkupText {
    /// Text that means itself wherever it stands: between tags, or in an attribute within quotation marks.
    ///
    /// It goes by scalars: a mark that combines with a quotation mark makes it one character with it, but no less a
    /// quotation mark to a browser.
    static func escape(_ text: some StringProtocol) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        append(text, to: &result)
        return result
    }

    /// The same, behind what is in `result`.
    static func append(_ text: some StringProtocol, to result: inout String) {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "`": result += "&#96;"
            // What no text has, and what some programs take for something else.
            case "\u{0}"..."\u{8}", "\u{B}", "\u{E}"..."\u{1F}", "\u{7F}": result.unicodeScalars.append("\u{FFFD}")
            default: result.unicodeScalars.append(scalar)
            }
        }
    }
}

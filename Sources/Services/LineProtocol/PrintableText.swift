/// Text of strangers for people: nothing in it can move a terminal's cursor, begin an escape sequence, or turn the order of
/// what follows.
///
/// Names, subjects and names of files go through it wherever they are shown, so that `gpj.exe` behind U+202E is no picture.
package enum PrintableText {
    /// One line: white space and line breaks become single spaces.
    package static func line(_ text: String) -> String {
        clean(text, keepsLines: false).split(separator: " ").joined(separator: " ")
    }

    /// Lines that end with LF; tabs stay.
    package static func lines(_ text: String) -> String { clean(text, keepsLines: true) }

    /// At most `width` characters, the last of which tells that there were more.
    package static func shortened(_ text: String, to width: Int) -> String {
        text.count > width ? text.prefix(max(0, width - 1)) + "…" : text
    }

    private static func clean(_ text: String, keepsLines: Bool) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x0A, 0x09: result.append(keepsLines ? scalar : " ")
            case 0x0D: if !keepsLines { result.append(" ") }
            // What embeds, overrides and isolates the direction of text.
            case 0x202A...0x202E, 0x2066...0x2069: break
            default:
                switch scalar.properties.generalCategory {
                case .control, .lineSeparator, .paragraphSeparator: result.append(keepsLines ? "?" : " ")
                default: result.append(scalar)
                }
            }
        }
        return String(result)
    }
}

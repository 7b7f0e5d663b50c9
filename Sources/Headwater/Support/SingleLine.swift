/// Text for a terminal that takes one line and does nothing there, whatever characters names of files have.
enum SingleLine {
    /// The text, with question marks for control characters and line ends.
    static func text(_ text: String) -> String {
        var line = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: line.append("?")
            default: line.append(scalar)
            }
        }
        return String(line)
    }
}

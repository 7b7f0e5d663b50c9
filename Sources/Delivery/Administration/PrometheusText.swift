/// The lexical rules of Prometheus's text format.
enum PrometheusText {
    /// `[a-zA-Z_:][a-zA-Z0-9_:]*`: any other character becomes an underscore.
    static func name(_ label: String) -> String {
        var result = ""
        for character in label.unicodeScalars {
            switch character {
            case "a"..."z", "A"..."Z", "_", ":": result.unicodeScalars.append(character)
            case "0"..."9" where !result.isEmpty: result.unicodeScalars.append(character)
            default: result += "_"
            }
        }
        return result.isEmpty ? "_" : result
    }

    /// `{name="value",…}` sorted by name; nothing without labels.
    static func labels(_ dimensions: [(String, String)]) -> String {
        guard !dimensions.isEmpty else { return "" }
        let pairs = dimensions.sorted { $0.0 < $1.0 }.map { "\(name($0.0))=\"\(escape($0.1, quotes: true))\"" }
        return "{" + pairs.joined(separator: ",") + "}"
    }

    /// A text with backslashes and line feeds escaped, and double quotes where they would end it.
    static func escape(_ text: String, quotes: Bool) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }

    /// A number without a fraction when it has none.
    static func number(_ value: Double) -> String {
        if let whole = Int64(exactly: value) { return String(whole) }
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return String(value)
    }
}

/// How wide text will be, without a font at hand: good to about a tenth for common sans-serif fonts, rather too wide
/// than too narrow.
enum TextMetrics {
    /// The width of `text` at font size `size`, both in the same unit.
    static func width(_ text: String, size: Double) -> Double {
        var ems = 0.0
        for scalar in text.unicodeScalars {
            switch scalar {
            case "i", "j", "l", "I", ".", ",", ":", ";", "|", "'", "!", " ", "/": ems += 0.35
            case "t", "r", "f", "-", "(", ")": ems += 0.42
            case "m", "w", "M", "W", "%", "@", "–", "—", "…": ems += 0.92
            case "A"..."Z": ems += 0.70
            case "\u{0}"..."\u{24F}": ems += 0.62
            default: ems += 1.05
            }
        }
        return ems * size
    }

    /// `text`, cut with an ellipsis at the end so that it fits `limit`.
    static func fitted(_ text: String, size: Double, limit: Double) -> String {
        guard width(text, size: size) > limit else { return text }
        var kept = Substring(text)
        while !kept.isEmpty, width(kept + "…", size: size) > limit { kept.removeLast() }
        return kept + "…"
    }

    private static func width(_ text: Substring, size: Double) -> Double { width(String(text), size: size) }
}

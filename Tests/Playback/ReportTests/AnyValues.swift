import TestSupport

extension SeededGenerator {
    /// Ordinary numbers mixed with those that break careless drawing.
    mutating func anyDouble() -> Double {
        switch Int.random(in: 0..<12, using: &self) {
        case 0: .nan
        case 1: .infinity
        case 2: -.infinity
        case 3: .greatestFiniteMagnitude
        case 4: -.greatestFiniteMagnitude
        case 5: .leastNonzeroMagnitude
        case 6: 0
        case 7: -0.0
        case 8: Double(bitPattern: next())
        default: .random(in: -100...5_000_000, using: &self)
        }
    }

    /// Text with everything that markup, CSV and terminals care about.
    mutating func anyText() -> String {
        let pieces = [
            "<", ">", "&", "\"", "'", "`", "]]>", "<!--", "\u{0}", "\u{1B}[2J", "\r\n", "\u{FFFE}", "é", "漢字", "😀",
            "a b",
            "", "long label that goes on and on", ",",
        ]
        return (0..<Int.random(in: 0...4, using: &self)).map { _ in
            pieces[Int.random(in: 0..<pieces.count, using: &self)]
        }.joined()
    }
}

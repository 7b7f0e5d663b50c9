/// SplitMix64: the same numbers for the same seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

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

import NetworkEmulation

/// A bandwidth profile drawn with block characters, for a terminal.
struct ProfilePlot {
    var profile: BandwidthProfile
    /// Characters across and lines down, axes not counted.
    var width = 72
    var height = 12

    /// The plot of one period: bandwidth upwards, averaged over the time each column stands for; time to the right.
    func text() -> String {
        let span = profile.period / Double(width)
        let means = (0..<width).map { profile.bits(from: Double($0) * span, to: Double($0 + 1) * span) / span }
        let inMegabits = profile.bandwidthRange.upperBound >= 10_000_000
        let unit = inMegabits ? 1e6 : 1e3
        let top = Self.roundedUp(profile.bandwidthRange.upperBound / unit)
        let labelled = [height: top, height / 2: top / 2, 0: 0].mapValues(Self.label)
        let margin = labelled.values.map(\.count).max() ?? 0

        var text = Self.aligned(inMegabits ? "Mb/s" : "kb/s", margin) + "\n"
        for row in stride(from: height, through: 1, by: -1) {
            let label = labelled[row]
            text += Self.aligned(label ?? "", margin) + (label == nil ? " │" : " ┤")
            for mean in means {
                let eighths = Int((mean / unit / top * Double(height * 8)).rounded())
                text.append(Self.block(eighths - (row - 1) * 8, isLowest: row == 1 && mean > 0))
            }
            while text.last == " " { text.removeLast() }
            text += "\n"
        }
        text += Self.aligned(labelled[0] ?? "", margin) + " ┼" + axis() + "\n"
        return text + String(repeating: " ", count: margin + 2) + timeLabels() + "\n"
    }

    /// Times are marked at every quarter.
    private var quarters: [Int] { (0...4).map { $0 * (width - 1) / 4 } }

    private func axis() -> String {
        String((0..<width).map { quarters.dropFirst().contains($0) ? "┴" : "─" })
    }

    private func timeLabels() -> String {
        var line = ""
        for (index, column) in quarters.enumerated() {
            let label = Self.label(profile.period * Double(index) / 4) + " s"
            let start = index == 0 ? 0 : column - label.count + 1
            line += String(repeating: " ", count: max(line.isEmpty ? 0 : 1, start - line.count)) + label
        }
        return line
    }

    /// A character filled from below by `eighths`; a little bandwidth shows, so that only an outage looks like one.
    private static func block(_ eighths: Int, isLowest: Bool) -> Character {
        let blocks: [Character] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
        return blocks[min(8, max(isLowest ? 1 : 0, eighths))]
    }

    /// The next number that is 1, 2, 3, 4, 5, 6 or 8 times a power of ten, so that its half is short as well.
    private static func roundedUp(_ value: Double) -> Double {
        var power = 1.0
        while power * 10 <= value { power *= 10 }
        while power > value { power /= 10 }
        return ([1, 2, 3, 4, 5, 6, 8].first { $0 * power >= value * 0.999_999 } ?? 10) * power
    }

    private static func label(_ value: Double) -> String {
        let hundredths = (value * 100).rounded() / 100
        return hundredths == hundredths.rounded() ? String(Int(hundredths)) : String(hundredths)
    }

    private static func aligned(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}

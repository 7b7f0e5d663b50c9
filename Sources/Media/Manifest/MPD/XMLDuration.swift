/// `xs:duration` (XML Schema Part 2 §3.2.6, ISO 8601) as seconds, both ways.
enum XMLDuration {
    /// Seconds in `text`, for instance `PT1H2M3.5S`; nil when it is no duration, a negative one, or longer
    /// than 10^9 s.
    ///
    /// Years count as 365 days and months as 30, as no manifest means them exactly.
    static func seconds(_ text: String) -> Double? {
        var rest = Substring(text)
        guard rest.popFirst() == "P", !rest.isEmpty else { return nil }
        var units: [(Character, Double)] = [("Y", 365 * 86_400), ("M", 30 * 86_400), ("D", 86_400)]
        var isTime = false
        var seconds = 0.0
        var hasField = false
        while let next = rest.first {
            if next == "T" {
                guard !isTime else { return nil }
                (isTime, hasField) = (true, false)
                units = [("H", 3600), ("M", 60), ("S", 1)]
                rest = rest.dropFirst()
                continue
            }
            let digits = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
            rest = rest.dropFirst(digits.count)
            guard let unit = rest.popFirst(), let index = units.firstIndex(where: { $0.0 == unit }),
                digits.first != ".", digits.last != ".", digits.count <= 40,
                !digits.contains(".") || isTime && unit == "S", let value = Double(digits)
            else { return nil }
            seconds += value * units[index].1
            units.removeFirst(index + 1)  // each unit at most once, in this order
            hasField = true
        }
        return hasField && seconds <= 1e9 ? seconds : nil
    }

    /// `seconds` in the shortest form that reads back as the same number: `PT9.96S`, `PT1H2M3.5S` for 3723.5 when
    /// that is exact, else `PT3723.5S`.
    /// - Precondition: a finite number, not negative.
    static func text(_ seconds: Double) -> String {
        precondition(seconds.isFinite && seconds >= 0, "a duration is a number of seconds from zero up")
        let minutes = (seconds / 60).rounded(.down)
        guard minutes >= 1, minutes < 1e9 else { return "PT\(decimal(seconds))S" }
        let hours = (minutes / 60).rounded(.down)
        // Taking whole minutes off a binary fraction can leave other digits than the number itself shows.
        let fraction = decimal(seconds).split(separator: ".").dropFirst().first.map { "." + $0 } ?? ""
        let text =
            "PT" + (hours > 0 ? "\(Int(hours))H" : "") + (minutes > hours * 60 ? "\(Int(minutes - hours * 60))M" : "")
            + "\(Int((seconds - minutes * 60).rounded(.down)))\(fraction)S"
        return self.seconds(text) == seconds ? text : "PT\(decimal(seconds))S"
    }

    /// Digits without exponent that read back as `value`, `.0` left out.
    private static func decimal(_ value: Double) -> String {
        if value == value.rounded(), value < 1e15 { return String(Int(value)) }
        let text = value.description
        guard text.contains("e") else { return text }
        // Below 0.0001 s or beyond 10^16 s: to the picosecond, or the second.
        guard value < 1 else { return String(UInt64(min(value, 1e18))) }
        let picoseconds = String(Int((value * 1e12).rounded()))
        return "0." + String(repeating: "0", count: 12 - picoseconds.count) + picoseconds
    }
}

/// Numbers as decimal text, the same bytes on every machine: no locale, `.` as the point, no digit grouping.
package enum DecimalText {
    /// What stands for a number that is not finite.
    package static let missing = "–"

    /// `value` with exactly `digits` digits after the point (0 to 12), ties rounded away from zero.
    ///
    /// A number with more than 15 digits in all has fewer after the point; beyond 10¹⁵ it is written in scientific
    /// notation. Values that are not finite are ``missing``.
    /// Zero never has a sign: −0.04 with one digit is `0.0`.
    package static func fixed(_ value: Double, digits: Int) -> String {
        guard value.isFinite else { return missing }
        let digits = min(max(digits, 0), 12)
        var power = 1.0
        for _ in 0..<digits { power *= 10 }
        let scaled = (value.magnitude * power).rounded(.toNearestOrAwayFromZero)
        guard scaled < 1e15 else {
            return digits > 0 ? fixed(value, digits: digits - 1) : scientific(value)
        }
        let sign = value < 0 && scaled > 0 ? "-" : ""
        let whole = String(UInt64(scaled))
        guard digits > 0 else { return sign + whole }
        let padded = String(repeating: "0", count: max(0, digits + 1 - whole.count)) + whole
        return sign + padded.dropLast(digits) + "." + padded.suffix(digits)
    }

    /// `value`, of 10¹⁵ at least, with three digits: `1.25e+15`.
    private static func scientific(_ value: Double) -> String {
        var mantissa = value
        var exponent = 0
        while mantissa.magnitude >= 9.995 {
            mantissa /= 10
            exponent += 1
        }
        return "\(fixed(mantissa, digits: 2))e+\(exponent)"
    }

    /// Like ``fixed(_:digits:)``, without zeros at the end: 2.50 is `2.5`, 3.00 is `3`.
    package static func trimmed(_ value: Double, digits: Int) -> String {
        let text = fixed(value, digits: digits)
        guard text.contains("."), !text.contains("e") else { return text }
        var kept = Substring(text)
        while kept.last == "0" { kept.removeLast() }
        if kept.last == "." { kept.removeLast() }
        return String(kept)
    }

    /// `value` with about `significant` significant digits: 1234.5 is `1235`, 12.345 is `12.3`, 0.01234 is `0.0123`.
    package static func compact(_ value: Double, significant: Int = 3) -> String {
        trimmed(value, digits: digits(of: value, significant: significant))
    }

    /// The digits after the point that show `significant` significant digits of `value`.
    static func digits(of value: Double, significant: Int) -> Int {
        guard value.isFinite, value != 0 else { return 0 }
        var magnitude = value.magnitude
        var digits = significant - 1
        while magnitude >= 10, digits > 0 {
            magnitude /= 10
            digits -= 1
        }
        while magnitude < 1, digits < 12 {
            magnitude *= 10
            digits += 1
        }
        return max(0, digits)
    }
}

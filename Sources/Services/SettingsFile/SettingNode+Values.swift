/// Single values.
extension SettingNode {
    /// Any value.
    ///
    /// - Parameters:
    ///   - expected: what it is, for errors: "a time, as 90s".
    ///   - read: makes it of its text; nil for what it is not.
    /// - Throws: the caller's error where `read` has none: `"x" is not` what was expected.
    package func value<Value>(_ expected: String, _ read: (String) -> Value?) throws(Failure) -> Value {
        let text = try text()
        guard let value = read(text) else { throw error("\(PrintableName(text)) is not \(expected)") }
        return value
    }

    /// `true` or `false`, and the other words for them that YAML 1.1 has.
    ///
    /// - Throws: the caller's error for anything else.
    package func flag() throws(Failure) -> Bool {
        try value("true or false") { text in
            switch text.lowercased() {
            case "true", "yes", "on": true
            case "false", "no", "off": false
            default: nil
            }
        }
    }

    /// A decimal number.
    ///
    /// - Parameters:
    ///   - range: where it may be.
    ///   - expected: what it is, for errors.
    /// - Throws: the caller's error for anything else.
    package func number(_ range: ClosedRange<Double>, _ expected: String) throws(Failure) -> Double {
        try value(expected) { Double($0).flatMap { range.contains($0) ? $0 : nil } }
    }

    /// A whole number.
    ///
    /// - Parameters:
    ///   - range: where it may be.
    ///   - expected: what it is, for errors.
    /// - Throws: the caller's error for anything else.
    package func integer(_ range: ClosedRange<Int>, _ expected: String) throws(Failure) -> Int {
        try value(expected) { Int($0).flatMap { range.contains($0) ? $0 : nil } }
    }

    /// `0.9` or `90%`.
    ///
    /// - Parameters:
    ///   - range: where it may be; 1 is the whole.
    ///   - expected: what it is, for errors.
    /// - Throws: the caller's error for anything else.
    package func share(_ range: ClosedRange<Double>, _ expected: String) throws(Failure) -> Double {
        try value(expected) { text in
            let number = text.hasSuffix("%") ? Double(text.dropLast()).map { $0 / 100 } : Double(text)
            return number.flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A time in seconds: `500ms`, `2s`, `1h30m`, `7d`, or a number without a unit.
    ///
    /// - Parameters:
    ///   - range: where it may be, in seconds.
    ///   - expected: what it is, for errors.
    /// - Throws: the caller's error for anything else.
    package func seconds(_ range: ClosedRange<Double>, _ expected: String) throws(Failure) -> Double {
        try value(expected) { text in
            Quantity.sum(text, Quantity.seconds).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A rate above zero in bits per second: `800 Mb/s`, `1Gb/s`, or a number without a unit.
    ///
    /// - Throws: the caller's error for anything else.
    package func bitRate() throws(Failure) -> Double {
        try value("a rate above zero, as 800 Mb/s or 1Gb/s") { text in
            Quantity.sum(text, Quantity.bitsPerSecond).flatMap { $0 > 0 && $0.isFinite ? $0 : nil }
        }
    }
}

/// Numbers with units.
private enum Quantity {
    static let seconds: [String: Double] = ["ms": 0.001, "s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800]
    static let bitsPerSecond: [String: Double] = ["b/s": 1, "kb/s": 1e3, "Mb/s": 1e6, "Gb/s": 1e9, "Tb/s": 1e12]

    /// Digits, perhaps with a point: no sign, no exponent.
    static func number(_ text: some StringProtocol) -> Double? {
        text.utf8.allSatisfy { (48...57).contains($0) || $0 == 46 } ? Double(text) : nil
    }

    /// Takes a number and its unit from the front of `rest`; nil when they are not there.
    static func term(_ rest: inout Substring, _ units: [String: Double]) -> Double? {
        let digits = rest.prefix { $0.isNumber || $0 == "." }
        rest = rest[digits.endIndex...].drop(while: \.isWhitespace)
        let unit = rest.prefix { !$0.isNumber && $0 != "." }
        rest = rest[unit.endIndex...]
        guard let number = number(digits), let factor = units[String(unit)] else { return nil }
        return number * factor
    }

    /// A number without a unit, or one or more with units.
    static func sum(_ text: String, _ units: [String: Double]) -> Double? {
        if let number = number(text) { return number }
        var (rest, sum) = (text[...], 0.0)
        repeat {
            guard let term = term(&rest, units) else { return nil }
            sum += term
        } while !rest.isEmpty
        return sum
    }
}

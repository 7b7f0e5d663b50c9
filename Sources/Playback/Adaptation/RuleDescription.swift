/// One rule: what it is called, where it comes from, what can be set.
package struct RuleDescription: Sendable {
    /// As on the command line.
    package let name: String
    /// What it does, in a few words.
    package let summary: String
    /// The paper that it follows.
    package let source: String
    package let parameters: [RuleParameter]
    /// Makes the rule for a ladder; values are within their ranges.
    let make: @Sendable (Ladder, [String: Double]) -> any RateDetermination

    init(
        name: String, summary: String, source: String, parameters: [RuleParameter],
        make: @escaping @Sendable (Ladder, [String: Double]) -> any RateDetermination
    ) {
        self.name = name
        self.summary = summary
        self.source = source
        self.parameters = parameters
        self.make = make
    }
}

/// A number that a rule can be given.
package struct RuleParameter: Sendable, Hashable {
    package let name: String
    /// Nil for a bare number.
    package let unit: String?
    /// Used when it is left out; nil when that depends on the session.
    package let standard: Double?
    package let range: ClosedRange<Double>
    package let summary: String
    /// Whether it is written `on` or `off`, for 1 and 0.
    package let isSwitch: Bool

    /// A parameter that is off unless it is set.
    init(switch name: String, summary: String) {
        self.name = name
        unit = nil
        standard = 0
        range = 0...1
        self.summary = summary
        isSwitch = true
    }

    /// The number that `text` stands for; nil where it is none that the parameter can be.
    func value(of text: String) -> Double? {
        let number = isSwitch ? ["on": 1, "off": 0][text] ?? Double(text) : Double(text)
        return number.flatMap { range.contains($0) ? $0 : nil }
    }

    init(name: String, unit: String? = nil, standard: Double? = nil, range: ClosedRange<Double>, summary: String) {
        self.name = name
        self.unit = unit
        self.standard = standard
        self.range = range
        self.summary = summary
        isSwitch = false
    }
}

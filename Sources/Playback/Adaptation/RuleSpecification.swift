/// A rule with its parameters, as the command line names it: `bola-u`, `bola-u:buffer=25`, `throughput:safety=0.8:slow=12`.
package struct RuleSpecification: Sendable, CustomStringConvertible {
    /// As it was written.
    package let description: String
    private let rule: RuleDescription
    private var values: [String: Double]

    /// - Throws: ``RuleError`` that says which names there are.
    package init(_ text: String) throws(RuleError) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard let rule = RuleCatalogue.all.first(where: { $0.name == parts[0] }) else {
            let names = RuleCatalogue.all.map(\.name).joined(separator: ", ")
            throw RuleError(description: "no rule is called '\(parts[0])'; there are \(names)")
        }
        var values: [String: Double] = [:]
        for part in parts.dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let parameter = rule.parameters.first(where: { $0.name == pair[0] }) else {
                let names = rule.parameters.map(\.name).joined(separator: ", ")
                throw RuleError(description: "rule \(rule.name) has no parameter '\(pair[0])'; it has \(names)")
            }
            guard pair.count == 2, let value = Double(pair[1]), parameter.range.contains(value) else {
                let (low, high) = (parameter.range.lowerBound, parameter.range.upperBound)
                let unit = parameter.unit.map { " " + $0 } ?? ""
                throw RuleError(
                    description: "\(rule.name):\(part): \(parameter.name) is a number from \(low) to \(high)\(unit)")
            }
            guard values.updateValue(value, forKey: parameter.name) == nil else {
                throw RuleError(description: "\(rule.name): \(parameter.name) is given twice")
            }
        }
        self.rule = rule
        self.values = values
        description = text
    }

    /// The rule's name, without parameters.
    package var name: String { rule.name }

    /// The same with a parameter set where it was left out; unchanged when the rule has no such parameter.
    package func defaulting(_ parameter: String, to value: Double) -> RuleSpecification {
        guard values[parameter] == nil, rule.parameters.contains(where: { $0.name == parameter }) else { return self }
        var copy = self
        copy.values[parameter] = value
        return copy
    }

    /// A fresh rule for a session with `ladder`.
    package func rule(for ladder: Ladder) -> any RateDetermination { rule.make(ladder, values) }

    /// Reads a list such as `fixed,bola-u:buffer=25`; `all` stands for every rule.
    package static func list(_ text: String) throws(RuleError) -> [RuleSpecification] {
        var specifications: [RuleSpecification] = []
        let names = text == "all" ? RuleCatalogue.all.map(\.name) : text.split(separator: ",").map(String.init)
        for name in names { specifications.append(try RuleSpecification(name)) }
        guard !specifications.isEmpty else { throw RuleError(description: "name at least one rule, or 'all'") }
        return specifications
    }
}

/// A rule that there is not, or a parameter that it has not.
package struct RuleError: Error, Sendable, CustomStringConvertible {
    /// What is wrong, and what there is.
    package let description: String
}

/// A rule with its parameters, as the command line names it: `bola-u`, `bola-u:buffer=25`, `throughput:safety=0.8:slow=12`;
/// or one that is made elsewhere, such as a composition or a program of the user's.
package struct RuleSpecification: Sendable, CustomStringConvertible {
    private enum Kind: Sendable {
        case catalogue(RuleDescription, [String: Double])
        case made(@Sendable (Ladder) -> any RateDetermination)
    }

    /// As it was written.
    package let description: String
    /// Whether the rule may keep its caller waiting, as one that asks another process does: it is not to be called where
    /// others wait for the thread.
    package let blocks: Bool
    private var kind: Kind

    /// A rule of one's own.
    ///
    /// - Parameters:
    ///   - description: what reports and tables call it.
    ///   - blocks: whether it may keep its caller waiting, as ``blocks`` says.
    ///   - make: gives a fresh rule for each session.
    package init(
        description: String, blocks: Bool = false, make: @escaping @Sendable (Ladder) -> any RateDetermination
    ) {
        self.description = description
        self.blocks = blocks
        kind = .made(make)
    }

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
            guard pair.count == 2, let value = parameter.value(of: pair[1]) else {
                let (low, high) = (parameter.range.lowerBound, parameter.range.upperBound)
                if parameter.isSwitch {
                    throw RuleError(description: "\(rule.name):\(part): \(parameter.name) is on or off")
                }
                let unit = parameter.unit.map { " " + $0 } ?? ""
                throw RuleError(
                    description: "\(rule.name):\(part): \(parameter.name) is a number from \(low) to \(high)\(unit)")
            }
            guard values.updateValue(value, forKey: parameter.name) == nil else {
                throw RuleError(description: "\(rule.name): \(parameter.name) is given twice")
            }
        }
        kind = .catalogue(rule, values)
        blocks = false
        description = text
    }

    /// The same with a parameter set where it was left out; unchanged when the rule has no such parameter.
    package func defaulting(_ parameter: String, to value: Double) -> RuleSpecification {
        guard case .catalogue(let rule, var values) = kind, values[parameter] == nil,
            rule.parameters.contains(where: { $0.name == parameter })
        else { return self }
        values[parameter] = value
        var copy = self
        copy.kind = .catalogue(rule, values)
        return copy
    }

    /// A fresh rule for a session with `ladder`.
    package func rule(for ladder: Ladder) -> any RateDetermination {
        switch kind {
        case .catalogue(let rule, let values): rule.make(ladder, values)
        case .made(let make): make(ladder)
        }
    }

    /// Reads a list such as `fixed,bola-u:buffer=25`; `all` stands for every rule of the catalogue.
    ///
    /// - Parameters:
    ///   - text: the list, separated by commas.
    ///   - read: reads one of them.
    /// - Throws: what `read` throws; ``RuleError`` for an empty list.
    package static func list(
        _ text: String, reading read: (String) throws(RuleError) -> RuleSpecification = RuleSpecification.init(_:)
    ) throws(RuleError) -> [RuleSpecification] {
        var specifications: [RuleSpecification] = []
        let names = text == "all" ? RuleCatalogue.all.map(\.name) : text.split(separator: ",").map(String.init)
        for name in names { specifications.append(try read(name)) }
        guard !specifications.isEmpty else { throw RuleError(description: "name at least one rule, or 'all'") }
        return specifications
    }
}

/// A rule that there is not, or a parameter that it has not.
package struct RuleError: Error, Sendable, CustomStringConvertible {
    /// What is wrong, and what there is.
    package let description: String

    package init(description: String) { self.description = description }
}

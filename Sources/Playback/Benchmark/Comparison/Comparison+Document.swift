/// A comparison as JSON.
extension Comparison: Encodable {
    private struct Numbers: Encodable {
        var mean: Double
        var median: Double
        var lower: Double?
        var upper: Double?

        init(_ statistics: Statistics) {
            (mean, median) = (statistics.mean, statistics.median)
            (lower, upper) = (statistics.interval?.lowerBound, statistics.interval?.upperBound)
        }
    }

    private struct Rule: Encodable {
        var rule: String
        /// On how many traces it has values.
        var traces: Int
        var onFront: Bool
        var values: [String: Numbers]
        /// Against the baseline.
        var differences: [String: Numbers]
        /// By QoE, against each other rule.
        var records: [String: Record]
    }

    private enum Key: String, CodingKey {
        case mode, baseline, traces, rules, level, resamples
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(mode, forKey: .mode)
        try container.encode(baseline, forKey: .baseline)
        try container.encode(traceCount, forKey: .traces)
        try container.encode(bootstrap.level, forKey: .level)
        try container.encode(bootstrap.resamples, forKey: .resamples)
        let front = Set(front)
        try container.encode(
            rules.map { rule in
                Rule(
                    rule: rule, traces: values(of: .qoe, rule: rule).count, onFront: front.contains(rule),
                    values: numbers { statistics(of: $0, rule: rule) },
                    differences: rule == baseline ? [:] : numbers { differenceStatistics(of: $0, rule: rule) },
                    records: Dictionary(
                        uniqueKeysWithValues: rules.filter { $0 != rule }
                            .map { ($0, record(of: rule, against: $0)) }))
            }, forKey: .rules)
    }

    private func numbers(_ statistics: (Measure) -> Statistics?) -> [String: Numbers] {
        var numbers: [String: Numbers] = [:]
        for measure in measures { numbers[measure.rawValue] = statistics(measure).map(Numbers.init) }
        return numbers
    }
}

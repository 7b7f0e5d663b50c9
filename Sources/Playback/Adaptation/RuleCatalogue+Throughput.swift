extension RuleCatalogue {
    /// Rules that go by the throughput, and one that goes by nothing.
    static let throughputRules: [RuleDescription] = [
        RuleDescription(
            name: "fixed", summary: "one version for the whole session, the lowest unless told",
            source: "baseline",
            parameters: [
                RuleParameter(
                    name: "bitrate", unit: "kb/s", range: 1...10_000_000,
                    summary: "the highest version that does not exceed it; the lowest version when left out")
            ]
        ) { ladder, values in FixedRule(ladder: ladder, bitRate: values["bitrate"].map { $0 * 1000 }) },
        RuleDescription(
            name: "throughput", summary: "the highest version that the estimated throughput sustains",
            source: "Spiteri et al., MMSys 2018 §4",
            parameters: [
                RuleParameter(name: "safety", standard: 0.9, range: 0.01...1, summary: "part of the estimate to use"),
                RuleParameter(
                    name: "fast", unit: "s", standard: 3, range: 0.1...600, summary: "half-life of the fast average"),
                RuleParameter(
                    name: "slow", unit: "s", standard: 8, range: 0.1...600, summary: "half-life of the slow average"),
            ]
        ) { ladder, values in
            ThroughputRule(
                ladder: ladder, safety: values["safety"] ?? 0.9, fastHalfLife: values["fast"] ?? 3,
                slowHalfLife: values["slow"] ?? 8)
        },
        RuleDescription(
            name: "throughput-harmonic", summary: "the same, by the harmonic mean of the latest throughputs",
            source: "Jiang et al., CoNEXT 2012 §4.1",
            parameters: [
                RuleParameter(name: "safety", standard: 0.9, range: 0.01...1, summary: "part of the estimate to use"),
                windowParameter(20),
            ]
        ) { ladder, values in
            ThroughputRule(
                ladder: ladder, safety: values["safety"] ?? 0.9, window: count(values["window"], standard: 20))
        },
    ]

    private static func windowParameter(_ standard: Double) -> RuleParameter {
        RuleParameter(
            name: "window", standard: standard, range: 1...1000, summary: "throughputs in the harmonic mean")
    }

    /// A parameter that counts something.
    static func count(_ value: Double?, standard: Int) -> Int { value.map { Int($0.rounded()) } ?? standard }
}

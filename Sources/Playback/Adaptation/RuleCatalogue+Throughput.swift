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
            source: "Jiang et al., CoNEXT 2012",
            parameters: [
                RuleParameter(name: "safety", standard: 0.9, range: 0.01...1, summary: "part of the estimate to use"),
                windowParameter(20),
            ]
        ) { ladder, values in
            ThroughputRule(
                ladder: ladder, safety: values["safety"] ?? 0.9, window: count(values["window"], standard: 20))
        },
        RuleDescription(
            name: "festive", summary: "one version at a time, weighing stability against efficiency; spreads requests",
            source: "Jiang et al., CoNEXT 2012",
            parameters: [
                RuleParameter(
                    name: "alpha", standard: 12, range: 0...1000, summary: "weight of efficiency against stability"),
                RuleParameter(
                    name: "p", standard: 0.85, range: 0.01...1, summary: "part of the throughput that a version may use"
                ),
                windowParameter(20),
                RuleParameter(
                    name: "target", unit: "s", range: 0...3600,
                    summary: "level that requests wait for; 15 s, or 3/4 of the session's buffer, when left out"),
                RuleParameter(
                    name: "seed", standard: 1, range: 0...1_000_000_000, summary: "of the random times of requests"),
            ]
        ) { ladder, values in
            FESTIVERule(
                ladder: ladder, alpha: values["alpha"] ?? 12, p: values["p"] ?? 0.85,
                window: count(values["window"], standard: 20), target: values["target"],
                seed: UInt64(values["seed"] ?? 1))
        },
        RuleDescription(
            name: "elastic", summary: "feedback control of the buffer's level by the bit rate alone",
            source: "De Cicco et al., Packet Video 2013",
            parameters: [
                RuleParameter(name: "k1", unit: "1/s", standard: 0.01, range: 0...10, summary: "weight of the level"),
                RuleParameter(
                    name: "k2", unit: "1/s²", standard: 0.001, range: 1e-6...10, summary: "weight of its integral"),
                RuleParameter(
                    name: "target", unit: "s", range: 0...3600,
                    summary: "level to hold; 15 s, or half of the session's buffer, when left out"),
                windowParameter(5),
            ]
        ) { ladder, values in
            ELASTICRule(
                ladder: ladder, k1: values["k1"] ?? 0.01, k2: values["k2"] ?? 0.001, target: values["target"],
                window: count(values["window"], standard: 5))
        },
        RuleDescription(
            name: "panda", summary: "probes for its share of the link, and spaces requests to hold a level",
            source: "Li et al., JSAC 2014",
            parameters: [
                RuleParameter(
                    name: "kappa", unit: "1/s", standard: 0.14, range: 0.001...10, summary: "convergence of the probing"
                ),
                RuleParameter(
                    name: "w", unit: "Mb/s", standard: 0.3, range: 0...1000, summary: "additive increase of the probing"
                ),
                RuleParameter(
                    name: "alpha", unit: "1/s", standard: 0.2, range: 0.001...10,
                    summary: "convergence of the smoothing"),
                RuleParameter(name: "beta", standard: 0.2, range: 0...10, summary: "convergence of the level"),
                RuleParameter(
                    name: "epsilon", standard: 0.15, range: 0...1, summary: "part of the share that a climb leaves"),
                RuleParameter(
                    name: "bmin", unit: "s", range: 0...3600,
                    summary: "least level; 26 s, or half of the session's buffer, when left out"),
            ]
        ) { ladder, values in
            PANDARule(
                ladder: ladder, kappa: values["kappa"] ?? 0.14, w: values["w"] ?? 0.3, alpha: values["alpha"] ?? 0.2,
                beta: values["beta"] ?? 0.2, epsilon: values["epsilon"] ?? 0.15, minimumBuffer: values["bmin"])
        },
    ]

    private static func windowParameter(_ standard: Double) -> RuleParameter {
        RuleParameter(
            name: "window", standard: standard, range: 1...1000, summary: "throughputs in the harmonic mean")
    }

    /// A parameter that counts something.
    static func count(_ value: Double?, standard: Int) -> Int { value.map { Int($0.rounded()) } ?? standard }
}

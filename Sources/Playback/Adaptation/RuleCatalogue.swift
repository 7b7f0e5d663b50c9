/// The rules there are.
package struct RuleCatalogue: Sendable {
    package static let all: [RuleDescription] = [
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
            name: "bba-0", summary: "a linear map from the buffer's level to the bit rate",
            source: "Huang et al., SIGCOMM 2014, algorithm 1",
            parameters: [
                RuleParameter(
                    name: "reservoir", unit: "s", range: 0...3600,
                    summary: "below it the lowest version; 90/240 of the buffer when left out"),
                RuleParameter(
                    name: "cushion", unit: "s", range: 0.1...3600,
                    summary: "length of the map's slope; 126/240 of the buffer when left out"),
            ]
        ) { ladder, values in
            BBA0Rule(ladder: ladder, reservoir: values["reservoir"], cushion: values["cushion"])
        },
        RuleDescription(
            name: "bola-basic", summary: "Lyapunov optimisation on the buffer's level alone",
            source: "Spiteri et al., INFOCOM 2016",
            parameters: bolaParameters + [
                RuleParameter(
                    name: "cap", standard: 0, range: 0...1,
                    summary: "1: climbs are held back as by bola-u, as the simulator Sabre's basic variant does")
            ]
        ) { ladder, values in
            BOLARule(
                ladder: ladder, variant: .basic(isCapped: values["cap"] ?? 0 >= 0.5), gammaP: values["gp"] ?? 5,
                buffer: values["buffer"])
        },
        RuleDescription(
            name: "bola-u", summary: "BOLA for finite videos, held back by the throughput when it climbs",
            source: "Spiteri et al., INFOCOM 2016 §V", parameters: bolaParameters
        ) { ladder, values in
            BOLARule(
                ladder: ladder, variant: .utility, gammaP: values["gp"] ?? 5, buffer: values["buffer"])
        },
        RuleDescription(
            name: "bola-o", summary: "the same, which never climbs above what the throughput sustains",
            source: "Spiteri et al., INFOCOM 2016 §V", parameters: bolaParameters
        ) { ladder, values in
            BOLARule(
                ladder: ladder, variant: .oscillation, gammaP: values["gp"] ?? 5, buffer: values["buffer"])
        },
        RuleDescription(
            name: "bola-e", summary: "BOLA with a virtual placeholder buffer and a guard for low buffers",
            source: "Spiteri et al., MMSys 2018 §4", parameters: [targetParameter]
        ) { ladder, values in
            BOLAERule(ladder: ladder, avoidsOscillation: false, buffer: values["buffer"])
        },
        RuleDescription(
            name: "bola-e-o", summary: "the same, which never climbs above what the throughput sustains",
            source: "Spiteri et al., MMSys 2018 §4", parameters: [targetParameter]
        ) { ladder, values in
            BOLAERule(ladder: ladder, avoidsOscillation: true, buffer: values["buffer"])
        },
        RuleDescription(
            name: "dynamic", summary: "the throughput while the buffer is low, else BOLA-U",
            source: "Spiteri et al., MMSys 2018 §5", parameters: bolaParameters
        ) { ladder, values in
            DynamicRule(ladder: ladder, gammaP: values["gp"] ?? 5, buffer: values["buffer"])
        },
        RuleDescription(
            name: "dynamic-dash", summary: "the throughput while the buffer is low, else BOLA-E; as players have it",
            source: "Spiteri et al., MMSys 2018 §6", parameters: [targetParameter]
        ) { ladder, values in
            DynamicDashRule(ladder: ladder, buffer: values["buffer"])
        },
    ]

    private static let targetParameter = RuleParameter(
        name: "buffer", unit: "s", range: 1...3600,
        summary: "target level, 10 s and 2 s for each version at least; the session's buffer when left out")

    private static let bolaParameters = [
        RuleParameter(
            name: "gp", standard: 5, range: 0.01...1000, summary: "what smooth playback is worth against utility"),
        RuleParameter(
            name: "buffer", unit: "s", range: 1...3600,
            summary: "level at which nothing more is worth fetching; the session's buffer when left out"),
    ]
}

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

    init(name: String, unit: String? = nil, standard: Double? = nil, range: ClosedRange<Double>, summary: String) {
        self.name = name
        self.unit = unit
        self.standard = standard
        self.range = range
        self.summary = summary
    }
}

extension RuleCatalogue {
    /// Rules that plan ahead or learn.
    static let predictiveRules: [RuleDescription] = [
        RuleDescription(
            name: "mpc", summary: "the best plan for the next segments at the predicted throughput",
            source: "Yin et al., SIGCOMM 2015 §4", parameters: planParameters
        ) { ladder, values in
            MPCRule(
                ladder: ladder, isRobust: false, horizon: count(values["horizon"], standard: 5),
                lambda: values["lambda"] ?? 1, mu: values["mu"])
        },
        RuleDescription(
            name: "robust-mpc", summary: "the same, at the least that the prediction's latest errors leave of it",
            source: "Yin et al., SIGCOMM 2015 §4", parameters: planParameters
        ) { ladder, values in
            MPCRule(
                ladder: ladder, isRobust: true, horizon: count(values["horizon"], standard: 5),
                lambda: values["lambda"] ?? 1, mu: values["mu"])
        },
        RuleDescription(
            name: "fast-mpc", summary: "MPC by a table over level, version and throughput",
            source: "Yin et al., SIGCOMM 2015 §5",
            parameters: planParameters + [
                RuleParameter(
                    name: "bins", standard: 100, range: 1...200, summary: "of levels, and of throughputs, in the table")
            ]
        ) { ladder, values in
            FastMPCRule(
                ladder: ladder, horizon: count(values["horizon"], standard: 5), lambda: values["lambda"] ?? 1,
                mu: values["mu"], bins: count(values["bins"], standard: 100))
        },
        RuleDescription(
            name: "l2a", summary: "online learning of the probabilities of versions",
            source: "Karagkioules et al., MMSys 2020",
            parameters: [
                RuleParameter(
                    name: "horizon", standard: 4, range: 1...100, summary: "steps that the method takes to converge"),
                RuleParameter(
                    name: "react", standard: 2, range: 1...100, summary: "answer to a choice above the throughput"),
                RuleParameter(
                    name: "target", unit: "s", range: 0...3600,
                    summary: "level up to which the throughput decides; 10 s, or half of the session's buffer, "
                        + "when left out"),
            ]
        ) { ladder, values in
            L2ARule(
                ladder: ladder, horizon: values["horizon"] ?? 4, react: values["react"] ?? 2, target: values["target"])
        },
        RuleDescription(
            name: "soda", summary: "a short plan that weighs distortion, the buffer's level and smoothness",
            source: "Chen et al., SIGCOMM 2024",
            parameters: [
                RuleParameter(
                    name: "beta", unit: "1/s²", standard: 8, range: 0...100_000,
                    summary: "cost of the level's squared distance from the target"),
                RuleParameter(
                    name: "gamma", standard: 32, range: 0...100_000, summary: "cost of a squared change of distortion"),
                RuleParameter(
                    name: "epsilon", standard: 0.2, range: 0...1, summary: "part of beta that counts above the target"),
                RuleParameter(
                    name: "target", standard: 0.6, range: 0.01...1, summary: "level to hold, as a part of the buffer"),
                RuleParameter(
                    name: "horizon", standard: 3, range: 1...5, summary: "steps ahead, no more than ten seconds of them"
                ),
                RuleParameter(
                    name: "safety", standard: 0.75, range: 0.01...1, summary: "part of the throughput to count on"),
            ]
        ) { ladder, values in
            SODARule(
                ladder: ladder, beta: values["beta"] ?? 8, gamma: values["gamma"] ?? 32,
                epsilon: values["epsilon"] ?? 0.2, target: values["target"] ?? 0.6,
                horizon: count(values["horizon"], standard: 3), safety: values["safety"] ?? 0.75)
        },
    ]

    private static let planParameters = [
        RuleParameter(name: "horizon", unit: "segments", standard: 5, range: 1...8, summary: "length of the plan"),
        RuleParameter(
            name: "lambda", standard: 1, range: 0...1000, summary: "what a change of quality costs, by its size"),
        RuleParameter(
            name: "mu", unit: "Mb/s", range: 0...100_000,
            summary: "what a second of stall costs; the highest version's quality (its bit rate) when left out"),
    ]
}

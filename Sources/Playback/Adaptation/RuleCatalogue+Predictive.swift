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
            source: "Yin et al., SIGCOMM 2015 §4.3", parameters: planParameters
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
    ]

    private static let planParameters = [
        RuleParameter(name: "horizon", unit: "segments", standard: 5, range: 1...8, summary: "length of the plan"),
        RuleParameter(
            name: "lambda", standard: 1, range: 0...1000, summary: "what a change of bit rate costs, by its size"),
        RuleParameter(
            name: "mu", unit: "Mb/s", range: 0...100_000,
            summary: "what a second of stall costs; the highest version's bit rate when left out"),
    ]
}

extension RuleCatalogue {
    /// BOLA, and what was made of it.
    static let bolaRules: [RuleDescription] = [
        RuleDescription(
            name: "bola-basic", summary: "Lyapunov optimisation on the buffer's level alone",
            source: "Spiteri et al., INFOCOM 2016",
            parameters: bolaParameters + [
                RuleParameter(
                    switch: "cap",
                    summary: "on: climbs are held back as by bola-u, as the simulator Sabre's basic variant does")
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
            source: "Spiteri et al., MMSys 2018 §4", parameters: [targetParameter, replacementParameter]
        ) { ladder, values in
            BOLAERule(
                ladder: ladder, avoidsOscillation: false, buffer: values["buffer"],
                replaces: values["replacement"] ?? 0 >= 0.5)
        },
        RuleDescription(
            name: "bola-e-o", summary: "the same, which never climbs above what the throughput sustains",
            source: "Spiteri et al., MMSys 2018 §4", parameters: [targetParameter, replacementParameter]
        ) { ladder, values in
            BOLAERule(
                ladder: ladder, avoidsOscillation: true, buffer: values["buffer"],
                replaces: values["replacement"] ?? 0 >= 0.5)
        },
        RuleDescription(
            name: "dynamic", summary: "the throughput while the buffer is low, else BOLA-U",
            source: "Spiteri et al., MMSys 2018 §5", parameters: bolaParameters
        ) { ladder, values in
            DynamicRule(ladder: ladder, gammaP: values["gp"] ?? 5, buffer: values["buffer"])
        },
        RuleDescription(
            name: "dynamic-dash", summary: "the throughput while the buffer is low, else BOLA-E; as players have it",
            source: "Spiteri et al., MMSys 2018 §6", parameters: [targetParameter, replacementParameter]
        ) { ladder, values in
            DynamicDashRule(
                ladder: ladder, buffer: values["buffer"], replaces: values["replacement"] ?? 0 >= 0.5)
        },
    ]

    private static let targetParameter = RuleParameter(
        name: "buffer", unit: "s", range: 1...3600,
        summary: "target level, 10 s and 2 s for each version at least; the session's buffer when left out")

    private static let replacementParameter = RuleParameter(
        switch: "replacement", summary: "on: after a climb, buffered segments of lower versions are fetched again")

    private static let bolaParameters = [
        RuleParameter(
            name: "gp", standard: 5, range: 0.01...1000, summary: "what smooth playback is worth against utility"),
        RuleParameter(
            name: "buffer", unit: "s", range: 1...3600,
            summary: "level at which nothing more is worth fetching; the session's buffer when left out"),
    ]
}

extension RuleCatalogue {
    /// Rules that map the buffer's level to a choice.
    static let bufferRules: [RuleDescription] = [
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
    ]
}

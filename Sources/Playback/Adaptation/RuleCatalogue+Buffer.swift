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
        RuleDescription(
            name: "bba-1", summary: "a map from the buffer's level to the size of the next segment",
            source: "Huang et al., SIGCOMM 2014 §5", parameters: reservoirParameters
        ) { ladder, values in
            BBA1Rule(ladder: ladder, leastReservoir: values["reservoir-min"], mostReservoir: values["reservoir-max"])
        },
        RuleDescription(
            name: "bba-2", summary: "BBA-1 after a start-up that climbs by what the buffer gains",
            source: "Huang et al., SIGCOMM 2014 §6", parameters: reservoirParameters
        ) { ladder, values in
            BBA2Rule(ladder: ladder, leastReservoir: values["reservoir-min"], mostReservoir: values["reservoir-max"])
        },
    ]

    private static let reservoirParameters = [
        RuleParameter(
            name: "reservoir-min", unit: "s", range: 0...3600,
            summary:
                "least level below which the lowest version is fetched; two segments, at most 90/240 of the buffer, when left out"
        ),
        RuleParameter(
            name: "reservoir-max", unit: "s", range: 0...3600,
            summary: "most that this level rises to with the media; 140/240 of the buffer when left out"),
    ]
}

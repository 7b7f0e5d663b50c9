import NetworkEmulation
package import QoE
package import Report

/// The page of a benchmark: an overview, the rules compared, how simulated and real sessions agree, and sessions over time.
///
/// Its size is bounded: of many sessions only some have charts and rows, and the rest is left to the files.
package struct BenchmarkReport: Sendable {
    private let results: BenchmarkResults
    /// The command that gives these results again.
    private let commandLine: String
    /// The files of the sessions' traces, relative to the page; empty where there are none.
    private let traces: [String]
    /// The sessions that have charts, by their place among the results.
    private let charted: [Int: SessionResult]

    /// Up to so many sessions all have charts.
    private static let chartLimit = 60
    /// Up to so many sessions all have rows and links.
    private static let rowLimit = 500

    /// - Parameters:
    ///   - results: what the page shows.
    ///   - commandLine: the command that gives these results again.
    ///   - traces: the files of the sessions' traces, relative to the page and in the order of the results; empty where
    ///     there are none.
    ///   - charted: the sessions to draw, by their place among the results; those of ``charted(_:)``.
    package init(
        _ results: BenchmarkResults, commandLine: String, traces: [String] = [], charted: [Int: SessionResult] = [:]
    ) {
        self.results = results
        self.commandLine = commandLine
        self.traces = traces
        self.charted = charted
    }

    /// The places of the sessions to draw, ascending: all, if they are few; else those with the worst, the middle and the
    /// best QoE of each rule and mode, as far as there is room.
    package static func charted(_ results: BenchmarkResults) -> [Int] {
        guard results.sessions.count > chartLimit else { return Array(results.sessions.indices) }
        var places: [Int] = []
        for mode in BenchmarkMode.allCases {
            for rule in results.rules {
                let own = results.sessions.indices.filter {
                    results.sessions[$0].identity.mode == mode && results.sessions[$0].identity.rule == rule
                }.sorted { (rank(results.sessions[$0]), $0) < (rank(results.sessions[$1]), $1) }
                guard let worst = own.first, let best = own.last else { continue }
                places += distinct([worst, own[(own.count - 1) / 2], best])
            }
        }
        return places.prefix(chartLimit).sorted()
    }

    /// The session's QoE; nothing is worse than one of which no segment arrived.
    private static func rank(_ session: SessionRow) -> Double { Measure.qoe.value(of: session.summary) ?? -.infinity }

    package var report: Report {
        Report(
            title: "Rate determination under bandwidth profiles",
            subtitle: distinct(results.sessions.map(\.identity.url)).joined(separator: ", "), commandLine: commandLine,
            sections: sections)
    }

    /// The sections alone, for a report that holds more.
    package var sections: [ReportSection] {
        var sections = [overview] + results.comparisons.compactMap(comparisonSection)
        if let sharing { sections.append(sharing) }
        if let agreement { sections.append(agreement) }
        sections += BenchmarkMode.allCases.compactMap(chartsSection)
        sections.append(sessionsSection)
        return sections
    }

    private var overview: ReportSection {
        let traces = results.comparisons.first?.traceCount ?? 0
        var blocks: [ReportBlock] = [
            .facts([
                ReportFact("Sessions", "\(results.sessions.count)"), ReportFact("Rules", "\(results.rules.count)"),
                ReportFact("Traces", "\(traces)"), ReportFact("Seed", "\(results.seed)"),
            ]),
            .paragraph(
                "Mean bit rate counts each fetched video segment by its length. Start-up is the time to the first "
                    + "picture and no stall. QoE is linear, per segment: the bit rate in Mbit/s, less each change of it, "
                    + "less 4.3 for each second of stall (Mao et al., SIGCOMM 2017)."),
        ]
        for comparison in results.comparisons {
            var table = comparison.table
            table.caption =
                "Means over all traces with 95 % intervals (bootstrap of \(comparison.bootstrap.resamples) resamples)"
                + suffix(comparison.mode) + "."
            blocks.append(.table(table))
            blocks.append(.figure(comparison.tradeOffFigure))
        }
        return ReportSection("Overview", blocks)
    }

    private var sharing: ReportSection? {
        results.sharingTable.map { table in
            ReportSection(
                "Clients of one link",
                [
                    .paragraph(
                        "Fairness is Jain's index: 1 where all clients have the same, 1/n where one of n has all. "
                            + "Instability is FESTIVE's: how much bit rates changed within the last 20 s, relative to "
                            + "them. Throughput and utilisation count the seconds in which all clients fetched."),
                    .table(table),
                ])
        }
    }

    /// What tells a mode's table or section from the other's, where there are two.
    private func suffix(_ mode: BenchmarkMode) -> String { results.comparisons.count > 1 ? ", \(mode.rawValue)" : "" }

    private func comparisonSection(_ comparison: Comparison) -> ReportSection? {
        guard comparison.rules.count > 1 else { return nil }
        var differences = comparison.differenceTable
        differences.caption = "Each rule less `\(comparison.baseline)` on the same trace, with 95 % intervals."
        var records = comparison.recordTable
        records.caption = "On how many traces the rule of a row won, tied and lost by QoE against that of a column."
        let few =
            comparison.traceCount < 10
            ? " There are few traces here: take the intervals for too narrow, and `--seeds` for more." : ""
        return ReportSection(
            "Rules compared\(suffix(comparison.mode))",
            [
                .paragraph(
                    "Rules met the same traces, so they are compared trace by trace: what is hard for all drops out. "
                        + "Where an interval leaves out zero (filled points), the difference is more than chance of the "
                        + "traces; the traces themselves are what was chosen." + few),
                .figures(comparison.differenceFigures),
                .table(differences),
                .table(records),
                .figures([
                    comparison.distributionFigure(
                        of: .qoe, caption: "On how many traces QoE is no better; lines to the right are better."),
                    comparison.distributionFigure(
                        of: .stallRatio,
                        caption: "On how many traces no more time is stalled; lines to the left are better."
                    ),
                ]),
            ])
    }

    private var agreement: ReportSection? {
        results.agreementTable.map { table in
            ReportSection(
                "Virtual and real time",
                [
                    .paragraph(
                        "The same client core ran in virtual time and over HTTP through a shaping link, with the same "
                            + "rules and profiles. Where bit rates differ by more than 2 %, stalls by more than 0.3 s or more "
                            + "than 5 % of the segments by version, the table says where the sessions part."),
                    .table(table),
                ])
        }
    }

    /// The charts of those sessions in `mode` that have some, grouped by profile.
    private func chartsSection(_ mode: BenchmarkMode) -> ReportSection? {
        let places = charted.keys.sorted().filter { charted[$0]?.mode == mode }
        guard !places.isEmpty else { return nil }
        let sessions = places.compactMap { charted[$0] }
        var blocks: [ReportBlock] = []
        if charted.count < results.sessions.count {
            blocks.append(
                .paragraph("Of each rule the sessions with the worst, the middle and the best QoE; all have traces."))
        }
        let profiles = distinct(sessions.map(\.profile.name))
        for profile in profiles {
            let group = sessions.filter { $0.profile.name == profile }
            let length = group.map(\.summary.duration).max() ?? 0
            let figures = group.map { session in
                ReportFigure(
                    title(of: session.identity), caption: caption(of: session.summary),
                    chart: SessionCharts(session, length: length).panels(), size: .half)
            }
            blocks.append(.details("Profile \(profile)", isOpen: profiles.count <= 8, [.figures(figures)]))
        }
        return ReportSection(mode == .simulated ? "Simulated sessions" : "Real sessions", blocks)
    }

    /// A row for each session, with its trace, and the raw files.
    private var sessionsSection: ReportSection {
        var table = results.table
        table.rows = Array(table.rows.prefix(Self.rowLimit))
        if !traces.isEmpty {
            table.columns.append(.text("trace"))
            for index in table.rows.indices where index < traces.count {
                table.rows[index].append(.link(ReportLink("JSON lines", path: traces[index])))
            }
        }
        var blocks: [ReportBlock] = []
        if !traces.isEmpty {
            blocks.append(
                .links([
                    ReportLink("results.csv", path: "results.csv"), ReportLink("results.json", path: "results.json"),
                ]))
        }
        if results.sessions.count > Self.rowLimit {
            blocks.append(
                .paragraph(
                    "The first \(Self.rowLimit) of \(results.sessions.count) sessions; `results.csv` has all of them, the "
                        + "folder `traces` their traces."))
        }
        blocks.append(.details("Session by session", isOpen: results.sessions.count <= 60, [.table(table)]))
        return ReportSection("All sessions", blocks)
    }

    private func title(of session: SessionIdentity) -> String {
        let presentation = results.hasSeveralPresentations ? "\(session.presentation): " : ""
        let client = results.sessions.contains { $0.identity.client > 1 } ? ", client \(session.client)" : ""
        return "\(presentation)\(session.rule), \(session.profile)\(client)"
    }

    private func caption(of summary: PlaybackSummary) -> String {
        guard summary.hasQuality else { return "No segment arrived." }
        let rate = ReportUnit.bitsPerSecond.text(summary.meanBitRate)
        return "\(rate) on average, \(Self.stalls(summary)), \(Self.switches(summary))."
    }

    /// How often a session changed to another version, in words.
    package static func switches(_ summary: PlaybackSummary) -> String {
        summary.switchCount == 1 ? "one switch" : "\(summary.switchCount) switches"
    }

    /// How often and for how long a session stood still, in words.
    package static func stalls(_ summary: PlaybackSummary) -> String {
        guard summary.stallCount > 0 else { return "no stall" }
        let length = ReportUnit.seconds.text(summary.stallDuration)
        return summary.stallCount == 1 ? "one stall of \(length)" : "\(summary.stallCount) stalls, \(length) in all"
    }
}

import NetworkEmulation
package import QoE
package import Report

/// The pages of a benchmark: an overview, how simulated and real sessions agree, and every session.
package struct BenchmarkReport: Sendable {
    private let results: BenchmarkResults
    /// The command that gives these results again.
    private let commandLine: String

    package init(_ results: BenchmarkResults, commandLine: String) {
        self.results = results
        self.commandLine = commandLine
    }

    package var report: Report {
        Report(
            title: "Rate determination under bandwidth profiles", subtitle: urls.joined(separator: ", "),
            commandLine: commandLine,
            sections: sections)
    }

    /// The manifests that were played, in order.
    private var urls: [String] {
        results.sessions.reduce(into: []) { urls, session in
            if !urls.contains(session.url) { urls.append(session.url) }
        }
    }

    /// The sections alone, for a report that holds more.
    package var sections: [ReportSection] {
        [overview] + (agreement.map { [$0] } ?? []) + BenchmarkMode.allCases.compactMap(sessionsSection)
    }

    private var overview: ReportSection {
        var blocks: [ReportBlock] = [
            .paragraph(
                "Mean bit rate counts each fetched video segment by its length. Start-up is the time to the first "
                    + "picture and no stall. QoE is linear, per segment: the bit rate in Mbit/s, less each change of it, "
                    + "less 4.3 for each second of stall (Mao et al., SIGCOMM 2017).")
        ]
        blocks.append(.figures(BenchmarkMode.allCases.compactMap(tradeOff)))
        if rules.count > 1 {
            blocks.append(
                .figures([
                    means("QoE by rule", Axis("Mean QoE"), \.qoe),
                    means(
                        "Time stalled by rule", Axis("Mean time stalled", unit: .seconds, minimum: 0), \.stallDuration),
                ]))
        }
        blocks.append(.table(results.table))
        return ReportSection("Overview", blocks)
    }

    /// The rules, in order.
    private var rules: [String] {
        results.sessions.reduce(into: []) { rules, session in
            if !rules.contains(session.rule) { rules.append(session.rule) }
        }
    }

    /// The mean of `value` over all sessions of each rule, in each mode.
    private func means(_ title: String, _ axis: Axis, _ value: (PlaybackSummary) -> Double) -> ReportFigure {
        let series = BenchmarkMode.allCases.compactMap { mode -> BarSeries? in
            let sessions = results.sessions.filter { $0.mode == mode }
            guard !sessions.isEmpty else { return nil }
            let means = rules.map { rule -> Double? in
                let values = sessions.filter { $0.rule == rule }.map { value($0.summary) }
                return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
            }
            return BarSeries(mode.rawValue, means)
        }
        return ReportFigure(
            title, caption: "The mean over all sessions of a rule.",
            chart: BarChart(categories: rules, axis: axis, series: series), size: .half)
    }

    /// Mean bit rate against stalling, a point a session: the better ones are high and left.
    private func tradeOff(_ mode: BenchmarkMode) -> ReportFigure? {
        let sessions = results.sessions.filter { $0.mode == mode }
        guard !sessions.isEmpty else { return nil }
        let series = rules.map { rule in
            ScatterSeries(
                rule,
                sessions.filter { $0.rule == rule }.map {
                    ScatterPoint($0.summary.stallRatio, $0.summary.meanBitRate, label: $0.profile.name)
                })
        }
        return ReportFigure(
            "Bit rate against stalling, \(mode.rawValue)",
            caption: "One point a session, labelled with its profile. Better is up and to the left.",
            chart: ScatterChart(
                x: Axis("Time stalled", unit: .percentage, minimum: 0),
                y: Axis("Mean bit rate", unit: .bitsPerSecond, minimum: 0), series: series))
    }

    private var agreement: ReportSection? {
        results.agreementTable.map { table in
            ReportSection(
                "Virtual and real time",
                [
                    .paragraph(
                        "The same client core ran in virtual time and over HTTP through a shaping link, with the same "
                            + "rules and profiles."),
                    .table(table),
                ])
        }
    }

    private func sessionsSection(_ mode: BenchmarkMode) -> ReportSection? {
        let sessions = results.sessions.filter { $0.mode == mode }
        guard !sessions.isEmpty else { return nil }
        var blocks: [ReportBlock] = []
        var profiles: [String] = []
        for session in sessions where !profiles.contains(session.profile.name) { profiles.append(session.profile.name) }
        for profile in profiles {
            let group = sessions.filter { $0.profile.name == profile }
            let length = group.map(\.summary.duration).max() ?? 0
            let figures = group.map { session in
                ReportFigure(
                    title(of: session), caption: caption(of: session),
                    chart: SessionCharts(session, length: length).panels(), size: .half)
            }
            blocks.append(.details("Profile \(profile)", isOpen: profiles.count <= 8, [.figures(figures)]))
        }
        return ReportSection(mode == .simulated ? "Simulated sessions" : "Real sessions", blocks)
    }

    private func title(of session: SessionResult) -> String {
        let several = results.sessions.contains { $0.client > 1 }
        let presentation = urls.count > 1 ? "\(session.presentation): " : ""
        return presentation + "\(session.rule), \(session.profile.name)" + (several ? ", client \(session.client)" : "")
    }

    private func caption(of session: SessionResult) -> String {
        let summary = session.summary
        let rate = ReportUnit.bitsPerSecond.text(summary.meanBitRate)
        return "\(rate) on average, \(Self.stalls(summary)), \(summary.switchCount) switches."
    }

    /// How often and for how long a session stood still, in words.
    package static func stalls(_ summary: PlaybackSummary) -> String {
        guard summary.stallCount > 0 else { return "no stall" }
        let length = ReportUnit.seconds.text(summary.stallDuration)
        return summary.stallCount == 1 ? "one stall of \(length)" : "\(summary.stallCount) stalls, \(length) in all"
    }
}

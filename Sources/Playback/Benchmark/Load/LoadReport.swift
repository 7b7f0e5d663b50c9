import Adaptation
import Client
import NetworkEmulation
import QoE
package import Report

/// The page of a load: what the sessions had of the link, how evenly, and how long their segments took.
///
/// Its size is bounded: sessions are drawn in groups where they are many, and seconds merge where they are.
package struct LoadReport: Sendable {
    private let results: LoadResults
    /// The command that plays the same again.
    private let commandLine: String

    /// Colours for sessions; one is left for the link.
    private static let groupLimit = 7
    /// Points of a line over time.
    private static let pointLimit = 300
    /// Sessions that have a row each.
    private static let rowLimit = 500

    package init(_ results: LoadResults, commandLine: String) {
        self.results = results
        self.commandLine = commandLine
    }

    package var report: Report {
        let rule = results.plan.configuration.rule.description
        let link = results.plan.profile.map { " over one link, profile \($0.name)" } ?? ""
        return Report(
            title: "\(results.plan.clients) clients at once",
            subtitle: "\(results.plan.url), rule \(rule)\(link)", commandLine: commandLine,
            sections: [overview, overTime, latency, sessionsSection])
    }

    private var overview: ReportSection {
        var facts = [
            ReportFact("Sessions", "\(results.sessions.count)"),
            ReportFact("Failed", "\(results.count("failed"))"),
            ReportFact("Segment time, p99", text(results.segmentTime.summary?.p99, .seconds)),
            ReportFact("Throughput", ReportUnit.bitsPerSecond.text(results.throughput)),
            ReportFact("Jain's index", results.sharing.bitRateFairness.map { DecimalText.fixed($0, digits: 3) } ?? "–"),
        ]
        if results.plan.profile != nil {
            facts.append(ReportFact("Utilisation", text(results.sharing.utilisation, .percentage)))
        }
        var blocks: [ReportBlock] = [
            .facts(facts),
            .paragraph(
                "Fairness is Jain's index, (Σx)²/(n·Σx²): 1 where all have the same, 1/n where one has all. Instability is "
                    + "FESTIVE's, of the last 20 s. Throughput and utilisation are compared over the whole seconds in which "
                    + "all sessions fetched: \(together). Bytes are those of bodies."),
            .table(results.table),
        ]
        if !results.failures.isEmpty {
            blocks.append(
                .table(
                    ReportTable(
                        caption: "Why sessions failed.", columns: [.number("sessions"), .text("reason")],
                        rows: results.failures.map { [.number(Double($0.count)), .text($0.reason)] })))
        }
        return ReportSection("Overview", blocks)
    }

    private var together: String {
        guard let begin = results.sharing.begin, let end = results.sharing.end else { return "there were none" }
        return "from \(begin) s to \(end) s"
    }

    private func text(_ value: Double?, _ unit: ReportUnit) -> String { value.map { unit.text($0) } ?? "–" }

    // MARK: Over time

    private var overTime: ReportSection {
        let chart = StackedPanels(
            x: .time("Time", maximum: Double(seconds)),
            panels: [
                ChartPanel(
                    y: Axis("Throughput", unit: .bitsPerSecond, minimum: 0), series: throughput, height: 220,
                    stacked: groups.count),
                ChartPanel(
                    y: Axis("Jain's index", minimum: 0, maximum: 1),
                    series: [LineSeries("Jain's index", fairness, color: 2)], height: 90),
                ChartPanel(y: Axis("Sessions", minimum: 0), series: activity, height: 90),
            ])
        return ReportSection(
            "Over time",
            [
                .figure(
                    ReportFigure(
                        "What the sessions had of the link",
                        caption:
                            "Bytes that arrived, stacked by the sessions' order; Jain's index of the bit rates that "
                            + "the sessions chose, while two or more fetched; and how many fetched.",
                        chart: chart))
            ])
    }

    /// Whole seconds until the last byte.
    private var seconds: Int { results.sessions.map { Int($0.activity.lastByte) + 1 }.max() ?? 1 }
    /// Seconds that one point of a line stands for.
    private var step: Int { max(1, (seconds + Self.pointLimit - 1) / Self.pointLimit) }

    /// Sessions that are drawn as one, in the order of their starts.
    private var groups: [ArraySlice<LoadSession>] {
        let count = results.sessions.count
        guard count > Self.groupLimit else { return results.sessions.indices.map { results.sessions[$0...$0] } }
        let size = (count + Self.groupLimit - 1) / Self.groupLimit
        return stride(from: 0, to: count, by: size).map { results.sessions[$0..<min($0 + size, count)] }
    }

    /// The groups' throughput, and what the link could carry.
    private var throughput: [LineSeries] {
        let groups = groups.enumerated().map { index, group in
            let name =
                group.count == 1
                ? "client \(group.first?.client ?? 0)"
                : "clients \(group.first?.client ?? 0) to \(group.last?.client ?? 0)"
            let points = stride(from: 0, to: seconds, by: step).map { second in
                let bytes = group.reduce(0) { sum, session in
                    (second..<second + step).reduce(sum) { $0 + session.activity.bytes(inSecond: $1) }
                }
                return ChartPoint(Double(second), bytes * 8 / Double(step))
            }
            return LineSeries(name, held(points), interpolation: .stepAfter, isFilled: true, color: index)
        }
        guard let profile = results.plan.profile else { return groups }
        let points = stride(from: 0, to: seconds, by: step).map { second in
            ChartPoint(
                Double(second), profile.bits(from: Double(second), to: Double(second + step)) / Double(step))
        }
        return groups + [LineSeries("link", held(points), interpolation: .stepAfter, dash: .dashed, color: 7)]
    }

    /// The last value once more at the end of the axis.
    private func held(_ points: [ChartPoint]) -> [ChartPoint] {
        points + (points.last.map { [ChartPoint(Double(seconds), $0.y)] } ?? [])
    }

    private var fairness: [ChartPoint] {
        let all = LinkSharing.fairnessOverTime(results.sessions.map(\.activity))
        return stride(from: 0, to: all.count, by: step).map { ChartPoint(Double(all[$0].second), all[$0].index) }
    }

    private var activity: [LineSeries] {
        let spans = results.sessions.map(\.activity.fetching)
        let points = stride(from: 0, to: seconds, by: step).map { second in
            ChartPoint(Double(second), Double(spans.count { $0.contains(second) }))
        }
        return [LineSeries("fetching", held(points), interpolation: .stepAfter, color: 0)]
    }

    // MARK: Distributions

    private var latency: ReportSection {
        let lines = [("segment", results.segmentTime, 0), ("first byte", results.firstByteTime, 1)]
        let times = lines.map { name, histogram, color in
            LineSeries(
                name, [ChartPoint(0, 0)] + histogram.steps.map { ChartPoint($0.seconds, $0.share) },
                interpolation: .stepAfter, color: color)
        }
        let rates = results.sessions.map(\.summary).filter(\.hasQuality).map(\.meanBitRate).sorted()
        let shares = rates.enumerated().map { ChartPoint($0.element, Double($0.offset + 1) / Double(rates.count)) }
        return ReportSection(
            "Distributions",
            [
                .table(results.latencyTable),
                .figures([
                    ReportFigure(
                        "Time for a segment",
                        caption:
                            "Share of the segments that took no longer, from the request to the last byte and to the "
                            + "first.",
                        chart: LineChart(
                            x: .time("Time"), y: Axis("Share of segments", unit: .percentage, minimum: 0, maximum: 1),
                            series: times), size: .half),
                    ReportFigure(
                        "Bit rates of the sessions",
                        caption: "Share of the sessions whose mean bit rate is no higher; a steep line is a fair link.",
                        chart: LineChart(
                            x: Axis("Mean bit rate", unit: .bitsPerSecond, minimum: 0),
                            y: Axis("Share of sessions", unit: .percentage, minimum: 0, maximum: 1),
                            series: [
                                LineSeries(
                                    "sessions", [ChartPoint(rates.first ?? 0, 0)] + shares, interpolation: .stepAfter)
                            ]), size: .half),
                ]),
            ])
    }

    private var sessionsSection: ReportSection {
        let table = ReportTable(
            columns: [
                .number("client"), .number("start", .seconds, digits: 2), .text("outcome"),
                .number("bit rate", .bitsPerSecond), .number("start-up", .seconds, digits: 3), .number("stalls"),
                .number("stalled", .seconds, digits: 2), .number("switches"), .number("QoE", digits: 3),
                .number("received", .bytes),
            ],
            rows: results.sessions.prefix(Self.rowLimit).map { session in
                let summary = session.summary
                func quality(_ value: Double) -> TableCell { summary.hasQuality ? .number(value) : .missing }
                return [
                    .number(Double(session.client)), .number(session.activity.start), .text(summary.outcome),
                    quality(summary.meanBitRate), summary.startupDelay.map { .number($0) } ?? .missing,
                    quality(Double(summary.stallCount)), quality(summary.stallDuration),
                    quality(Double(summary.switchCount)), quality(summary.qoe), .number(Double(summary.bytes)),
                ]
            })
        var blocks: [ReportBlock] = [.links([ReportLink("results.json", path: "results.json")])]
        if results.sessions.count > Self.rowLimit {
            blocks.append(
                .paragraph("The first \(Self.rowLimit) of \(results.sessions.count) sessions; `results.json` has all."))
        }
        blocks.append(.details("Session by session", isOpen: results.sessions.count <= 60, [.table(table)]))
        return ReportSection("All sessions", blocks)
    }
}

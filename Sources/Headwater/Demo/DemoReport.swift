import Benchmark
import QoE
import Report

/// The page that the demonstration ends with.
struct DemoReport {
    var play: SessionResult
    var load: DemoScene.Load
    var failure: DemoScene.Failure
    var commandLine: String

    var report: Report {
        Report(
            title: "The path of a video",
            subtitle: "One clip, an origin, two edges, viewers whose bandwidth changes",
            commandLine: commandLine, sections: [playSection, loadSection, failureSection, benchmarkSection])
    }

    private var playSection: ReportSection {
        let summary = play.summary
        let rate = ReportUnit.bitsPerSecond.text(summary.meanBitRate)
        return ReportSection(
            "Adaptive playback",
            [
                .paragraph(
                    "A viewer plays through an edge while the bandwidth of the link falls and rises. With each segment "
                        + "the rule \(play.rule) chooses a version that the buffer and the throughput can afford."),
                .figure(
                    ReportFigure(
                        "Bandwidth, chosen version and buffer",
                        caption:
                            "\(rate) on average, \(BenchmarkReport.stalls(summary)), \(BenchmarkReport.switches(summary)).",
                        chart: SessionCharts(play).panels())),
                .links([ReportLink("trace (JSON lines)", path: "traces/play.jsonl")]),
            ])
    }

    private var loadSection: ReportSection {
        ReportSection(
            "What edges spare the origin",
            [
                .paragraph(
                    "\(load.viewers) viewers watch the same \(Int(failure.killed * 2)) s. Without edges every byte of "
                        + "every viewer leaves the origin; with two edges each segment leaves it once for each edge, "
                        + "whoever asks for it how often, because concurrent misses are coalesced."),
                .figure(
                    ReportFigure(
                        "Bytes leaving the origin", caption: "As the origin's own metrics count them.",
                        chart: BarChart(
                            categories: ["without edges", "through two edges"],
                            axis: Axis("Bytes", unit: .bytes, minimum: 0),
                            series: [
                                BarSeries(
                                    "viewers received",
                                    [Double(load.direct.received), Double(load.edges.received)]),
                                BarSeries("origin sent", [load.direct.origin, load.edges.origin]),
                            ]))),
                .table(load.table),
            ])
    }

    private var failureSection: ReportSection {
        ReportSection(
            "The origin is killed half-way",
            [
                .paragraph(
                    "Two viewers watch what others have watched before. After \(Int(failure.killed)) s the origin is "
                        + "killed. The one who asked it directly plays what is buffered and then no more; the one "
                        + "behind an edge notices nothing, because the edge has every segment."),
                .figure(
                    ReportFigure(
                        "Buffers of both viewers",
                        chart: LineChart(
                            x: .time("Time"), y: Axis("Buffer", unit: .seconds, minimum: 0),
                            series: [
                                buffer("straight from the origin", failure.direct, color: 1),
                                buffer("through an edge", failure.throughEdge, color: 0),
                            ], markers: [ChartMarker("origin killed", at: failure.killed)]))),
                .table(failure.table),
            ])
    }

    private var benchmarkSection: ReportSection {
        ReportSection(
            "Rules under bandwidth profiles",
            [
                .paragraph("The same client core, in virtual time and over HTTP; each page has the whole matrix."),
                .links([
                    ReportLink("All rules in virtual time", path: "simulated/index.html"),
                    ReportLink("Two rules over HTTP, beside virtual time", path: "real/index.html"),
                ]),
            ])
    }

    /// The level of the video buffer over time, with where it was just before each sample.
    private func buffer(_ name: String, _ session: SessionResult, color: Int) -> LineSeries {
        LineSeries(name, SessionCharts(session).bufferLevels(\.video), color: color)
    }
}

import Benchmark
import Report

/// The results of a benchmark as text for a terminal.
struct BenchText {
    private let results: BenchmarkResults
    /// The width of a line of the terminal.
    private let columns: Int

    /// Of more sessions than this nobody reads each.
    private static let sessionLimit = 400

    init(_ results: BenchmarkResults, columns: Int) {
        self.results = results
        self.columns = columns
    }

    /// The sessions, the comparison of their rules, and how far the modes agree.
    func text() -> String {
        var parts: [String] = []
        if results.sessions.count <= Self.sessionLimit {
            parts.append(TextTable(results.table).text())
        } else {
            parts.append("\(results.sessions.count) sessions; --csv FILE or --report DIR tells of each\n")
        }
        for comparison in results.comparisons where comparison.rules.count > 1 {
            let mode = results.comparisons.count > 1 ? ", \(comparison.mode.rawValue)" : ""
            let traces = comparison.traceCount == 1 ? "one trace" : "\(comparison.traceCount) traces"
            parts.append(
                "Means over \(traces)\(mode); Δ is the difference from \(comparison.baseline) on the same trace\n"
                    + TextTable(comparison.summaryTable).text())
            let intervals = comparison.intervals(of: .qoe)
            let plot = TextIntervals(intervals, columns: columns).text()
            if !plot.isEmpty {
                parts.append("QoE less that of \(comparison.baseline), mean and 95 % interval\n" + plot)
            }
        }
        if let sharing = results.sharingTable {
            parts.append("How clients shared their link; fairness is Jain's index\n" + TextTable(sharing).text())
        }
        if let agreement = results.agreementTable { parts.append(TextTable(agreement).text()) }
        return parts.joined(separator: "\n")
    }
}

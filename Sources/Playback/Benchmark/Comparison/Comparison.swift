import QoE
import Report

/// Rules compared over the same traces: paired differences against a baseline, their bootstrap intervals, and who wins how
/// often.
///
/// A trace is a bandwidth profile with its seed. What a rule did on a trace is the mean over the trace's sessions, since
/// clients of one link and presentations over the same profile are not independent of each other; the traces are what is
/// resampled. A cell with a session that failed or was stopped counts as missing.
package struct Comparison: Sendable {
    package let mode: BenchmarkMode
    /// In the order of the benchmark; each once.
    package let rules: [String]
    /// The rule that others are compared with; one of ``rules``.
    package let baseline: String
    /// How many traces there are.
    package let traceCount: Int
    /// By measure, rule and trace; nil where missing.
    private let values: [Measure: [[Double?]]]
    let bootstrap: Bootstrap
    /// By measure and rule; of the values, and of the differences from the baseline.
    private var ownStatistics: [Measure: [String: Statistics]] = [:]
    private var pairedStatistics: [Measure: [String: Statistics]] = [:]

    /// How often a rule did better than another, the same, and worse.
    package struct Record: Sendable, Hashable, Codable {
        package var wins = 0
        package var ties = 0
        package var losses = 0
    }

    /// What a rule's values are, over all traces where it has one.
    package struct Statistics: Sendable, Hashable {
        package var count: Int
        package var mean: Double
        package var median: Double
        /// Of the mean, at 95 %; nil for fewer than two traces.
        package var interval: ClosedRange<Double>?
    }

    /// Compares the sessions that ran in `mode`; nil when there are none.
    ///
    /// - Parameters:
    ///   - sessions: of any mode, in the order of the matrix.
    ///   - mode: whose sessions are compared.
    ///   - baseline: a rule; nil, or one that did not run, for the first.
    ///   - bootstrap: for every interval, with the same draws.
    package init?(
        _ sessions: [SessionRow], mode: BenchmarkMode, baseline: String? = nil, bootstrap: Bootstrap = Bootstrap()
    ) {
        let sessions = sessions.filter { $0.identity.mode == mode }
        let rules = distinct(sessions.map(\.identity.rule))
        guard let first = rules.first else { return nil }
        let places = Self.traces(of: sessions)
        let traces = distinct(places)
        let ruleIndex = Dictionary(uniqueKeysWithValues: rules.enumerated().map { ($0.element, $0.offset) })
        let traceIndex = Dictionary(uniqueKeysWithValues: traces.enumerated().map { ($0.element, $0.offset) })
        var groups = Array(repeating: Array(repeating: [PlaybackSummary](), count: traces.count), count: rules.count)
        for (session, place) in zip(sessions, places) {
            guard let rule = ruleIndex[session.identity.rule], let trace = traceIndex[place] else { continue }
            groups[rule][trace].append(session.summary)
        }
        var values: [Measure: [[Double?]]] = [:]
        for measure in Measure.allCases {
            values[measure] = groups.map { $0.map { Self.mean(of: measure, over: $0) } }
        }
        self.mode = mode
        self.rules = rules
        self.baseline = baseline.flatMap { rules.contains($0) ? $0 : nil } ?? first
        self.traceCount = traces.count
        self.values = values
        self.bootstrap = bootstrap
        let cells = Measure.allCases.flatMap { measure in rules.map { (measure, $0) } }
        let own = statistics(cells.map { self.values(of: $0, rule: $1) })
        let paired = statistics(
            cells.map { $1 == self.baseline ? [] : differences(of: $0, rule: $1, from: self.baseline) })
        for (index, (measure, rule)) in cells.enumerated() {
            ownStatistics[measure, default: [:]][rule] = own[index]
            pairedStatistics[measure, default: [:]][rule] = paired[index]
        }
    }

    /// A profile. Files in different folders may share a name, so a profile's second appearance is a trace
    /// of its own.
    private struct Trace: Hashable {
        var profile: String
        var appearance: Int
    }

    private static func traces(of sessions: [SessionRow]) -> [Trace] {
        var appearances: [SessionIdentity: Int] = [:]
        return sessions.map { session in
            appearances[session.identity, default: 0] += 1
            return Trace(profile: session.identity.profile, appearance: appearances[session.identity] ?? 1)
        }
    }

    private static func mean(of measure: Measure, over sessions: [PlaybackSummary]) -> Double? {
        guard !sessions.isEmpty, sessions.allSatisfy({ $0.outcome == "completed" }) else { return nil }
        let values = sessions.compactMap(measure.value(of:))
        guard values.count == sessions.count else { return nil }
        let mean = values.reduce(0, +) / Double(values.count)
        return mean.isFinite ? mean : nil
    }

    private func row(_ measure: Measure, _ rule: String) -> [Double?] {
        rules.firstIndex(of: rule).flatMap { values[measure]?[$0] } ?? []
    }

    /// Those of which there are values: quality is not always measured.
    var measures: [Measure] {
        Measure.allCases.filter { measure in
            measure != .ssim || rules.contains { !values(of: measure, rule: $0).isEmpty }
        }
    }

    /// The values of `rule`, a trace after the other, without those that are missing.
    package func values(of measure: Measure, rule: String) -> [Double] { row(measure, rule).compactMap { $0 } }

    /// What `rule` has more than `other` on each trace where both have a value.
    package func differences(of measure: Measure, rule: String, from other: String) -> [Double] {
        zip(row(measure, rule), row(measure, other)).compactMap { value, reference in
            guard let value, let reference else { return nil }
            // What differs by rounding alone is equal.
            let isEqual = abs(value - reference) <= 1e-9 * max(abs(value), abs(reference))
            return isEqual ? 0 : value - reference
        }
    }

    /// Of the rule's values; nil when it has none.
    package func statistics(of measure: Measure, rule: String) -> Statistics? { ownStatistics[measure]?[rule] }

    /// Of the rule's differences from the baseline; nil for the baseline, and when no trace has both.
    package func differenceStatistics(of measure: Measure, rule: String) -> Statistics? {
        pairedStatistics[measure]?[rule]
    }

    /// Of each sample; nil for an empty one.
    private func statistics(_ samples: [[Double]]) -> [Statistics?] {
        zip(samples, bootstrap.intervals(ofMeans: samples)).map { values, interval in
            guard let median = EmpiricalDistribution(values).median else { return nil }
            return Statistics(
                count: values.count, mean: values.reduce(0, +) / Double(values.count), median: median,
                interval: interval)
        }
    }

    /// How often `rule` did better by `measure` than `other`, on the traces where both have a value.
    package func record(of rule: String, against other: String, by measure: Measure = .qoe) -> Record {
        var record = Record()
        for difference in differences(of: measure, rule: rule, from: other) {
            let gain = measure.preference == .highest ? difference : -difference
            if gain > 0 {
                record.wins += 1
            } else if gain < 0 {
                record.losses += 1
            } else {
                record.ties += 1
            }
        }
        return record
    }

    /// The rules that no other beats in bit rate without stalling more (Pareto's front), by means over all traces, in the
    /// order of their stall ratio.
    package var front: [String] {
        let points = rules.compactMap { rule -> (rule: String, quality: Double, stalling: Double)? in
            let (quality, stalling) = (statistics(of: .bitRate, rule: rule), statistics(of: .stallRatio, rule: rule))
            guard let quality = quality?.mean, let stalling = stalling?.mean else { return nil }
            return (rule, quality, stalling)
        }
        return points.filter { point in
            !points.contains {
                ($0.quality >= point.quality && $0.stalling < point.stalling)
                    || ($0.quality > point.quality && $0.stalling <= point.stalling)
            }
        }.sorted { ($0.stalling, $0.quality) < ($1.stalling, $1.quality) }.map(\.rule)
    }
}

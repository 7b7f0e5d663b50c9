import Histogram

/// Times that some thousands or millions of requests took, in the memory of none: an HDR histogram with three significant
/// digits from a microsecond to an hour. (G. Tene, HdrHistogram.)
package struct LatencyHistogram: Sendable {
    private var histogram = Histogram<UInt64>(
        highestTrackableValue: Self.highest, numberOfSignificantValueDigits: .three)

    /// In microseconds.
    private static let highest: UInt64 = 3_600_000_000

    package init() {}

    /// Counts a time of `seconds`; one below 0, or no number, counts as 0, and one beyond an hour as an hour.
    package mutating func record(_ seconds: Double) {
        let microseconds = seconds > 0 ? min((seconds * 1e6).rounded(), Double(Self.highest)) : 0
        histogram.record(UInt64(microseconds))
    }

    /// How many times were recorded.
    package var count: Int { Int(histogram.totalCount) }

    /// The time, in seconds, that `percentile` % of the times do not exceed: exact to a thousandth of itself.
    package func value(atPercentile percentile: Double) -> Double {
        Double(histogram.valueAtPercentile(percentile)) / 1e6
    }

    /// The distribution as steps: a time in seconds, and the share of the times, from 0 to 1, that do not exceed it; nearer
    /// to each other the slower they are.
    package var steps: [(seconds: Double, share: Double)] {
        guard count > 0 else { return [] }
        return histogram.percentiles(ticksPerHalfDistance: 12).map { (Double($0.value) / 1e6, $0.percentile / 100) }
    }

    /// What is told of the distribution; nil where nothing was recorded.
    package var summary: LatencySummary? {
        guard count > 0 else { return nil }
        return LatencySummary(
            count: count, mean: histogram.mean / 1e6, p50: value(atPercentile: 50), p95: value(atPercentile: 95),
            p99: value(atPercentile: 99), maximum: Double(histogram.max) / 1e6)
    }
}

/// The distribution of the times that requests took, in seconds.
package struct LatencySummary: Sendable, Hashable, Codable {
    package var count: Int
    package var mean: Double
    /// The median, and what 95 % and 99 % do not exceed.
    package var p50: Double
    package var p95: Double
    package var p99: Double
    package var maximum: Double
}

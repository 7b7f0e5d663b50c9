import Foundation

/// Throughput and latency from past transfers: two exponentially weighted averages, of which the more careful counts.
///
/// Weights halve with every `halfLife` seconds of transfer; the start, when the averages still lean to zero, is corrected
/// for. The estimate of throughput is the lower of a fast and a slow average, that of latency the higher. The same
/// arithmetic as in the players of the BOLA papers (Spiteri et al., MMSys 2018 §4).
package struct ThroughputEstimator: Sendable, Hashable {
    private struct Average: Sendable, Hashable {
        var halfLife: Double
        var value = 0.0
        var weight = 0.0

        mutating func add(_ sample: Double, weight added: Double) {
            let keep = exp2(-added / halfLife)
            value = keep * value + (1 - keep) * sample
            weight += added
        }

        var corrected: Double { value / (1 - exp2(-weight / halfLife)) }
    }

    private var fast: Average
    private var slow: Average
    private var fastLatency: Average
    private var slowLatency: Average

    /// Bits/s; nil before the first transfer.
    package private(set) var throughput: Double?
    /// Seconds from a request to its first byte; 0 before the first transfer.
    package private(set) var latency = 0.0

    /// - Parameters:
    ///   - ladder: tells what a second is, and how long a segment: latency is sampled once a segment, so that its
    ///     half-life counts segments.
    ///   - fastHalfLife: of the average that follows fast, in seconds of transfer.
    ///   - slowHalfLife: of the one that follows slowly, in seconds of transfer.
    package init(ladder: Ladder, fastHalfLife: Double = 3, slowHalfLife: Double = 8) {
        let (fastTime, slowTime) = (fastHalfLife * ladder.second, slowHalfLife * ladder.second)
        fast = Average(halfLife: fastTime)
        slow = Average(halfLife: slowTime)
        fastLatency = Average(halfLife: fastTime / ladder.segmentDuration)
        slowLatency = Average(halfLife: slowTime / ladder.segmentDuration)
    }

    /// Takes a transfer into account; one without bits or time says nothing.
    package mutating func add(_ sample: TransferSample) {
        let rate = sample.bits / sample.duration
        guard sample.bits > 0, sample.duration > 0, sample.duration.isFinite, rate.isFinite else { return }
        fast.add(rate, weight: sample.duration)
        slow.add(rate, weight: sample.duration)
        let estimate = min(fast.corrected, slow.corrected)
        throughput = estimate > 0 && estimate.isFinite ? estimate : nil
        let latency = max(sample.latency, 0)
        guard latency.isFinite else { return }
        fastLatency.add(latency, weight: 1)
        slowLatency.add(latency, weight: 1)
        self.latency = max(fastLatency.corrected, slowLatency.corrected)
    }

    /// The highest version of which a segment arrives, latency included, in no more time than it plays, were the
    /// throughput `throughput` bits/s; the search stops at the first that does not.
    package func sustainable(_ ladder: Ladder, at throughput: Double) -> Int {
        var index = 0
        while index < ladder.top,
            latency + ladder.segmentDuration * ladder.bitRates[index + 1] / throughput <= ladder.segmentDuration
        {
            index += 1
        }
        return index
    }
}

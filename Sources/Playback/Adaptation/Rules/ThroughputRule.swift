/// The highest version that the estimated throughput, less a margin, sustains, and that a low buffer allows.
///
/// The estimate is ``ThroughputEstimator``'s, or the harmonic mean of the latest transfers. A transfer that would take far longer than its segment plays is abandoned.
/// (The rate-based rule of Spiteri et al., MMSys 2018 §4.)
package struct ThroughputRule: RateDetermination {
    private let ladder: Ladder
    private let safety: Double
    private var estimator: ThroughputEstimator
    /// In the estimator's stead, which still tells the latency.
    private var harmonic: HarmonicMean?
    private var lowBuffer = LowBufferGuard()

    /// A transfer is abandoned when it would take so many times as long as its segment plays, judged no earlier than
    /// after this many seconds.
    private static let abandonmentFactor = 1.8
    private static let graceTime = 0.5

    /// - Parameters:
    ///   - ladder: what is chosen from.
    ///   - safety: the part of the estimate that is used, above 0 and at most 1.
    ///   - fastHalfLife: of the average that follows fast, in seconds of transfer.
    ///   - slowHalfLife: of the one that follows slowly, in seconds of transfer.
    package init(ladder: Ladder, safety: Double = 0.9, fastHalfLife: Double = 3, slowHalfLife: Double = 8) {
        self.ladder = ladder
        self.safety = safety
        estimator = ThroughputEstimator(ladder: ladder, fastHalfLife: fastHalfLife, slowHalfLife: slowHalfLife)
    }

    /// With the harmonic mean of the latest throughputs (Jiang et al., CoNEXT 2012) in place of the averages.
    ///
    /// - Parameters:
    ///   - ladder: what is chosen from.
    ///   - safety: the part of the mean that is used, above 0 and at most 1.
    ///   - window: how many count.
    package init(ladder: Ladder, safety: Double = 0.9, window: Int) {
        self.init(ladder: ladder, safety: safety)
        harmonic = HarmonicMean(window: window)
    }

    package mutating func observe(_ transfer: TransferReport) {
        guard let sample = transfer.sample, transfer.abandonedFor == nil else { return }
        estimator.add(sample)
        harmonic?.add(sample.bits / sample.duration)
    }

    package mutating func decide(_ input: RateDecisionInput) -> RateDecision {
        guard let throughput = harmonic.map(\.mean) ?? estimator.throughput else {
            return RateDecision(index: 0, reason: .start)
        }
        let sustainable = estimator.sustainable(ladder, at: throughput * safety)
        let index = lowBuffer.limit(
            sustainable, ladder: ladder, buffer: input.buffer, latency: estimator.latency, throughput: throughput)
        return RateDecision(
            index: index, throughput: throughput, reason: index < sustainable ? .lowBuffer : .throughput)
    }

    package var reconsiders: Bool { true }

    package mutating func reconsider(_ progress: TransferProgress) -> Int? {
        let time = progress.elapsed - progress.latency
        guard progress.elapsed >= Self.graceTime * ladder.second, time > 0, progress.received > 0,
            (1...max(ladder.top, 1)).contains(progress.index), progress.index <= ladder.top
        else { return nil }
        let throughput = progress.received / time
        let remaining = progress.size - progress.received
        let expected = progress.elapsed + remaining / throughput
        guard expected > Self.abandonmentFactor * ladder.segmentDuration else { return nil }
        let lower = estimator.sustainable(ladder, at: safety * throughput)
        guard lower < progress.index,
            progress.size * ladder.bitRates[lower] / ladder.bitRates[progress.index] < remaining
        else { return nil }
        return lower
    }

    /// Until the grace is over, and until the whole would take too long if nothing more arrived.
    package func assurance(_ progress: TransferProgress) -> Double {
        let grace = Self.graceTime * ladder.second - progress.elapsed
        let time = progress.elapsed - progress.latency
        guard time > 0, progress.received > 0 else { return max(0, grace) }
        let rest = (progress.size - progress.received) / progress.received
        let spare = Self.abandonmentFactor * ladder.segmentDuration - progress.elapsed - rest * time
        let margin = 1e-6 * ladder.second
        return max(0, max(grace, spare / (1 + rest)) - margin)
    }
}

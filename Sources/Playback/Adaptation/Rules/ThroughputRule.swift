/// The highest version that the estimated throughput, less a margin, sustains.
///
/// The estimate is ``ThroughputEstimator``'s; the buffer plays no part. (The rate-based baseline of Spiteri et al.,
/// MMSys 2018 §4.)
package struct ThroughputRule: RateDetermination {
    private let ladder: Ladder
    private let safety: Double
    private var estimator: ThroughputEstimator

    /// - Parameters:
    ///   - safety: the part of the estimate that is used, above 0 and at most 1.
    ///   - fastHalfLife, slowHalfLife: of the averages, in seconds of transfer.
    package init(ladder: Ladder, safety: Double = 0.9, fastHalfLife: Double = 3, slowHalfLife: Double = 8) {
        self.ladder = ladder
        self.safety = safety
        estimator = ThroughputEstimator(
            fastHalfLife: fastHalfLife, slowHalfLife: slowHalfLife, segmentDuration: ladder.segmentDuration)
    }

    package mutating func decide(_ input: RateDecisionInput) -> RateDecision {
        if let sample = input.latestTransfer { estimator.add(sample) }
        guard let throughput = estimator.throughput else { return RateDecision(index: 0, reason: .start) }
        return RateDecision(
            index: estimator.sustainable(ladder, at: throughput * safety), throughput: throughput, reason: .throughput)
    }
}

/// BOLA-U (Spiteri et al., INFOCOM 2016 §V): BOLA for finite videos, which does not climb above what the throughput
/// sustains by more than one version.
///
/// The buffer that V is derived from grows with the number of segments from the nearer end of the video, so that few
/// are wasted at the start and the end.
package struct BOLAURule: RateDetermination {
    private let ladder: Ladder
    private let bola: BOLA
    private let buffer: Double
    private var estimator: ThroughputEstimator

    /// - Parameters: as of ``BOLABasicRule``.
    package init(ladder: Ladder, gammaP: Double = 5, buffer: Double? = nil) {
        self.ladder = ladder
        self.buffer = buffer ?? ladder.maxBuffer
        bola = BOLA(ladder: ladder, gammaP: gammaP)
        estimator = ThroughputEstimator(segmentDuration: ladder.segmentDuration)
    }

    package mutating func decide(_ input: RateDecisionInput) -> RateDecision {
        if let sample = input.latestTransfer { estimator.add(sample) }
        guard let previous = input.previous else { return RateDecision(index: 0, reason: .start) }
        let nearerEnd = min(Double(input.segment), Double(input.segmentCount) - Double(input.segment))
        let dynamic = min(buffer, max(nearerEnd / 2, 3) * ladder.segmentDuration)
        let parameter = bola.controlParameter(buffer: dynamic, segmentDuration: ladder.segmentDuration)
        let choice = bola.choice(level: input.buffer, controlParameter: parameter)
        guard choice > previous, let throughput = estimator.throughput else {
            return RateDecision(index: choice, throughput: estimator.throughput, reason: .buffer)
        }
        let sustainable = estimator.sustainable(ladder, at: throughput)
        if choice <= sustainable { return RateDecision(index: choice, throughput: throughput, reason: .buffer) }
        let capped = previous > sustainable ? previous : min(sustainable + 1, ladder.top)
        return RateDecision(index: capped, throughput: throughput, reason: .capped)
    }
}

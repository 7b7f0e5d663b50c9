/// BOLA (Spiteri et al., INFOCOM 2016): Lyapunov optimisation of utility and smoothness on the buffer's level.
///
/// In its variants for finite videos (§V) the buffer that V is derived from grows with the number of segments from the
/// nearer end of the video, so that few are wasted at the start and the end, and climbs are held back by the throughput.
package struct BOLARule: RateDetermination {
    /// The variants of the paper, by what holds climbs back.
    package enum Variant: Sendable, Hashable {
        /// BOLA-BASIC: the buffer's level alone. With `isCapped`, climbs are held back as in BOLA-U, as the basic
        /// variant of the public simulator Sabre does.
        case basic(isCapped: Bool)
        /// BOLA-U: one version more than the throughput sustains is accepted, for the sake of utility.
        case utility
        /// BOLA-O: nothing above what is sustained, against oscillation; it waits when the buffer is too full for less.
        case oscillation
    }

    private let ladder: Ladder
    private let variant: Variant
    private let bola: BOLA
    private let buffer: Double
    private var estimator: ThroughputEstimator
    private var controlParameter: Double
    /// What was fetched last, or would have been but for abandonment.
    private var latest = 0

    /// - Parameters:
    ///   - ladder: what is chosen from.
    ///   - variant: how it treats a choice that the throughput does not sustain.
    ///   - gammaP: γp, how much smooth playback is worth against utility; above 0.
    ///   - buffer: the level, in seconds, that V is derived from; nil for the ladder's buffer.
    package init(ladder: Ladder, variant: Variant, gammaP: Double = 5, buffer: Double? = nil) {
        self.ladder = ladder
        self.variant = variant
        self.buffer = buffer.map { $0 * ladder.second } ?? ladder.maxBuffer
        bola = BOLA(ladder: ladder, gammaP: gammaP)
        controlParameter = bola.controlParameter(buffer: self.buffer, segmentDuration: ladder.segmentDuration)
        estimator = ThroughputEstimator(ladder: ladder)
    }

    package mutating func observe(_ transfer: TransferReport) {
        guard variant != .basic(isCapped: false), transfer.abandonedFor == nil else { return }
        latest = min(max(transfer.index, 0), ladder.top)
        if let sample = transfer.sample { estimator.add(sample) }
    }

    package mutating func decide(_ input: RateDecisionInput) -> RateDecision {
        guard input.previous != nil else { return RateDecision(index: 0, reason: .start) }
        if !isBasic {
            let nearerEnd = min(Double(input.segment), Double(input.segmentCount) - Double(input.segment))
            let dynamic = min(buffer, max(nearerEnd / 2, 3) * ladder.segmentDuration)
            controlParameter = bola.controlParameter(buffer: dynamic, segmentDuration: ladder.segmentDuration)
        }
        let choice = bola.choice(of: input.segment, level: input.buffer, controlParameter: controlParameter)
        var decision = RateDecision(index: choice, throughput: estimator.throughput, reason: .buffer)
        if choice > latest, let throughput = estimator.throughput { cap(&decision, at: throughput, input.buffer) }
        latest = decision.index
        return decision
    }

    private var isBasic: Bool { if case .basic = variant { true } else { false } }

    /// Holds a climb back to what `throughput` sustains.
    private func cap(_ decision: inout RateDecision, at throughput: Double, _ level: Double) {
        let sustainable = estimator.sustainable(ladder, at: throughput)
        guard decision.index > sustainable else { return }
        decision.reason = .capped
        if latest > sustainable {
            decision.index = latest
        } else if variant == .oscillation {
            decision.index = sustainable
            let enough = bola.maximumLevel(of: sustainable, controlParameter: controlParameter)
            if level.isFinite { decision.wait = max(0, level - enough) }
        } else {
            decision.index = sustainable + 1
        }
    }

    package var reconsiders: Bool { !isBasic }

    package mutating func reconsider(_ progress: TransferProgress) -> Int? {
        let remaining = progress.size - progress.received
        guard !isBasic, progress.received > 0, remaining > 0, (0...ladder.top).contains(progress.index) else {
            return nil
        }
        let lower = bola.abandonment(
            of: progress.segment, in: progress.index, size: progress.size, remaining: remaining,
            level: progress.buffer, controlParameter: controlParameter)
        if let lower { latest = lower }
        return lower
    }

    package func assurance(_ progress: TransferProgress) -> Double {
        guard !isBasic else { return .infinity }
        guard (0...ladder.top).contains(progress.index) else { return 0 }
        return bola.assurance(
            of: progress.segment, in: progress.index, size: progress.size,
            remaining: progress.size - progress.received, level: progress.buffer, controlParameter: controlParameter)
    }
}

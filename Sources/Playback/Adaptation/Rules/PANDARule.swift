/// PANDA, "probe and adapt" (Li et al., JSAC 2014): the client's share of the link is probed by additive increase and
/// multiplicative decrease, as TCP does, and requests are spaced so that the level stays where it should.
package struct PANDARule: RateDetermination {
    private let ladder: Ladder
    private let kappa: Double
    private let probe: Double
    private let alpha: Double
    private let beta: Double
    private let epsilon: Double
    private let minimumBuffer: Double
    /// x̂ and ŷ: the share as probed, and smoothed; nil before the first transfer.
    private var share: (probed: Double, smooth: Double)?
    /// T̂: time that should pass between the latest request and the next.
    private var interval = 0.0
    /// The latest transfer's throughput and when it was asked for.
    private var measured: (rate: Double, requested: Double)?

    /// - Parameters:
    ///   - ladder: what is chosen from.
    ///   - kappa: κ, how fast the probing converges, per second.
    ///   - w: how fast it rises, in Mb/s.
    ///   - alpha: α, how fast the smoothing converges, per second.
    ///   - beta: β, how strongly the level is driven to its minimum.
    ///   - epsilon: ε, the margin of the share that a climb has to leave.
    ///   - minimumBuffer: B_min in seconds; nil for the paper's 26 s, or half of the ladder's buffer where that is less.
    package init(
        ladder: Ladder, kappa: Double = 0.14, w: Double = 0.3, alpha: Double = 0.2, beta: Double = 0.2,
        epsilon: Double = 0.15, minimumBuffer: Double? = nil
    ) {
        self.ladder = ladder
        self.kappa = kappa / ladder.second
        probe = w * 1e6 / ladder.second
        self.alpha = alpha / ladder.second
        self.beta = beta
        self.epsilon = epsilon
        self.minimumBuffer =
            minimumBuffer.map { $0 * ladder.second } ?? min(26 * ladder.second, ladder.maxBuffer / 2)
    }

    package mutating func observe(_ transfer: TransferReport) {
        guard transfer.abandonedFor == nil, let rate = transfer.sample?.effectiveRate else { return }
        measured = (rate, transfer.time - transfer.elapsed)
    }

    package mutating func decide(_ input: RateDecisionInput) -> RateDecision {
        guard let before = input.previous, let measured else { return RateDecision(index: 0, reason: .start) }
        let passed = input.time - measured.requested
        let since = passed > 0 && passed.isFinite ? passed : 0
        let wait = max(interval - since, 0)
        let (_, smooth) = estimate(measured.rate, after: max(since, interval))
        let current = min(max(before, 0), ladder.top)
        let choice = quantized(smooth, current)
        let steady = ladder.bitRates[choice] * ladder.segmentDuration / smooth
        let next = steady + beta * (ladder.level(input.buffer) - minimumBuffer)
        interval = next > 0 && next.isFinite ? next : 0
        return RateDecision(
            index: choice, wait: wait, throughput: smooth > 0 ? smooth : nil,
            reason: choice == current ? .hold : .throughput)
    }

    /// The share after `time` in which `rate` was measured. Where a step of the differential equations
    /// is too long to be stable, it goes just as far as they would.
    private mutating func estimate(_ rate: Double, after time: Double) -> (probed: Double, smooth: Double) {
        guard let (probed, smooth) = share else {
            share = (rate, rate)
            return (rate, rate)
        }
        let excess = probed - rate + probe
        let moved =
            excess > 0 ? probed - min(kappa * time, 1) * (probed - rate) : probed + min(kappa * time, 1) * probe
        let nextProbed = moved > 0 && moved.isFinite ? moved : 0
        let nextSmooth = smooth - min(alpha * time, 1) * (smooth - nextProbed)
        let next = (nextProbed, nextSmooth > 0 && nextSmooth.isFinite ? nextSmooth : 0)
        share = next
        return next
    }

    /// The dead-zone quantizer: climbs to what the share carries with a margin, and falls when it does not carry it.
    private func quantized(_ share: Double, _ current: Int) -> Int {
        let up = ladder.bitRates.lastIndex { $0 <= share - probe - epsilon * share } ?? 0
        let down = ladder.bitRates.lastIndex { $0 <= share - probe } ?? 0
        return current < up ? up : min(current, down)
    }
}

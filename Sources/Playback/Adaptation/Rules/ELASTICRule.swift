/// ELASTIC (De Cicco et al., Packet Video 2013): feedback linearisation drives the buffer's level to a target by the bit
/// rate alone, without ever waiting: b / (1 − k₁·q − k₂·q_I), where b is the throughput, q the level and q_I the integral
/// of its distance from the target.
///
/// The paper lets the 1 go while nothing plays, when q_I is deeply negative and any bit rate would do; it stays here, so that
/// a stall is not answered with the highest version.
package struct ELASTICRule: RateDetermination {
    private let ladder: Ladder
    private let k1: Double
    private let k2: Double
    private let target: Double
    private var rates: HarmonicMean
    /// q_I, in s².
    private var integral = 0.0

    /// - Parameters:
    ///   - ladder: what is chosen from.
    ///   - k1: k₁, the weight of the level, per second.
    ///   - k2: k₂, the weight of the integral, per s². The integral never weighs more than one, lest a long shortage, or
    ///     plenty, be remembered for minutes.
    ///   - target: q_T in seconds; nil for the paper's 15 s, or half of the ladder's buffer where that is less.
    ///   - window: throughputs in the harmonic mean.
    package init(
        ladder: Ladder, k1: Double = 0.01, k2: Double = 0.001, target: Double? = nil, window: Int = 5
    ) {
        self.ladder = ladder
        self.k1 = k1
        self.k2 = k2
        self.target = target ?? min(15, ladder.maxBuffer / ladder.second / 2)
        rates = HarmonicMean(window: window)
    }

    package mutating func observe(_ transfer: TransferReport) {
        guard transfer.abandonedFor == nil, let sample = transfer.sample, let rate = sample.effectiveRate else {
            return
        }
        rates.add(rate)
        let level = ladder.level(transfer.buffer) / ladder.second
        let time = transfer.elapsed / ladder.second
        guard time > 0, time.isFinite else { return }
        integral = min(max(integral + time * (level - target), -1 / k2), 1 / k2)
    }

    package mutating func decide(_ input: RateDecisionInput) -> RateDecision {
        guard let throughput = rates.mean else { return RateDecision(index: 0, reason: .start) }
        let part = 1 - k1 * ladder.level(input.buffer) / ladder.second - k2 * integral
        let index = part > 0 ? ladder.bitRates.lastIndex { $0 <= throughput / part } ?? 0 : ladder.top
        return RateDecision(index: index, throughput: throughput, reason: .throughput)
    }
}

/// BBA-0, the buffer-based rule of Huang et al. (SIGCOMM 2014, algorithm 1).
///
/// A rate map f(B) is flat at the lowest rate below the reservoir, flat at the highest above reservoir and cushion, and
/// linear between. The choice changes only when f(B) crosses the next higher or lower rate.
package struct BBA0Rule: RateDetermination {
    private let ladder: Ladder
    private let reservoir: Double
    private let cushion: Double

    /// - Parameters:
    ///   - ladder: what is chosen from.
    ///   - reservoir: in seconds; nil for the paper's 90 s of a 240 s buffer, in proportion to the ladder's buffer.
    ///   - cushion: in seconds; nil for the paper's 126 s, likewise.
    package init(ladder: Ladder, reservoir: Double? = nil, cushion: Double? = nil) {
        self.ladder = ladder
        self.reservoir = reservoir.map { $0 * ladder.second } ?? ladder.maxBuffer * 90 / 240
        self.cushion = max(cushion.map { $0 * ladder.second } ?? ladder.maxBuffer * 126 / 240, .leastNormalMagnitude)
    }

    package mutating func decide(_ input: RateDecisionInput) -> RateDecision {
        let rates = ladder.bitRates
        guard let before = input.previous else { return RateDecision(index: 0, reason: .start) }
        let previous = min(max(before, 0), ladder.top)
        if input.buffer <= reservoir { return RateDecision(index: 0, reason: .buffer) }
        if input.buffer >= reservoir + cushion { return RateDecision(index: ladder.top, reason: .buffer) }
        let mapped = rates[0] + (rates[ladder.top] - rates[0]) * (input.buffer - reservoir) / cushion
        let higher = rates[min(previous + 1, ladder.top)]
        let lower = rates[max(previous - 1, 0)]
        if mapped >= higher {
            return RateDecision(index: rates.lastIndex { $0 < mapped } ?? 0, reason: .buffer)
        }
        if mapped <= lower {
            return RateDecision(index: rates.firstIndex { $0 > mapped } ?? ladder.top, reason: .buffer)
        }
        return RateDecision(index: previous, reason: .hold)
    }
}

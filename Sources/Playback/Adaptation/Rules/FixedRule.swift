/// Always the same version: the highest whose bit rate does not exceed a limit, or the lowest when all do.
package struct FixedRule: RateDetermination {
    private let index: Int

    /// - Parameters:
    ///   - ladder: what is chosen from.
    ///   - bitRate: the limit in bits/s; nil for the lowest version.
    package init(ladder: Ladder, bitRate: Double? = nil) {
        index = bitRate.flatMap { limit in ladder.bitRates.lastIndex { $0 <= limit } } ?? 0
    }

    package mutating func decide(_ input: RateDecisionInput) -> RateDecision {
        RateDecision(index: index, reason: .fixed)
    }
}

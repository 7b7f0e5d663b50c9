import Foundation

/// The objective of Puffer's controllers: the mean over segments of the structural similarity in dB, less its change from
/// the segment before, less 100 for each second of stall. Yan et al., "Learning in situ: a randomized experiment in video
/// streaming", NSDI 2020, §4.1 (λ = 1, μ = 100). The start-up does not count.
///
/// An index s is −10·log₁₀(1 − s) dB; identical pictures, which have infinitely many, count as 60 dB.
package struct PufferScore: Score {
    package static let name = "Puffer"
    package static let source = "Yan et al., NSDI 2020, §4.1"
    private static let rebuffering = 100.0
    private static let highest = 60.0

    package init() {}

    package func value(of viewing: Viewing) -> ScoreValue {
        let indices = viewing.segments.compactMap(\.ssim)
        guard indices.count == viewing.segments.count else {
            return .undefined("no ssim in the trace's request lines")
        }
        guard indices.allSatisfy({ (-1...1).contains($0) }) else {
            return .undefined("an ssim is not an index from −1 to 1")
        }
        let decibels = indices.map { min(-10 * log10(1 - $0), Self.highest) }
        return .number(viewing.meanScore(of: decibels, rebuffering: Self.rebuffering))
    }
}

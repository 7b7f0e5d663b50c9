import Foundation

/// The mean over segments of the normalised utility `ln(R/Rmin)/ln(Rmax/Rmin)`, less ten times the share of time that
/// playback stood still after the start-up, less the share of neighbouring segments that differ in version.
/// Chen et al., "SODA: an adaptive bitrate controller for consistent high-quality video streaming", SIGCOMM 2024, as the
/// authors evaluate it.
package struct SODAScore: Score {
    package static let name = "SODA"
    package static let source = "Chen et al., SIGCOMM 2024"
    private static let rebuffering = 10.0

    package init() {}

    package func value(of viewing: Viewing) -> ScoreValue {
        let rates: [Double]
        switch viewing.relativeBitRates() {
        case .success(let value): rates = value
        case .failure(let gap): return .undefined(gap.reason)
        }
        let ladder = viewing.session.ladder
        guard let lowest = ladder.min(), let highest = ladder.max(), highest > lowest else {
            return .undefined("the ladder has one version only")
        }
        let utility = rates.reduce(0) { $0 + log($1) } / log(Double(highest) / Double(lowest)) / Double(rates.count)
        let shown = viewing.duration - (viewing.startupDelay ?? viewing.duration)
        let stalled = shown > 0 ? viewing.stallDuration / shown : 0
        let switches = zip(rates.dropFirst(), rates).count { $0 != $1 }
        return .number(
            utility - Self.rebuffering * stalled - Double(switches) / Double(max(rates.count - 1, 1)))
    }
}

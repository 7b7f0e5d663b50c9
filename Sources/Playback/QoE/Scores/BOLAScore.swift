import Foundation

/// The time average that BOLA maximises, as the simulator Sabre prints it: `(Σ υ − γp·stall/Δ)·Δ/T` with the utility
/// `υ = ln(R/Rmin)`, the mean segment's length Δ, the session's length T with start-up and stalls, and γp = 5.
/// Spiteri, Urgaonkar and Sitaraman, "BOLA: near-optimal bitrate adaptation for online videos", INFOCOM 2016, §III;
/// Spiteri, Sitaraman and Sparacio, "From theory to practice", MMSys 2018.
package struct BOLAScore: Score {
    package static let name = "BOLA"
    package static let source = "Spiteri et al., INFOCOM 2016, §III"
    private static let gammaP = 5.0

    package init() {}

    package func value(of viewing: Viewing) -> ScoreValue {
        guard viewing.duration > 0 else { return .undefined("the session has no length") }
        let utility: Double
        switch viewing.relativeBitRates() {
        case .success(let rates): utility = rates.reduce(0) { $0 + log($1) }
        case .failure(let gap): return .undefined(gap.reason)
        }
        let media = viewing.segments.reduce(0) { $0 + $1.duration }
        let segment = media / Double(viewing.segments.count)
        guard segment > 0 else { return .undefined("the segments have no length") }
        return .number((utility - Self.gammaP * viewing.stallDuration / segment) * segment / viewing.duration)
    }
}

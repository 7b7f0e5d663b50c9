import Foundation

/// The heart of BOLA (Spiteri et al., INFOCOM 2016): the version that maximises (V·(υ + γp) − Q) / S, where Q is the
/// buffer's level, S the version's size and υ its utility ln(S/S₀).
///
/// Sizes count in bit rates and levels in seconds, so that V here is the paper's V times the segment's duration.
struct BOLA: Sendable, Hashable {
    let bitRates: [Double]
    let utilities: [Double]
    let gammaP: Double

    init(ladder: Ladder, gammaP: Double) {
        bitRates = ladder.bitRates
        utilities = ladder.bitRates.map { log($0 / ladder.bitRates[0]) }
        self.gammaP = gammaP
    }

    /// V for a buffer of `seconds`: at that level, less a segment, even the highest version is no longer worth fetching.
    /// It takes two segments at least, since V must be above zero.
    func controlParameter(buffer seconds: Double, segmentDuration: Double) -> Double {
        (max(seconds, 2 * segmentDuration) - segmentDuration) / ((utilities.last ?? 0) + gammaP)
    }

    /// The version to fetch at `level` seconds of buffer; the lowest of those that tie.
    func choice(level: Double, controlParameter: Double) -> Int {
        var best = 0
        var bestScore = -Double.infinity
        for index in bitRates.indices {
            let score = (controlParameter * (utilities[index] + gammaP) - level) / bitRates[index]
            if score > bestScore { (best, bestScore) = (index, score) }
        }
        return best
    }
}

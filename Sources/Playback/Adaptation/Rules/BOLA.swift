/// The heart of BOLA (Spiteri et al., INFOCOM 2016): the version that maximises (V·(υ + γp) − Q) / S, where Q is the
/// buffer's level, S the version's size and υ its utility.
///
/// Sizes count in bit rates and levels in seconds, so that V here is the paper's V times the segment's duration.
struct BOLA: Sendable, Hashable {
    let bitRates: [Double]
    /// Of each version, typically.
    let utilities: [Double]
    let gammaP: Double
    private let ladder: Ladder
    private let lowestUtility: Double

    /// - Parameter lowestUtility: of the lowest version: 0 in BOLA, 1 in BOLA-E.
    init(ladder: Ladder, gammaP: Double, lowestUtility: Double = 0) {
        bitRates = ladder.bitRates
        utilities = lowestUtility == 0 ? ladder.utilities : ladder.utilities.map { $0 + lowestUtility }
        self.gammaP = gammaP
        self.ladder = ladder
        self.lowestUtility = lowestUtility
    }

    /// What each version of `segment` is worth.
    private func utilities(ofSegment segment: Int) -> [Double] {
        guard !ladder.segmentUtilities.isEmpty else { return utilities }
        return ladder.utilities(ofSegment: segment).map { $0 + lowestUtility }
    }

    /// V for a buffer of `seconds`: at that level, less a segment, even the highest version is no longer worth fetching.
    /// It takes two segments at least, since V must be above zero.
    func controlParameter(buffer seconds: Double, segmentDuration: Double) -> Double {
        (max(seconds, 2 * segmentDuration) - segmentDuration) / (highestUtility + gammaP)
    }

    /// Of the version that is worth most; measured, it need not be the last.
    private var highestUtility: Double { utilities.max() ?? 0 }

    /// The version of `segment` to fetch at `level` seconds of buffer; the lowest of those that tie. Above the level at which
    /// any is worth its bits, the one that is worth most.
    func choice(of segment: Int, level: Double, controlParameter: Double) -> Int {
        let utilities = utilities(ofSegment: segment)
        var best = 0
        var bestScore = -Double.infinity
        for index in bitRates.indices {
            let score = (controlParameter * (utilities[index] + gammaP) - level) / bitRates[index]
            if score > bestScore { (best, bestScore) = (index, score) }
        }
        guard bestScore < 0, bestScore.isFinite else { return best }
        return utilities.indices.reduce(0) { utilities[$1] > utilities[$0] ? $1 : $0 }
    }

    /// The level above which nothing of version `index` is worth fetching.
    func maximumLevel(of index: Int, controlParameter: Double) -> Double {
        controlParameter * (utilities[index] + gammaP)
    }

    /// The lower version of `segment` that is worth more than the `remaining` bits of a transfer of `size` bits in version
    /// `index`, at `level` seconds of buffer; nil when going on is worth most.
    func abandonment(
        of segment: Int, in index: Int, size: Double, remaining: Double, level: Double, controlParameter: Double
    ) -> Int? {
        let utilities = utilities(ofSegment: segment)
        var score = (controlParameter * (utilities[index] + gammaP) - level) / remaining
        guard score >= 0 else { return nil }
        var best: Int?
        for lower in 0..<index {
            let otherSize = size * bitRates[lower] / bitRates[index]
            let otherScore = (controlParameter * (utilities[lower] + gammaP) - level) / otherSize
            if otherSize < remaining, otherScore > score { (best, score) = (lower, otherScore) }
        }
        return best
    }

    /// Seconds for which ``abandonment(of:in:size:remaining:level:controlParameter:)`` is sure to find nothing: the level
    /// falls no faster than time passes and ends at zero, and what remains does not grow.
    ///
    /// A lower version of size S is worth more than the remaining R once the level has fallen by d, where
    /// R·(N′ + d) > S·(N + d), with N and N′ the numerators of either score now.
    func assurance(
        of segment: Int, in index: Int, size: Double, remaining: Double, level: Double, controlParameter: Double
    ) -> Double {
        let utilities = utilities(ofSegment: segment)
        let own = controlParameter * (utilities[index] + gammaP) - level
        var fall = Double.infinity
        for lower in 0..<index {
            let otherSize = size * bitRates[lower] / bitRates[index]
            guard otherSize < remaining else { continue }
            let other = controlParameter * (utilities[lower] + gammaP) - level
            fall = min(fall, (otherSize * own - remaining * other) / (remaining - otherSize))
        }
        fall = max(fall, -own)
        // Rounding may make the comparison come out a hair earlier.
        return fall > level ? .infinity : max(0, fall - Self.roundingMargin * ladder.second)
    }

    private static let roundingMargin = 1e-6
}

import Foundation

/// What a rule may choose among, and how it is played: all that never changes during a session.
package struct Ladder: Sendable, Hashable {
    /// Bits/s of each version, ascending; never empty.
    package let bitRates: [Double]
    /// Length of a typical segment, in seconds.
    package let segmentDuration: Double
    /// Seconds of media that the client may buffer, the segment that is about to be fetched included.
    package let maxBuffer: Double
    /// What makes a version worth more than another; nil leaves it to each rule.
    package let utility: Utility?
    /// What each version is worth to a viewer, typically: 0 for the lowest, mostly ascending. Where the utility is nil, the
    /// logarithmic one.
    package let utilities: [Double]
    /// The same by segment and version, each on the scale of ``utilities``; empty where segments do not differ.
    package let segmentUtilities: [[Double]]
    /// Bits of every segment in every version, by segment and version; empty where they are not known.
    package let sizes: [[Double]]
    /// One second in the unit of every time here: 1, or 1000 where a model of another program counts milliseconds (and
    /// then bits per millisecond), as ``RateDetermination`` allows.
    package let second: Double

    /// - Parameters:
    ///   - bitRates: of the versions, in bits a second; not empty, above zero, ascending.
    ///   - segmentDuration: mean length of a segment; above zero.
    ///   - maxBuffer: the most that is ever buffered; above zero.
    ///   - utility: what makes a version worth more than another; nil leaves it to each rule.
    ///   - qualities: structural similarity by segment and version, for ``Utility/quality``; unless there is one for every
    ///     version of every segment, that utility is the logarithmic one.
    ///   - sizes: as ``sizes``; unless there is a number of bits for every version of every segment, all count as unknown.
    ///   - second: one second in the unit of the times; above zero.
    /// - Precondition: every parameter is in its range.
    package init(
        bitRates: [Double], segmentDuration: Double, maxBuffer: Double, utility: Utility? = nil,
        qualities: [[Double]] = [], sizes: [[Double]] = [], second: Double = 1
    ) {
        precondition(!bitRates.isEmpty && bitRates[0] > 0, "a ladder has rungs")
        precondition(zip(bitRates, bitRates.dropFirst()).allSatisfy { $0 <= $1 }, "a ladder ascends")
        precondition(segmentDuration > 0 && maxBuffer > 0 && second > 0)
        self.bitRates = bitRates
        self.segmentDuration = segmentDuration
        self.maxBuffer = maxBuffer
        self.utility = utility
        let areMeasured = !qualities.isEmpty && qualities.allSatisfy { $0.count == bitRates.count }
        if utility == .quality, areMeasured {
            (utilities, segmentUtilities) = Utility.values(of: qualities)
        } else {
            utilities = (utility ?? .logarithmic).values(of: bitRates)
            segmentUtilities = []
        }
        let areKnown = sizes.allSatisfy { versions in
            versions.count == bitRates.count && versions.allSatisfy { $0 >= 0 && $0.isFinite }
        }
        self.sizes = areKnown ? sizes : []
        self.second = second
    }

    /// Index of the highest version.
    package var top: Int { bitRates.count - 1 }

    /// Bits of a segment in a version: what is known, else what the version's bit rate makes of a typical segment.
    package func size(ofSegment segment: Int, version: Int) -> Double {
        sizes.indices.contains(segment) ? sizes[segment][version] : bitRates[version] * segmentDuration
    }

    /// What each version of a segment is worth above the lowest: 0 for that one, mostly ascending.
    package func utilities(ofSegment segment: Int) -> [Double] {
        guard segmentUtilities.indices.contains(segment) else { return utilities }
        let values = segmentUtilities[segment]
        return values.map { $0 - values[0] }
    }
}

/// What makes a version worth more to a viewer than another.
package enum Utility: String, Sendable, Hashable, CaseIterable {
    /// ln(R/R₀): each doubling is worth the same (Spiteri et al., INFOCOM 2016 §III).
    case logarithmic = "log"
    /// R/R₀ − 1: each bit is worth the same.
    case bitRate = "bitrate"
    /// ln((1 − s₀)/(1 − s)) with the structural similarity s to the source that was measured of each segment: each halving of
    /// what is lost is worth the same. It is Puffer's quality in dB (Yan et al., NSDI 2020 §4.1) times ln 10 / 10, on the scale
    /// of the logarithmic utility, for which rules' constants are made.
    case quality

    /// A value for each of `bitRates`, 0 for the first.
    func values(of bitRates: [Double]) -> [Double] {
        switch self {
        case .logarithmic, .quality:
            // In this order, so that sums round as in the published programs that take the difference of logarithms.
            let origin = 0 - log(bitRates[0])
            return bitRates.map { log($0) + origin }
        case .bitRate: return bitRates.map { $0 / bitRates[0] - 1 }
        }
    }

    /// A value for each of `qualities` by segment and version, and their means by version, which are 0 for the first.
    ///
    /// - Precondition: every segment has equally many versions, at least one.
    static func values(of qualities: [[Double]]) -> (typical: [Double], bySegment: [[Double]]) {
        let values = qualities.map { $0.map { -log(min(max(1 - $0, leastLoss), 2)) } }
        let count = Double(values.count)
        let means = values[0].indices.map { version in values.reduce(0) { $0 + $1[version] } / count }
        return (means.map { $0 - means[0] }, values.map { $0.map { $0 - means[0] } })
    }

    /// Equal pictures would be worth infinitely much: they count as 60 dB, as in the score of Puffer.
    private static var leastLoss: Double { 1e-6 }
}

import Foundation

/// What a rule may choose among, and how it is played: all that never changes during a session.
package struct Ladder: Sendable, Hashable {
    /// Bits/s of each version, ascending; never empty.
    package let bitRates: [Double]
    /// Length of a typical segment, in seconds.
    package let segmentDuration: Double
    /// Seconds of media that the client may buffer, the segment that is about to be fetched included.
    package let maxBuffer: Double
    /// What each version is worth to a viewer: 0 for the lowest, ascending.
    package let utilities: [Double]
    /// Bits of every segment in every version, by segment and version; empty where they are not known.
    package let sizes: [[Double]]
    /// One second in the unit of every time here: 1, or 1000 where a model of another program counts milliseconds (and
    /// then bits per millisecond), as ``RateDetermination`` allows.
    package let second: Double

    /// - Parameters:
    ///   - bitRates: of the versions, in bits a second; not empty, above zero, ascending.
    ///   - segmentDuration: mean length of a segment; above zero.
    ///   - maxBuffer: the most that is ever buffered; above zero.
    ///   - utility: what makes a version worth more than another.
    ///   - sizes: as ``sizes``; unless there is a number of bits for every version of every segment, all count as unknown.
    ///   - second: one second in the unit of the times; above zero.
    /// - Precondition: every parameter is in its range.
    package init(
        bitRates: [Double], segmentDuration: Double, maxBuffer: Double, utility: Utility = .logarithmic,
        sizes: [[Double]] = [], second: Double = 1
    ) {
        precondition(!bitRates.isEmpty && bitRates[0] > 0, "a ladder has rungs")
        precondition(zip(bitRates, bitRates.dropFirst()).allSatisfy { $0 <= $1 }, "a ladder ascends")
        precondition(segmentDuration > 0 && maxBuffer > 0 && second > 0)
        self.bitRates = bitRates
        self.segmentDuration = segmentDuration
        self.maxBuffer = maxBuffer
        utilities = utility.values(of: bitRates)
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
}

/// What makes a version worth more to a viewer than another.
package enum Utility: String, Sendable, Hashable, CaseIterable {
    /// ln(R/R₀): each doubling is worth the same (Spiteri et al., INFOCOM 2016 §III).
    case logarithmic = "log"
    /// R/R₀ − 1: each bit is worth the same.
    case bitRate = "bitrate"

    /// A value for each of `bitRates`, 0 for the first.
    func values(of bitRates: [Double]) -> [Double] {
        switch self {
        case .logarithmic:
            // In this order, so that sums round as in the published programs that take the difference of logarithms.
            let origin = 0 - log(bitRates[0])
            return bitRates.map { log($0) + origin }
        case .bitRate: return bitRates.map { $0 / bitRates[0] - 1 }
        }
    }
}

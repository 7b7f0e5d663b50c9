/// A rate-determination algorithm: one value in, one value out.
///
/// It knows no client, clock or socket. What it wants to remember from one decision to the next it keeps in itself; what
/// never changes during a session, the ``Ladder``, it gets when it is made.
package protocol RateDetermination: Sendable {
    /// Which version of the next segment to fetch.
    mutating func decide(_ input: RateDecisionInput) -> RateDecision
}

/// What a rule may choose among.
package struct Ladder: Sendable, Hashable {
    /// Bits/s of each version, ascending; never empty.
    package let bitRates: [Double]
    /// Length of a typical segment, in seconds.
    package let segmentDuration: Double
    /// Seconds of media that the client may buffer, the segment that is about to be fetched included.
    package let maxBuffer: Double

    /// - Precondition: `bitRates` is not empty and ascending, durations are above zero.
    package init(bitRates: [Double], segmentDuration: Double, maxBuffer: Double) {
        precondition(!bitRates.isEmpty && bitRates[0] > 0, "a ladder has rungs")
        precondition(zip(bitRates, bitRates.dropFirst()).allSatisfy { $0 <= $1 }, "a ladder ascends")
        precondition(segmentDuration > 0 && maxBuffer > 0)
        self.bitRates = bitRates
        self.segmentDuration = segmentDuration
        self.maxBuffer = maxBuffer
    }

    /// Index of the highest version.
    package var top: Int { bitRates.count - 1 }
}

/// Everything that a rule may know when it decides.
package struct RateDecisionInput: Sendable, Hashable {
    /// Seconds since the session's start.
    package var time: Double
    /// Index of the segment, counted from 0, and how many there are.
    package var segment: Int
    package var segmentCount: Int
    /// Seconds buffered.
    package var buffer: Double
    /// The version of the segment before, by its index in the ladder; nil at the first.
    package var previous: Int?
    /// The transfer that ended since the decision before; nil when there was none worth measuring.
    package var latestTransfer: TransferSample?

    package init(
        time: Double, segment: Int, segmentCount: Int, buffer: Double, previous: Int?,
        latestTransfer: TransferSample?
    ) {
        self.time = time
        self.segment = segment
        self.segmentCount = segmentCount
        self.buffer = buffer
        self.previous = previous
        self.latestTransfer = latestTransfer
    }
}

/// How a transfer went.
package struct TransferSample: Sendable, Hashable {
    /// Bits that came through the client's link between first and last byte, other transfers' included.
    package var bits: Double
    /// From the first byte to the last, in seconds.
    package var duration: Double
    /// From the request to the first byte, in seconds.
    package var latency: Double

    package init(bits: Double, duration: Double, latency: Double) {
        self.bits = bits
        self.duration = duration
        self.latency = latency
    }
}

/// What a rule decides.
package struct RateDecision: Sendable, Hashable {
    /// Index in the ladder.
    package var index: Int
    /// Seconds to wait before asking again; 0 to fetch at once.
    package var wait: Double
    /// What the rule takes the throughput to be, in bits/s; nil when it does not care or know.
    package var throughput: Double?
    package var reason: Reason

    package init(index: Int, wait: Double = 0, throughput: Double? = nil, reason: Reason) {
        self.index = index
        self.wait = wait
        self.throughput = throughput
        self.reason = reason
    }

    /// Why a rule decides as it does.
    package enum Reason: String, Sendable, Hashable, Codable {
        /// Nothing is known yet.
        case start
        /// The choice is a parameter.
        case fixed
        /// The throughput carries it.
        case throughput
        /// The buffer's level says so.
        case buffer
        /// The buffer would allow more, the throughput caps it.
        case capped
        /// A rate map has no reason to change.
        case hold
    }
}

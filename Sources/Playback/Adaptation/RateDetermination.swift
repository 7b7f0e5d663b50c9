/// A rate-determination algorithm: values in, values out.
///
/// It knows no client, clock or socket. What it wants to remember from one decision to the next it keeps in itself; what
/// never changes during a session, the ``Ladder``, it gets when it is made. Any unit of time will do as long as all
/// values agree: whoever needs a length of its own, such as ten seconds, takes it from ``Ladder/second``.
package protocol RateDetermination: Sendable {
    /// Which version of the next segment to fetch, and when.
    mutating func decide(_ input: RateDecisionInput) -> RateDecision

    /// A transfer ended, whole or abandoned. Called once for each, before the next decision.
    mutating func observe(_ transfer: TransferReport)

    /// Whether to give up a transfer that is under way, for a lower version of the same segment: its index, else nil.
    ///
    /// Asked now and then while bytes arrive, if ``reconsiders``.
    mutating func reconsider(_ progress: TransferProgress) -> Int?

    /// Seconds from now for which ``reconsider(_:)`` is sure to go on with the transfer, however slowly it arrives; infinite
    /// when it will in any case, 0 when it cannot tell. Nobody needs to ask it before.
    func assurance(_ progress: TransferProgress) -> Double

    /// Whether the rule ever abandons a transfer, so that ``reconsider(_:)`` is worth a call.
    var reconsiders: Bool { get }

    /// A buffered segment to fetch again in another version before it is shown; nil for none.
    ///
    /// Asked once after each segment that arrived while something plays, before the next decision, if ``replaces``.
    /// - Parameters:
    ///   - input: as ``decide(_:)`` would get it now; its segment is the number of segments where all are fetched.
    ///   - buffered: the segments that may still be replaced, in order; at least one.
    mutating func replacement(_ input: RateDecisionInput, buffered: [BufferedSegment]) -> SegmentReplacement?

    /// Whether the rule ever replaces a segment, so that ``replacement(_:buffered:)`` is worth a call.
    var replaces: Bool { get }

    /// Why the rule can no longer decide, in one line; nil as long as it can. A session ends where it notices.
    var fault: String? { get }
}

extension RateDetermination {
    package mutating func observe(_ transfer: TransferReport) {}
    package mutating func reconsider(_ progress: TransferProgress) -> Int? { nil }
    package func assurance(_ progress: TransferProgress) -> Double { reconsiders ? 0 : .infinity }
    package var reconsiders: Bool { false }
    package mutating func replacement(
        _ input: RateDecisionInput, buffered: [BufferedSegment]
    ) -> SegmentReplacement? { nil }
    package var replaces: Bool { false }
    package var fault: String? { nil }
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
    /// Seconds since the transfer before that went by because the buffer was full.
    package var idle: Double
    /// Whether something is being shown: neither the start-up nor a stall.
    package var isPlaying: Bool

    package init(
        time: Double, segment: Int, segmentCount: Int, buffer: Double, previous: Int?, idle: Double = 0,
        isPlaying: Bool = true
    ) {
        self.time = time
        self.segment = segment
        self.segmentCount = segmentCount
        self.buffer = buffer
        self.previous = previous
        self.idle = idle
        self.isPlaying = isPlaying
    }
}

/// How a transfer of a segment ended.
package struct TransferReport: Sendable, Hashable {
    /// Index of the segment, counted from 0, and the version that was fetched.
    package var segment: Int
    package var index: Int
    /// When it ended, in seconds since the session's start.
    package var time: Double
    /// From the request to the end, in seconds.
    package var elapsed: Double
    /// Seconds buffered now, this segment included if it is whole.
    package var buffer: Double
    /// What it says about the network; nil when too little came to say anything.
    package var sample: TransferSample?
    /// The version that the segment is fetched in instead, where the transfer was abandoned; nil where it is whole.
    package var abandonedFor: Int?
    /// Whether the segment had been fetched before, in another version that it replaces.
    package var isReplacement: Bool

    package init(
        segment: Int, index: Int, time: Double = 0, elapsed: Double, buffer: Double, sample: TransferSample?,
        abandonedFor: Int? = nil, isReplacement: Bool = false
    ) {
        self.segment = segment
        self.index = index
        self.time = time
        self.elapsed = elapsed
        self.buffer = buffer
        self.sample = sample
        self.abandonedFor = abandonedFor
        self.isReplacement = isReplacement
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

/// How far a transfer is that is under way.
package struct TransferProgress: Sendable, Hashable {
    /// Index of the segment, counted from 0, and the version that is being fetched.
    package var segment: Int
    package var index: Int
    /// Seconds since the request, and those of them before the first byte.
    package var elapsed: Double
    package var latency: Double
    /// Bits that have arrived, and that there are in all.
    package var received: Double
    package var size: Double
    /// Seconds buffered now.
    package var buffer: Double

    package init(
        segment: Int, index: Int, elapsed: Double, latency: Double, received: Double, size: Double, buffer: Double
    ) {
        self.segment = segment
        self.index = index
        self.elapsed = elapsed
        self.latency = latency
        self.received = received
        self.size = size
        self.buffer = buffer
    }
}

/// What a rule decides.
package struct RateDecision: Sendable, Hashable {
    /// Index in the ladder.
    package var index: Int
    /// Seconds to wait before it is fetched; 0 to fetch at once.
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
        /// The buffer is too low for more at this throughput.
        case lowBuffer
        /// A rate map has no reason to change.
        case hold
        /// The best of what was foreseen over the next segments.
        case prediction
        /// A program of the user's says so.
        case external
    }
}

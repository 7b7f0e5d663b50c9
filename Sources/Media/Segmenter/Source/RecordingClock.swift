/// Where the clock of a recording leaps: transport streams that were recorded in parts or joined may jump in time.
package struct ClockLeap: Sendable, Hashable {
    /// Byte of the file from which on packets follow another clock.
    package var position: Int64
    /// Seconds to add to their times, so that the stream that decides continues where it was.
    package var shift: Double
}

/// Puts the packets of a recording on one continuous clock.
///
/// One stream decides, the video where there is any: where its decode times go back, or leap ahead by more than ten
/// seconds, everything behind in the file, of all streams, is moved by the same time. What lies beside each other stays
/// so, and whoever knows the leaps moves each packet alike, whichever streams are read.
struct RecordingClock {
    /// Ascending in position.
    private(set) var leaps: [ClockLeap]
    /// The stream that decides; nil when all leaps are known.
    private let master: Int?
    private var states: [Int: State] = [:]
    /// Where another stream seems to leap. If the deciding one follows, the leap began there.
    private var candidate: ClockLeap?

    private struct State {
        var position: Int64
        /// What was added to the latest packet's time by the leaps known then.
        var known: Double
        /// Where the next packet is expected, in seconds; nil before the first.
        var expected: Double?
    }

    /// Seconds that a stream may pause for, and that it may seem to go back by: other values are leaps.
    private static let tolerance = -0.1...10.0
    /// Seconds within which two streams of one recording leap by the same.
    private static let agreement = 5.0

    /// A clock that finds leaps.
    init(decidedBy master: Int) {
        leaps = []
        self.master = master
    }

    /// A clock with the leaps that another one found.
    init(leaps: [ClockLeap]) {
        self.leaps = leaps
        master = nil
    }

    /// Seconds to add to the times of the next packet.
    /// - Parameters:
    ///   - position: where in the file it begins; nil where it shares that with the one before in its stream.
    ///   - decodeTime: in seconds.
    ///   - duration: in seconds.
    mutating func shift(stream: Int, position: Int64?, decodeTime: Double?, duration: Double) -> Double {
        let before = states[stream]
        let position = position ?? before?.position ?? 0
        let known = leaps.last { $0.position <= position }?.shift ?? 0
        var state = State(position: position, known: known, expected: before?.expected)
        defer { states[stream] = state }
        guard let master, let time = decodeTime else { return known }
        var shift = known
        // Behind a known leap, gaps and overlaps are those of the recording.
        if let before, before.known == known, let expected = before.expected,
            !Self.tolerance.contains(time + known - expected)
        {
            shift = expected - time
            if stream == master {
                add(ClockLeap(position: position, shift: shift))
                state.known = shift
            } else {
                candidate = candidate ?? ClockLeap(position: position, shift: shift)
            }
        } else if stream == master, let candidate, position > candidate.position {
            // The other stream leapt alone, which is its own affair.
            self.candidate = nil
            for other in states.keys where other != master { states[other]?.expected = nil }
        }
        state.expected = time + shift + duration
        return shift
    }

    private mutating func add(_ leap: ClockLeap) {
        var leap = leap
        if let candidate, abs(candidate.shift - leap.shift) <= Self.agreement {
            leap.position = min(leap.position, candidate.position)
        }
        candidate = nil
        leaps.removeAll { $0.position >= leap.position }
        leaps.append(leap)
    }
}

package import QoE

/// Playback of one file while it arrives: the older way, a buffer and a threshold, nothing to choose.
///
/// Bytes count as seconds in proportion, which is exact for a constant bit rate and right on average for others. The
/// trace is the same as ``Session``'s; time is an argument.
package struct ProgressiveSession: Sendable {
    /// Size of the file in bytes, and its length in seconds; both above zero.
    package let bytes: Int
    package let duration: Double
    /// Seconds that must be buffered before playback starts, or goes on after a stall.
    package let threshold: Double
    /// Presentation time at which playback is complete, in seconds.
    package let end: Double

    private var playback = Playback()
    private var summary = SummaryAccumulator()
    private var received = 0
    private var now = 0.0
    package private(set) var outcome: SessionOutcome?

    /// - Parameters:
    ///   - bytes: size of the file; above zero.
    ///   - duration: its length in seconds; above zero.
    ///   - threshold: seconds that must be buffered before playback starts, or goes on after a stall.
    ///   - limit: play no further than this, in seconds, above zero; nil for the whole.
    /// - Precondition: `bytes`, `duration` and `limit` are above zero.
    package init(bytes: Int, duration: Double, threshold: Double = 2, limit: Double? = nil) {
        precondition(bytes > 0 && duration > 0 && limit ?? 1 > 0, "an empty file cannot be played")
        self.bytes = bytes
        self.duration = duration
        self.threshold = threshold
        end = min(limit ?? duration, duration)
    }

    /// Presentation time up to which the file is here, in seconds.
    private var bufferedEnd: Double { received >= bytes ? duration : duration * Double(received) / Double(bytes) }

    /// Presentation time up to which playback can go with what is here, in seconds.
    private var playableEnd: Double { min(bufferedEnd, end) }

    /// The file's mean bit rate, in bits/s; a length that is next to nothing makes it no more than an integer holds.
    private var bitRate: Int { Int(min((Double(bytes) * 8 / duration).rounded(), 1e18)) }

    /// `count` bytes arrived at `time`.
    package mutating func receive(_ count: Int, at time: Double, records: inout [TraceEvent]) {
        advance(to: time, records: &records)
        guard outcome == nil, count > 0 else { return }
        received += count
        summary.addBytes(count)
        let level = bufferedEnd - playback.position
        guard playback.state != .playing, level >= threshold || bufferedEnd >= end else { return }
        if playback.state == .starting {
            summary.start(at: now)
            records.append(.startup(time: now))
        } else {
            summary.endStall(at: now)
            records.append(.stallEnded(time: now, duration: now - playback.stallBegan))
        }
        playback.state = .playing
    }

    /// When playback will stop, complete or at the end of what has arrived, in seconds; nil while it stands.
    package var nextStop: Double? {
        playback.state == .playing ? now + (playableEnd - playback.position) : nil
    }

    /// Moves time to `time`.
    package mutating func advance(to time: Double, records: inout [TraceEvent]) {
        guard outcome == nil else { return }
        let time = time.isFinite ? max(time, now) : now
        guard let stop = nextStop, time >= stop else {
            if playback.state == .playing { playback.position += time - now }
            now = time
            return
        }
        playback.position = playableEnd
        now = stop
        if bufferedEnd >= end {
            finish(.completed, records: &records)
            return
        }
        playback.state = .stalled
        playback.stallBegan = now
        summary.beginStall(at: now)
        records.append(.stallBegan(time: now))
        now = time
    }

    /// A sample of the buffer, for the trace.
    package var bufferRecord: TraceEvent {
        .buffer(
            BufferRecord(
                time: now, position: playback.position, video: max(bufferedEnd - playback.position, 0), audio: nil))
    }

    /// Ends the session now.
    package mutating func finish(_ outcome: SessionOutcome, records: inout [TraceEvent]) {
        guard self.outcome == nil else { return }
        self.outcome = outcome
        if playback.state == .stalled {
            records.append(.stallEnded(time: now, duration: now - playback.stallBegan))
        }
        var message: String?
        if case .failed(let text) = outcome { message = text }
        records.append(
            .end(EndRecord(time: now, played: playback.position, outcome: result.outcome, message: message)))
    }

    /// What the session was like so far.
    package var result: PlaybackSummary {
        var summary = summary
        summary.addSegment(ShownSegment(bitRate: bitRate, duration: duration))
        let name =
            switch outcome {
            case .completed?: "completed"
            case .failed?: "failed"
            case .stopped?, nil: "stopped"
            }
        return summary.summary(endingAt: now, played: playback.position, outcome: name)
    }

    /// The state at `time`, for a viewer's display.
    package func status(at time: Double) -> SessionStatus {
        let elapsed = playback.state == .playing ? max(time - now, 0) : 0
        let position = min(playback.position + elapsed, playableEnd)
        return SessionStatus(
            time: max(time, now), position: position, end: end, buffer: bufferedEnd - position,
            maxBuffer: duration, version: nil, bitRate: bitRate,
            isStalled: playback.state == .stalled, stallCount: result.stallCount, bytes: received)
    }
}

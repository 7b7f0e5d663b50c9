import Presentation

/// A presentation that cannot be played, or a configuration that nothing can be played with.
package struct SessionError: Error, Sendable, CustomStringConvertible {
    /// What is wrong.
    package let description: String
}

/// What a session relies on. A manifest is a stranger's input, so that none of it is taken for granted.
extension Session {
    /// Ensures that a set's tracks ascend and that each has segments which follow one another in time.
    static func check(_ set: SwitchingSet) throws(SessionError) {
        guard !set.tracks.isEmpty else { throw SessionError(description: "the \(set.kind.rawValue) has no tracks") }
        for (track, next) in zip(set.tracks, set.tracks.dropFirst()) where track.bandwidth > next.bandwidth {
            throw SessionError(description: "track \(next.id) comes after \(track.id), which has more bits/s")
        }
        for track in set.tracks { try check(track) }
    }

    private static func check(_ track: Track) throws(SessionError) {
        guard !track.segments.isEmpty else { throw SessionError(description: "track \(track.id) has no segments") }
        guard track.timescale > 0 else { throw SessionError(description: "track \(track.id) has the timescale 0") }
        var end: Int64 = 0
        for segment in track.segments {
            let (next, overflow) = segment.start.addingReportingOverflow(segment.duration)
            guard !overflow, segment.duration > 0, next > end else {
                throw SessionError(
                    description: "track \(track.id): segment \(segment.number) does not end after the one before it")
            }
            end = next
        }
    }

    /// `seconds` with at most three decimals, for messages.
    static func rounded(_ seconds: Double) -> String {
        let thousandths = (seconds * 1000).rounded() / 1000
        return Int(exactly: thousandths).map { String($0) } ?? "\(thousandths)"
    }

    /// Ensures that every segment that may be played has a measured quality.
    static func checkQuality(_ timeline: MediaTimeline) throws(SessionError) {
        for track in timeline.tracks {
            guard let segment = track.segments.prefix(timeline.segmentCount).first(where: { $0.ssim == nil }) else {
                continue
            }
            throw SessionError(
                description: "no quality was measured of track \(track.id), segment \(segment.number): ingest with "
                    + "--quality ssim, or choose another --utility")
        }
    }

    /// Ensures that time limits are above zero, so that a session waits for something and comes to an end.
    static func check(_ configuration: SessionConfiguration) throws(SessionError) {
        let limits = [
            ("the buffer's limit", configuration.maxBuffer), ("the stall timeout", configuration.stallTimeout),
            ("the patience", configuration.patience), ("the duration", configuration.duration ?? .infinity),
        ]
        for (name, seconds) in limits where !(seconds > 0) {
            throw SessionError(description: "\(name) is \(seconds) s; it must be above 0")
        }
        guard configuration.startAt.isFinite, configuration.startAt >= 0 else {
            throw SessionError(description: "the start is at \(configuration.startAt) s; it must be 0 or more")
        }
    }
}

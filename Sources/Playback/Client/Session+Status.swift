import Adaptation
import Presentation
import QoE

/// What a viewer's display shows of a running session.
package struct SessionStatus: Sendable, Hashable {
    /// Seconds since the session's start.
    package var time: Double
    /// Presentation time being shown, and its end, in seconds.
    package var position: Double
    package var end: Double
    /// Seconds buffered of every medium.
    package var buffer: Double
    /// Seconds of media that may be buffered.
    package var maxBuffer: Double
    /// The version being fetched of the medium that the rule chooses for: its identifier and bit rate.
    package var version: String?
    package var bitRate: Int?
    package var isStalled: Bool
    /// Stalls so far, one that lasts among them; the start-up is none.
    package var stallCount: Int
    /// Bytes that arrived so far.
    package var bytes: Int
}

extension Session {
    /// The state at `time`, which may lie ahead of the last event.
    package func status(at time: Double) -> SessionStatus {
        let elapsed = playback.state == .playing ? max(time - now, 0) : 0
        let position = min(playback.position + elapsed, playableEnd)
        let track = streams[0].chosen ?? streams[0].previous
        return SessionStatus(
            time: max(time, now), position: position, end: end, buffer: max(playableEnd - position, 0),
            maxBuffer: ladder.maxBuffer, version: track.map { timelines[0].tracks[$0].id },
            bitRate: track.map { timelines[0].tracks[$0].bandwidth }, isStalled: playback.state == .stalled,
            stallCount: result.stallCount, bytes: linkBytes)
    }
}

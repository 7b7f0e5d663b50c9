import Adaptation
import Presentation
import QoE

/// Where playback stands.
struct Playback: Sendable {
    enum State: Sendable, Hashable {
        /// Nothing was shown yet.
        case starting
        case playing
        /// A buffer ran dry.
        case stalled
    }

    var state = State.starting
    /// Presentation time, in seconds.
    var position = 0.0
    var stallBegan = 0.0
}

/// The buffer model: the position moves with time while every medium has something buffered ahead of it, and stops at
/// the very moment when one has not.
extension Session {
    /// Finds anew how far playback can go, after something was buffered.
    mutating func updatePlayableEnd() {
        playableEnd = plan.end
        for index in streams.indices where streams[index].next < streams[index].segmentCount {
            playableEnd = min(playableEnd, streams[index].bufferedEnd)
        }
    }

    /// Seconds of the presentation that were shown.
    var played: Double { playback.position - plan.configuration.startAt }

    /// Moves time, and the position with it.
    mutating func advance(to time: Double, _ output: inout SessionOutput) {
        guard playback.state == .playing else {
            now = time
            return
        }
        let dryTime = now + (playableEnd - playback.position)
        guard time >= dryTime else {
            playback.position = min(playback.position + (time - now), playableEnd)
            now = time
            return
        }
        playback.position = playableEnd
        now = max(now, dryTime)
        // What arrives at this very moment still keeps playback going; a timer ends the wait for it.
        if time > now { stopPlaying(&output) }
        if !isOver { now = time }
    }

    /// Playback has come to the end of what is buffered, at this moment.
    mutating func stopPlaying(_ output: inout SessionOutput) {
        if playback.position >= plan.end {
            finish(.completed, &output)
        } else if let message = deadEnd {
            finish(.failed(message), &output)
        } else {
            playback.state = .stalled
            playback.stallBegan = now
            summary.beginStall(at: now)
            record(.stallBegan(time: now), &output)
        }
    }

    /// Starts playback, or goes on with it, once enough is buffered.
    mutating func updatePlayback(_ output: inout SessionOutput) {
        let threshold: Double
        switch playback.state {
        case .playing: return
        case .starting: threshold = plan.configuration.startupThreshold ?? plan.presentation.minBufferTime
        case .stalled: threshold = plan.configuration.rebufferThreshold ?? ladder.segmentDuration
        }
        if streams.indices.allSatisfy({ isReady($0, threshold: threshold) }), playableEnd > playback.position {
            if playback.state == .starting {
                summary.start(at: now)
                record(.startup(time: now), &output)
            } else {
                summary.endStall(at: now)
                record(.stallEnded(time: now, duration: now - playback.stallBegan), &output)
            }
            playback.state = .playing
        } else if playableEnd >= plan.end, playback.position >= plan.end {
            finish(.completed, &output)
        } else if let message = deadEnd {
            finish(.failed(message), &output)
        }
    }

    /// Why playback cannot go on: the reason of a medium of which everything was shown that will ever come.
    private var deadEnd: String? {
        for index in streams.indices where streams[index].bufferedEnd <= playback.position {
            if let message = sources[index].failure { return message }
        }
        return nil
    }

    /// Whether a medium has `threshold` seconds buffered, or will not get more before playback goes on.
    private func isReady(_ index: Int, threshold: Double) -> Bool {
        let level = streams[index].bufferedEnd - playback.position
        if streams[index].isDone || level + Self.tolerance >= threshold { return true }
        return level > 0 && level + streams[index].nextDuration > ladder.maxBuffer
    }

    /// Finds when something is due that no response announces.
    mutating func updateWakeTime() {
        var wake = replacementDeadline
        if playback.state == .playing { wake = min(wake, now + (playableEnd - playback.position)) }
        for index in streams.indices {
            if streams[index].isFetching {
                wake = min(wake, min(streams[index].transfer.nextLook, silenceLimit(of: index)))
            } else if !streams[index].isDone {
                wake = min(wake, max(streams[index].resumeTime, roomTime(of: index)))
            }
        }
        wakeTime = wake
    }

    /// When there will be room for the next segment, in seconds from the session's start.
    @inline(__always)
    func roomTime(of index: Int) -> Double {
        let level = streams[index].bufferedEnd - playback.position
        let excess = level + streams[index].nextDuration - ladder.maxBuffer
        if excess <= 0 { return now }
        return playback.state == .playing ? now + excess : .infinity
    }
}

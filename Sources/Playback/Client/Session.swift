package import Adaptation
package import Presentation
package import QoE

/// An adaptive client without I/O: events in, commands out, time as an argument.
///
/// It plays one video and one audio switching set of a presentation, whichever are there: one request at a time each,
/// both at once. A rule chooses among the versions of the video (of the audio, where there is no video). Times are
/// seconds since the session's start; one that lies before the last event's counts as the last event's.
///
/// Real sockets and a virtual link drive the same code.
package struct Session: Sendable {
    package let presentation: Presentation
    package let configuration: SessionConfiguration
    /// What the rule may choose among, in the period that is being fetched.
    package internal(set) var ladder: Ladder
    /// Presentation time at which playback is complete, in seconds.
    package let end: Double
    /// The same as far as the configuration goes; infinite where it sets no limit.
    let limit: Double

    var streams: [MediaStream]
    var playback = Playback()
    var summary = SummaryAccumulator()
    var now = 0.0
    var nextID = 0
    /// The location that new requests go to; it moves on when one fails.
    var base = 0
    /// Bytes that arrived in all: throughput is what came through the link, whichever request it was for.
    var linkBytes = 0
    /// What the latest transfer that was long enough to tell came with, in bits/s.
    var latestThroughput: Double?
    /// The longest time, in seconds, that a request stayed without progress and then had some.
    var longestSilence = 0.0
    var requestedWake: Double?
    package private(set) var outcome: SessionOutcome?

    /// - Throws: ``SessionError`` when the presentation holds nothing that can be played, or the configuration a number
    ///   that nothing can be played with.
    package init(presentation: Presentation, configuration: SessionConfiguration) throws(SessionError) {
        try Self.check(configuration)
        let contents = [MediaKind.video, .audio].map { ($0, Self.contents($0, of: presentation)) }
            .filter { !$0.1.isEmpty }
        guard let primary = contents.first?.1.first else {
            throw SessionError(description: "the presentation has neither video nor audio")
        }
        for content in contents.flatMap(\.1) { try Self.check(content.switchingSet) }
        self.presentation = presentation
        self.configuration = configuration
        // Every medium needs room for two segments: audio may be cut longer than video.
        let longest = contents.flatMap(\.1).reduce(0) { longest, content in
            let track = content.switchingSet.tracks[0]
            return track.segments.reduce(longest) { max($0, track.seconds($1.duration)) }
        }
        ladder = Self.ladder(
            for: primary.switchingSet.tracks, maxBuffer: max(configuration.maxBuffer, 2 * longest),
            utility: configuration.utility)
        limit = configuration.startAt + (configuration.duration ?? .infinity)
        let mediaEnd = contents.flatMap(\.1).map(\.end).max() ?? 0
        end = min(limit, mediaEnd)
        guard configuration.startAt < end else {
            throw SessionError(
                description: "the start is at \(configuration.startAt) s, but the presentation ends at \(mediaEnd) s")
        }
        playback.position = configuration.startAt
        streams = contents.map { MediaStream($0.0, $0.1, from: configuration.startAt) }
        for index in streams.indices { enterNextPeriod(index) }
    }

    /// Takes an event at `time` and appends what is to be done to `commands`.
    package mutating func handle(_ event: SessionEvent, at time: Double, commands: inout [SessionCommand]) {
        guard outcome == nil else { return }
        advance(to: time.isFinite ? max(time, now) : now, &commands)
        guard outcome == nil else { return }
        switch event {
        case .start: break
        case .timer:
            requestedWake = nil
            if playback.state == .playing, playback.position >= playableEnd { stopPlaying(&commands) }
        case .responseBegan(let id, let facts): beginResponse(id, facts)
        case .received(let id, let bytes): receive(id, bytes)
        case .completed(let id): complete(id, &commands)
        case .failed(let id, let failure): fail(id, failure, &commands)
        case .stop: finish(.stopped, &commands)
        }
        guard outcome == nil else { return }
        reconsider(&commands)
        schedule(&commands)
        // Only a rule outside of this process can fail.
        if configuration.rule.blocks, let fault = streams.lazy.compactMap({ $0.rule?.fault }).first {
            return finish(.failed(fault), &commands)
        }
        updatePlayback(&commands)
        guard outcome == nil else { return }
        requestWake(&commands)
    }

    /// Convenience for one event.
    package mutating func handle(_ event: SessionEvent, at time: Double) -> [SessionCommand] {
        var commands: [SessionCommand] = []
        handle(event, at: time, commands: &commands)
        return commands
    }

    mutating func finish(_ outcome: SessionOutcome, _ commands: inout [SessionCommand]) {
        for index in streams.indices {
            if let active = streams[index].request {
                commands.append(.cancel(id: active.request.id))
                summary.addBytes(active.bytes)
                record(active, of: streams[index], outcome: "cancelled", &commands)
                streams[index].request = nil
            }
        }
        if playback.state == .stalled { record(.stallEnded(time: now, duration: now - playback.stallBegan), &commands) }
        self.outcome = outcome
        let result = result
        var message: String?
        if case .failed(let text) = outcome { message = text }
        record(
            .end(EndRecord(time: now, played: result.played, outcome: result.outcome, message: message)), &commands)
        commands.append(.finished(outcome))
    }

    /// What the session was like so far.
    package var result: PlaybackSummary {
        let name =
            switch outcome {
            case .completed?: "completed"
            case .failed?: "failed"
            case .stopped?, nil: "stopped"
            }
        return summary.summary(endingAt: now, played: played, outcome: name)
    }

    func record(_ event: @autoclosure () -> TraceEvent, _ commands: inout [SessionCommand]) {
        if configuration.records { commands.append(.record(event())) }
    }
}

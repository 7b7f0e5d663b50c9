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
    /// What the rule may choose among.
    package let ladder: Ladder
    /// Presentation time at which playback is complete, in seconds.
    package let end: Double

    var streams: [MediaStream]
    var playback = Playback()
    var summary = SummaryAccumulator()
    var now = 0.0
    var nextID = 0
    /// The location that new requests go to; it moves on when one fails.
    var base = 0
    /// Bytes that arrived in all: throughput is what came through the link, whichever request it was for.
    var linkBytes = 0
    /// The longest time, in seconds, that a request stayed without progress and then had some.
    var longestSilence = 0.0
    var requestedWake: Double?
    package private(set) var outcome: SessionOutcome?

    /// - Throws: ``SessionError`` when the presentation holds nothing that can be played, or the configuration a number
    ///   that nothing can be played with.
    package init(presentation: Presentation, configuration: SessionConfiguration) throws(SessionError) {
        try Self.check(configuration)
        let sets = [presentation.switchingSet(.video), presentation.switchingSet(.audio)].compactMap { $0 }
        guard let primary = sets.first else {
            throw SessionError(description: "the presentation has neither video nor audio")
        }
        for set in sets { try Self.check(set) }
        self.presentation = presentation
        self.configuration = configuration
        let track = primary.tracks[0]
        let total = track.segments.reduce(0) { $0 + track.seconds($1.duration) }
        let segmentDuration = total / Double(max(track.segments.count, 1))
        // Every medium needs room for two segments: audio may be cut longer than video.
        let longest = sets.reduce(0) { longest, set in
            set.tracks[0].segments.reduce(longest) { max($0, set.tracks[0].seconds($1.duration)) }
        }
        ladder = Ladder(
            bitRates: primary.tracks.map { Double(max($0.bandwidth, 1)) }, segmentDuration: segmentDuration,
            maxBuffer: max(configuration.maxBuffer, 2 * longest), utility: configuration.utility,
            sizes: Self.sizes(of: primary))
        let limit = configuration.duration ?? .infinity
        let rule = configuration.rule.rule(for: ladder)
        var streams: [MediaStream] = []
        for set in sets {
            let isPrimary = set.kind == primary.kind
            streams.append(
                MediaStream(
                    set, until: limit, rule: isPrimary && set.tracks.count > 1 ? rule : nil,
                    fixedTrack: Self.companionTrack(of: set)))
        }
        self.streams = streams
        let mediaEnd = streams.map { $0.segmentEnds.prefix($0.segmentCount).last ?? 0 }.max() ?? 0
        end = min(limit, mediaEnd)
    }

    /// Bits of every segment by segment and version; empty unless all are known.
    private static func sizes(of set: SwitchingSet) -> [[Double]] {
        let count = set.tracks.map(\.segments.count).min() ?? 0
        guard set.tracks.allSatisfy({ $0.segments.prefix(count).allSatisfy { $0.bytes != nil } }) else { return [] }
        return (0..<count).map { segment in set.tracks.map { Double($0.segments[segment].bytes ?? 0) * 8 } }
    }

    /// The version of a medium that no rule chooses: the best up to 160 kb/s, else the lowest.
    private static func companionTrack(of set: SwitchingSet) -> Int {
        set.tracks.lastIndex { $0.bandwidth <= 160_000 } ?? 0
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
        return summary.summary(endingAt: now, played: playback.position, outcome: name)
    }

    func record(_ event: @autoclosure () -> TraceEvent, _ commands: inout [SessionCommand]) {
        if configuration.records { commands.append(.record(event())) }
    }
}

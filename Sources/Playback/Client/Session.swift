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
    let plan: SessionPlan
    /// What the rule may choose among, in the period that is being fetched.
    package internal(set) var ladder: Ladder

    var streams: [MediaStream]
    /// The period that each of ``streams`` is in.
    var timelines: [MediaTimeline]
    /// Where the segments of each of ``streams`` come from.
    var sources: [StreamSource]
    var replacement = ReplacementState()
    var playback = Playback()
    /// Presentation time up to which playback can go with what is buffered, in seconds.
    var playableEnd = 0.0
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
    /// When ``SessionEvent/timer`` is wanted, in seconds from the start; infinite when nothing is due that no response
    /// announces. An earlier event than that does no harm.
    package internal(set) var wakeTime = Double.infinity
    /// Whether the rule ever gives up a transfer.
    var mayAbandon = false
    /// How it ended, and whether it did.
    package private(set) var outcome: SessionOutcome?
    package private(set) var isOver = false

    /// A session that has not begun.
    package init(_ plan: SessionPlan) {
        self.plan = plan
        ladder = plan.ladders[0]
        playback.position = plan.configuration.startAt
        streams = plan.media.map { MediaStream($0.kind, from: plan.configuration.startAt) }
        timelines = plan.media.map { $0.timelines[0] }
        sources = plan.media.map { StreamSource($0.timelines) }
        for index in streams.indices { enterNextPeriod(index) }
    }

    /// A session of its own plan.
    ///
    /// - Throws: ``SessionError`` when the presentation holds nothing that can be played, or the configuration a number
    ///   that nothing can be played with.
    package init(presentation: Presentation, configuration: SessionConfiguration) throws(SessionError) {
        self.init(try SessionPlan(presentation: presentation, configuration: configuration))
    }

    package var presentation: Presentation { plan.presentation }
    package var configuration: SessionConfiguration { plan.configuration }
    /// Presentation time at which playback is complete, in seconds.
    package var end: Double { plan.end }

    /// Takes an event at `time` and appends what follows from it to `output`; ``wakeTime`` and ``outcome`` may change.
    package mutating func handle(_ event: SessionEvent, at time: Double, output: inout SessionOutput) {
        guard !isOver else { return }
        advance(to: time.isFinite ? max(time, now) : now, &output)
        guard !isOver else { return }
        switch event {
        case .start: break
        case .timer:
            if playback.state == .playing, playback.position >= playableEnd { stopPlaying(&output) }
        // The beginning or a part of a segment changes nothing else; that the wake asked for is now too early does no
        // harm.
        case .responseBegan(let id, let facts):
            beginResponse(id, facts)
            return
        case .received(let id, let bytes):
            receive(id, bytes)
            if !isLookDue { return }
        case .completed(let id, let bytes):
            receive(id, bytes)
            complete(id, &output)
        case .failed(let id, let failure): fail(id, failure, &output)
        case .stop: finish(.stopped, &output)
        }
        guard !isOver else { return }
        dropLateReplacement(&output)
        if isLookDue { reconsider(&output) }
        schedule(&output)
        if plan.isRuleExternal, let fault = sources.lazy.compactMap({ $0.rule?.fault }).first {
            return finish(.failed(fault), &output)
        }
        if playback.state != .playing { updatePlayback(&output) }
        guard !isOver else { return }
        updateWakeTime()
    }

    /// Convenience for one event.
    package mutating func handle(_ event: SessionEvent, at time: Double) -> SessionOutput {
        var output = SessionOutput()
        handle(event, at: time, output: &output)
        return output
    }

    mutating func finish(_ outcome: SessionOutcome, _ output: inout SessionOutput) {
        for index in streams.indices {
            if let active = streams[index].request {
                output.commands.append(.cancel(id: active.request.id))
                count(active, isWasted: true)
                record(active, in: index, outcome: "cancelled", &output)
                streams[index].request = nil
            }
        }
        if playback.state == .stalled { record(.stallEnded(time: now, duration: now - playback.stallBegan), &output) }
        self.outcome = outcome
        isOver = true
        let result = result
        var message: String?
        if case .failed(let text) = outcome { message = text }
        record(
            .end(EndRecord(time: now, played: result.played, outcome: result.outcome, message: message)), &output)
        wakeTime = .infinity
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

    /// Counts what arrived of a request.
    ///
    /// - Parameters:
    ///   - active: the request.
    ///   - isWasted: whether nobody will see it.
    mutating func count(_ active: ActiveRequest, isWasted: Bool) {
        summary.addBytes(active.bytes)
        if isWasted, active.request.segment != nil { summary.waste(active.bytes) }
    }

    func record(_ event: @autoclosure () -> TraceEvent, _ output: inout SessionOutput) {
        if plan.configuration.records { output.records.append(event()) }
    }
}

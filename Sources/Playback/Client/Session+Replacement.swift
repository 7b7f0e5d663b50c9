import Adaptation
import Presentation
import QoE

/// What a session knows of segments that may be fetched again before they are shown.
struct ReplacementState: Sendable {
    /// A segment that was fetched for the medium that the rule chooses for.
    struct Buffered: Sendable {
        var period: Int
        /// Index in its period.
        var segment: Int
        /// Index of the version.
        var track: Int
        var shown: ShownSegment
        var bytes: Int
        /// Presentation time at which it begins, in seconds.
        var start: Double
    }

    /// What is to be fetched, or on its way.
    struct Wanted: Sendable {
        var segment: Int
        var track: Int
        var replacedTrack: Int
        /// Presentation time at which it would be shown, in seconds.
        var start: Double
    }

    /// Whether the rule ever replaces; nothing is kept for one that does not.
    var isOffered = false
    /// In order; the first is being shown, or is to be shown first.
    var buffered: [Buffered] = []
    var wanted: Wanted?
    /// Whether the rule has been asked since a segment arrived.
    var isAsked = false
}

/// How a session fetches segments again that are buffered and not shown yet, when its rule wants to.
///
/// The rule is asked when a segment has arrived, before it is asked for the next one: so it may use the time that a full
/// buffer leaves, or let the next segment wait. There is one request at a time as ever. The old segment stays until the
/// new one is here in time; one that comes too late, or not at all, changes nothing.
extension Session {
    /// No segment is offered that begins to be shown within so many typical segments (as in dash.js and Sabre).
    private static var replacementMargin: Double { 1.5 }

    /// Notes that the segment before the next one has arrived, in version `track`.
    mutating func noteBuffered(_ track: Int, bytes: Int) {
        guard replacement.isOffered else { return }
        let segment = streams[0].next - 1
        let duration = timelines[0].duration(ofSegment: segment)
        replacement.isAsked = false
        replacement.buffered.append(
            ReplacementState.Buffered(
                period: timelines[0].period, segment: segment, track: track,
                shown: timelines[0].shown(segment, in: track), bytes: bytes, start: streams[0].bufferedEnd - duration))
        while replacement.buffered.count > 1, replacement.buffered[1].start <= playback.position {
            replacement.buffered.removeFirst()
        }
    }

    /// Lets a rule that replaces have a buffered segment fetched again, and sends what that takes, if nothing else is under
    /// way.
    mutating func scheduleReplacement(_ output: inout SessionOutput) {
        guard !streams[0].isFetching else { return }
        guard playback.state == .playing else {
            replacement.wanted = nil
            return
        }
        if replacement.wanted == nil, !replacement.isAsked, streams[0].chosen == nil, streams[0].failureCount == 0 {
            replacement.wanted = askForReplacement()
        }
        guard let wanted = replacement.wanted else { return }
        // Its version's initialization segment may have taken long.
        guard wanted.start - playback.position >= margin else {
            replacement.wanted = nil
            return
        }
        let isInitialized = sources[0].initialized[wanted.track]
        send(
            0, track: wanted.track, segment: isInitialized ? wanted.segment : nil, replaces: wanted.replacedTrack,
            &output)
    }

    private var margin: Double { Self.replacementMargin * ladder.segmentDuration }

    private mutating func askForReplacement() -> ReplacementState.Wanted? {
        replacement.isAsked = true
        let offered = replacement.buffered.filter {
            $0.period == timelines[0].period && $0.start - playback.position >= margin
        }
        guard !offered.isEmpty else { return nil }
        let segments = offered.map {
            BufferedSegment(
                segment: $0.segment, index: $0.track, lead: $0.start - playback.position, duration: $0.shown.duration)
        }
        let input = decisionInput(for: 0)
        guard let answer = sources[0].rule?.replacement(input, buffered: segments),
            let old = offered.first(where: { $0.segment == answer.segment }),
            timelines[0].tracks.indices.contains(answer.index), answer.index != old.track
        else { return nil }
        return ReplacementState.Wanted(
            segment: old.segment, track: answer.index, replacedTrack: old.track, start: old.start)
    }

    /// When a replacement that is under way would be too late, in seconds from the session's start; infinite where there
    /// is none, or nothing is shown.
    var replacementDeadline: Double {
        guard let wanted = replacement.wanted, playback.state == .playing else { return .infinity }
        return now + (wanted.start - playback.position)
    }

    /// Gives up a replacement whose segment begins to be shown.
    mutating func dropLateReplacement(_ output: inout SessionOutput) {
        guard let wanted = replacement.wanted, wanted.start <= playback.position + Self.tolerance,
            let active = streams[0].request, active.replaces != nil
        else { return }
        output.commands.append(.cancel(id: active.request.id))
        loseReplacement(active, &output)
    }

    /// A replacement came to nothing, for whatever reason: the old segment stays.
    private mutating func loseReplacement(_ active: ActiveRequest, _ output: inout SessionOutput) {
        count(active, isWasted: true)
        record(active, in: 0, outcome: RequestRecord.late, &output)
        endReplacement()
    }

    /// Nothing more is wanted for now.
    mutating func endReplacement() {
        replacement.wanted = nil
        streams[0].request = nil
        streams[0].freeSince = now
    }

    /// A replacement is here.
    mutating func completeReplacement(_ active: ActiveRequest, _ output: inout SessionOutput) {
        guard let wanted = replacement.wanted, wanted.start > playback.position + Self.tolerance,
            let place = replacement.buffered.firstIndex(where: {
                $0.period == active.request.period && $0.segment == wanted.segment
            })
        else { return loseReplacement(active, &output) }
        count(active, isWasted: false)
        record(active, in: 0, outcome: RequestRecord.complete, &output)
        let old = replacement.buffered[place]
        let new = timelines[0].shown(wanted.segment, in: wanted.track)
        let following = place + 1 < replacement.buffered.count ? replacement.buffered[place + 1].shown : nil
        summary.waste(old.bytes)
        summary.replace(
            old.shown, by: new, after: place > 0 ? replacement.buffered[place - 1].shown : nil, before: following)
        replacement.buffered[place].track = wanted.track
        replacement.buffered[place].shown = new
        replacement.buffered[place].bytes = active.bytes
        if following == nil {
            streams[0].replaceLatest(with: wanted.track)
            if plan.configuration.records { sources[0].previousID = timelines[0].tracks[wanted.track].id }
        }
        endReplacement()
        replacement.isAsked = false
        observe(active, in: 0, abandonedFor: nil)
    }
}

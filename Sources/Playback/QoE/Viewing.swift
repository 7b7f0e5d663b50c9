/// What a viewer saw and waited for, taken from a trace: what scores of whole sessions and exports are computed from.
package struct Viewing: Sendable, Hashable {
    /// A segment that was fetched whole.
    package struct Segment: Sendable, Hashable {
        /// The version, by identifier.
        package var track: String
        /// The version's, in bits/s.
        package var bitRate: Int
        package var bytes: Int
        /// From the first segment's start, in seconds of media.
        package var start: Double
        /// In seconds.
        package var duration: Double
        /// As in ``RequestRecord``.
        package var ssim: Double?
        package var vmaf: Double?
    }

    /// A halt of playback, without the start-up.
    package struct Stall: Sendable, Hashable {
        /// How much had been shown, in seconds of media.
        package var position: Double
        /// In seconds.
        package var duration: Double
    }

    /// The trace's head.
    package var session: SessionRecord
    /// Segments of the medium that the rule chose for: video, or audio where there is none.
    package var segments: [Segment]
    /// Segments of audio, where there is video too.
    package var audio: [Segment]
    package var stalls: [Stall]
    /// From the session's start to the first picture, in seconds; nil when nothing was ever shown.
    package var startupDelay: Double?
    /// Seconds of the presentation that were shown.
    package var played: Double
    /// Length of the session, in seconds.
    package var duration: Double
    /// Whether the trace has its last line.
    package var isWhole: Bool

    /// Time that playback stood still, in seconds, without the start-up.
    package var stallDuration: Double { stalls.reduce(0) { $0 + $1.duration } }

    /// - Parameter trace: as ``TraceEvent/events(inLines:of:)`` gives it. One that breaks off ends where it does.
    package init(of trace: [TraceEvent]) {
        session = SessionRecord(url: "", duration: 0)
        var fetched: [String: Fetched] = [:]
        var end = EndRecord(time: trace.last?.time ?? 0, played: 0, outcome: "stopped")
        var stallBegan: Double?
        stalls = []
        isWhole = false
        for event in trace {
            switch event {
            case .session(let record): session = record
            case .request(let record): fetched[record.media, default: Fetched()].add(record)
            case .buffer(let record): end.played = record.position
            case .startup(let time): startupDelay = startupDelay ?? time
            case .stallBegan(let time): stallBegan = time
            case .stallEnded(let time, _):
                if let began = stallBegan { stalls.append(Stall(position: began, duration: max(time - began, 0))) }
                stallBegan = nil
            case .end(let record):
                end = record
                isWhole = true
            case .decision, .versionSwitch: continue
            }
        }
        if let began = stallBegan { stalls.append(Stall(position: began, duration: max(end.time - began, 0))) }
        // Until here a stall's position is the time at which it began.
        var stood = startupDelay ?? 0
        for index in stalls.indices {
            stalls[index].position = max(stalls[index].position - stood, 0)
            stood += stalls[index].duration
        }
        played = end.played
        duration = end.time
        let video = fetched["video"]?.segments ?? []
        let audio = fetched["audio"]?.segments ?? []
        segments = video.isEmpty ? audio : video
        self.audio = video.isEmpty ? [] : audio
        // Without a rule there is one file, which counts as one segment.
        if segments.isEmpty, session.rule == nil, let bitRate = session.ladder.first {
            segments = [Segment(track: "", bitRate: bitRate, bytes: 0, start: 0, duration: session.duration)]
        }
    }

    /// Segments of one medium in the order in which they came first; one that is fetched again takes its own place.
    private struct Fetched {
        var segments: [Segment] = []
        private var places: [Int: Int] = [:]

        mutating func add(_ record: RequestRecord) {
            guard record.outcome == RequestRecord.complete, let number = record.segment else { return }
            var segment = Segment(
                track: record.track, bitRate: record.bitRate, bytes: record.bytes,
                start: segments.last.map { $0.start + $0.duration } ?? 0, duration: record.duration, ssim: record.ssim,
                vmaf: record.vmaf)
            if let place = places[number] {
                segment.start = segments[place].start
                segments[place] = segment
            } else {
                places[number] = segments.count
                segments.append(segment)
            }
        }
    }
}

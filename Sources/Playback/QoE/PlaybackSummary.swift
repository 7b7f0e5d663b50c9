/// What a session was like for its viewer, computed from its trace alone.
///
/// Where ``hasQuality`` is false, means, ratios and scores are 0 and say nothing: documents and tables leave them out.
package struct PlaybackSummary: Sendable, Hashable {
    /// Mean bit rate of the fetched segments of the medium that the rule chose for, weighted by their length, in bits/s.
    package var meanBitRate: Double
    /// From the session's start to the first picture, in seconds; nil when nothing was ever shown.
    package var startupDelay: Double?
    /// How often playback came to a halt.
    package var stallCount: Int
    /// How long it stood still, in seconds, without the start-up.
    package var stallDuration: Double
    /// ``stallDuration`` over the time from the first picture to the end.
    package var stallRatio: Double
    /// Segments whose bit rate differs from that of the one before.
    package var switchCount: Int
    /// Mean of the changes of bit rate between neighbouring segments, in bits/s.
    package var meanSwitch: Double
    /// Segments of that medium.
    package var segmentCount: Int
    /// Mean structural similarity of those segments to the source, weighted by their length; nil where one was not measured.
    package var meanSSIM: Double?
    /// Linear quality of experience per segment; see ``QoEWeights``.
    package var qoe: Double
    /// Seconds of the presentation that were shown.
    package var played: Double
    /// Length of the session, in seconds.
    package var duration: Double
    /// Bytes that arrived, of every medium.
    package var bytes: Int
    /// Those of them that nobody saw: of segments that did not arrive whole, came too late or were replaced.
    package var wastedBytes: Int
    /// `completed`, `stopped` or `failed`.
    package var outcome: String
}

/// The linear QoE of Yin et al. (SIGCOMM 2015, eq. 5) with the weights of Mao et al. (SIGCOMM 2017, table 1):
/// the mean over segments of `q(R) − switching·|q(R) − q(R′)|`, less `rebuffering` for each second of stall, with `q(R)`
/// the bit rate in Mb/s. Start-up is not counted.
package struct QoEWeights: Sendable, Hashable {
    /// What a second of stall costs, in Mb/s.
    package var rebuffering: Double
    /// What a step between two segments costs, as a multiple of its height.
    package var switching: Double

    package init(rebuffering: Double = 4.3, switching: Double = 1) {
        self.rebuffering = rebuffering
        self.switching = switching
    }
}

/// What a viewer gets of one segment.
package struct ShownSegment: Sendable, Hashable {
    /// The version's, in bits/s.
    package var bitRate: Int
    /// In seconds.
    package var duration: Double
    /// Structural similarity to the source; nil where it was not measured.
    package var ssim: Double?

    package init(bitRate: Int, duration: Double, ssim: Double? = nil) {
        self.bitRate = bitRate
        self.duration = duration
        self.ssim = ssim
    }
}

/// Adds up a summary event by event, in constant memory.
package struct SummaryAccumulator: Sendable {
    private let weights: QoEWeights
    private var mediaSeconds = 0.0
    private var bitSeconds = 0.0
    /// SSIM times seconds, and the seconds of which it is known.
    private var similaritySeconds = 0.0
    private var measuredSeconds = 0.0
    private var measuredSegments = 0
    private var quality = 0.0
    private var variation = 0.0
    private var previous: Int?
    private var switches = 0
    private var segments = 0
    private var startup: Double?
    private var stalls = 0
    private var stalled = 0.0
    private var stallBegan: Double?
    private var bytes = 0
    private var wastedBytes = 0

    package init(weights: QoEWeights = QoEWeights()) {
        self.weights = weights
    }

    /// A segment of the medium that the rule chooses for arrived, in order.
    package mutating func addSegment(_ segment: ShownSegment) {
        segments += 1
        mediaSeconds += segment.duration
        measure(segment, 1)
        if let previous { change(from: previous, to: segment.bitRate, 1) }
        previous = segment.bitRate
    }

    /// A segment that was added arrived again in another version, before it was shown.
    ///
    /// - Parameters:
    ///   - old: what it was.
    ///   - new: what it is now.
    ///   - before: the segment before it; nil for none.
    ///   - after: the segment after it; nil where it is the latest.
    package mutating func replace(
        _ old: ShownSegment, by new: ShownSegment, after before: ShownSegment?, before after: ShownSegment?
    ) {
        measure(old, -1)
        measure(new, 1)
        if let before {
            change(from: before.bitRate, to: old.bitRate, -1)
            change(from: before.bitRate, to: new.bitRate, 1)
        }
        if let after {
            change(from: old.bitRate, to: after.bitRate, -1)
            change(from: new.bitRate, to: after.bitRate, 1)
        } else {
            previous = new.bitRate
        }
    }

    /// Adds what a segment is like, or takes it away.
    private mutating func measure(_ segment: ShownSegment, _ sign: Int) {
        bitSeconds += Double(sign) * (Double(segment.bitRate) * segment.duration)
        quality += Double(sign) * (Double(segment.bitRate) / 1e6)
        guard let ssim = segment.ssim else { return }
        measuredSegments += sign
        similaritySeconds += Double(sign) * (ssim * segment.duration)
        measuredSeconds += Double(sign) * segment.duration
    }

    /// Adds the change between two neighbours, or takes it away.
    private mutating func change(from one: Int, to other: Int, _ sign: Int) {
        guard one != other else { return }
        switches += sign
        variation += Double(sign) * abs(Double(other) - Double(one))
    }

    /// Bytes arrived, of whatever kind; a trace from a file may claim more than can be counted.
    package mutating func addBytes(_ count: Int) {
        let (sum, overflow) = bytes.addingReportingOverflow(max(count, 0))
        bytes = overflow ? .max : sum
    }

    /// Of the bytes that arrived, so many were for nothing.
    package mutating func waste(_ count: Int) {
        let (sum, overflow) = wastedBytes.addingReportingOverflow(max(count, 0))
        wastedBytes = overflow ? .max : sum
    }

    /// Playback began at `time`, the start-up delay in seconds; only the first call counts.
    package mutating func start(at time: Double) { startup = startup ?? time }

    /// Playback stands still from `time` on, in seconds since the session's start.
    package mutating func beginStall(at time: Double) {
        stalls += 1
        stallBegan = time
    }

    /// Playback goes on at `time`, in seconds since the session's start.
    package mutating func endStall(at time: Double) {
        if let began = stallBegan { stalled += time - began }
        stallBegan = nil
    }

    /// The summary of a session that ends at `time`; a stall that still lasts ends with it.
    package func summary(endingAt time: Double, played: Double, outcome: String) -> PlaybackSummary {
        let stalled = stalled + (stallBegan.map { time - $0 } ?? 0)
        let shown = time - (startup ?? time)
        let count = Double(max(segments, 1))
        let qoe = quality - weights.switching * variation / 1e6 - weights.rebuffering * stalled
        return PlaybackSummary(
            meanBitRate: mediaSeconds > 0 ? bitSeconds / mediaSeconds : 0, startupDelay: startup, stallCount: stalls,
            stallDuration: stalled, stallRatio: shown > 0 ? stalled / shown : 0, switchCount: switches,
            meanSwitch: segments > 1 ? variation / Double(segments - 1) : 0, segmentCount: segments,
            meanSSIM: measuredSegments == segments && measuredSeconds > 0 ? similaritySeconds / measuredSeconds : nil,
            qoe: qoe / count, played: played, duration: time, bytes: bytes, wastedBytes: wastedBytes,
            outcome: outcome)
    }
}

extension PlaybackSummary {
    /// The summary of a whole trace. One that breaks off counts as `stopped` where it does.
    package init(of trace: [TraceEvent], weights: QoEWeights = QoEWeights()) {
        var accumulator = SummaryAccumulator(weights: weights)
        let media = trace.contains { if case .request(let request) = $0 { request.media == "video" } else { false } }
        var start = 0.0
        var segments = FetchedSegments()
        var end = EndRecord(time: trace.last?.time ?? 0, played: 0, outcome: "stopped")
        for event in trace {
            switch event {
            case .request(let request):
                accumulator.addBytes(request.bytes)
                guard let number = request.segment else { continue }
                guard request.outcome == RequestRecord.complete else {
                    accumulator.waste(request.bytes)
                    continue
                }
                guard request.media == (media ? "video" : "audio") else { continue }
                segments.add(request, number: number, to: &accumulator)
            case .startup(let time): accumulator.start(at: time)
            case .stallBegan(let time): accumulator.beginStall(at: time)
            case .stallEnded(let time, _): accumulator.endStall(at: time)
            case .buffer(let record): end.played = record.position - start
            case .end(let record): end = record
            case .session(let head):
                start = head.startAt ?? 0
                // Without a rule there is one file, which counts as one segment.
                guard head.rule == nil, let bitRate = head.ladder.first else { continue }
                accumulator.addSegment(ShownSegment(bitRate: bitRate, duration: head.duration))
            case .decision, .versionSwitch: continue
            }
        }
        self = accumulator.summary(endingAt: end.time, played: end.played, outcome: end.outcome)
    }

    /// The segments of a trace so far: one that is replaced takes its own place.
    private struct FetchedSegments {
        private var segments: [(shown: ShownSegment, bytes: Int)] = []
        private var places: [Int: Int] = [:]

        mutating func add(_ request: RequestRecord, number: Int, to accumulator: inout SummaryAccumulator) {
            let new = ShownSegment(bitRate: request.bitRate, duration: request.duration, ssim: request.ssim)
            guard request.replaces != nil, let place = places[number] else {
                accumulator.addSegment(new)
                places[number] = segments.count
                segments.append((new, request.bytes))
                return
            }
            accumulator.waste(segments[place].bytes)
            accumulator.replace(
                segments[place].shown, by: new, after: place > 0 ? segments[place - 1].shown : nil,
                before: place + 1 < segments.count ? segments[place + 1].shown : nil)
            segments[place] = (new, request.bytes)
        }
    }
}

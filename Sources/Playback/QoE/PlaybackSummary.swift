/// What a session was like for its viewer, computed from its trace alone.
package struct PlaybackSummary: Sendable, Hashable, Codable {
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
    /// `completed`, `stopped` or `failed`.
    package var outcome: String
}

/// The linear QoE of Yin et al. (SIGCOMM 2015, eq. 5) with the weights of Mao et al. (SIGCOMM 2017, table 1):
/// the mean over segments of `q(R) − switching·|q(R) − q(R′)|`, less `rebuffering` for each second of stall, with `q(R)`
/// the bit rate in Mb/s. Start-up is not counted.
package struct QoEWeights: Sendable, Hashable {
    package var rebuffering: Double
    package var switching: Double

    package init(rebuffering: Double = 4.3, switching: Double = 1) {
        self.rebuffering = rebuffering
        self.switching = switching
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

    package init(weights: QoEWeights = QoEWeights()) {
        self.weights = weights
    }

    /// A segment of the medium that the rule chooses for arrived, in order.
    ///
    /// - Parameter ssim: its structural similarity to the source; nil where it was not measured.
    package mutating func addSegment(bitRate: Int, duration: Double, ssim: Double? = nil) {
        segments += 1
        mediaSeconds += duration
        bitSeconds += Double(bitRate) * duration
        if let ssim {
            measuredSegments += 1
            similaritySeconds += ssim * duration
            measuredSeconds += duration
        }
        quality += Double(bitRate) / 1e6
        if let previous, previous != bitRate {
            switches += 1
            variation += abs(Double(bitRate) - Double(previous))
        }
        previous = bitRate
    }

    /// Bytes arrived, of whatever kind; a trace from a file may claim more than can be counted.
    package mutating func addBytes(_ count: Int) {
        let (sum, overflow) = bytes.addingReportingOverflow(max(count, 0))
        bytes = overflow ? .max : sum
    }

    package mutating func start(at time: Double) { startup = startup ?? time }

    package mutating func beginStall(at time: Double) {
        stalls += 1
        stallBegan = time
    }

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
            qoe: qoe / count, played: played, duration: time, bytes: bytes, outcome: outcome)
    }
}

extension PlaybackSummary {
    /// The summary of a whole trace. One that breaks off counts as `stopped` where it does.
    package init(of trace: [TraceEvent], weights: QoEWeights = QoEWeights()) {
        var accumulator = SummaryAccumulator(weights: weights)
        let media = trace.contains { if case .request(let request) = $0 { request.media == "video" } else { false } }
        var start = 0.0
        var end = EndRecord(time: trace.last?.time ?? 0, played: 0, outcome: "stopped")
        for event in trace {
            switch event {
            case .request(let request):
                accumulator.addBytes(request.bytes)
                guard request.outcome == RequestRecord.complete, request.segment != nil else { continue }
                guard request.media == (media ? "video" : "audio") else { continue }
                accumulator.addSegment(bitRate: request.bitRate, duration: request.duration, ssim: request.ssim)
            case .startup(let time): accumulator.start(at: time)
            case .stallBegan(let time): accumulator.beginStall(at: time)
            case .stallEnded(let time, _): accumulator.endStall(at: time)
            case .buffer(let record): end.played = record.position - start
            case .end(let record): end = record
            case .session(let head):
                start = head.startAt ?? 0
                // Without a rule there is one file, which counts as one segment.
                guard head.rule == nil, let bitRate = head.ladder.first else { continue }
                accumulator.addSegment(bitRate: bitRate, duration: head.duration)
            case .decision, .versionSwitch: continue
            }
        }
        self = accumulator.summary(endingAt: end.time, played: end.played, outcome: end.outcome)
    }
}

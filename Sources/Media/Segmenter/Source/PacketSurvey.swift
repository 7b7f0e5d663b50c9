internal import FFmpeg
internal import Presentation

/// Collects the times of packets.
struct PacketSurvey {
    private let videoIndex: Int?
    private let audioIndex: Int?
    private(set) var videoPackets = 0
    private var presentationTimes: [Int64] = []
    private var decodeTimes: [Int64] = []
    private var keyframes: [Int64] = []
    private var lastShown: (time: Int64, duration: Int64)?
    private(set) var audioStart: Int64?
    private(set) var audioEnd: Int64?
    private(set) var leaps: [ClockLeap] = []
    /// Whether the first packet of the video says when it is shown.
    private var firstIsTimed = false
    /// Whether a packet is shown later than it is decoded: presentation times that follow from decode times never are.
    private var isReordered = false

    init(video: Int?, audio: Int?) {
        videoIndex = video
        audioIndex = audio
    }

    /// Reads everything; the answer is what to warn of.
    mutating func read(_ path: String, _ isCancelled: () -> Bool) throws -> [String] {
        var warnings: [String] = []
        var corrupt = 0
        let streams = [videoIndex, audioIndex].compactMap { $0 }
        guard let master = streams.first else { return [] }
        let reader = try PacketReader(surveying: path, streams: Set(streams), master: master)
        let packet = try Packet()
        var count = 0
        do {
            while try reader.read(into: packet) {
                count += 1
                if count % 256 == 0, isCancelled() { throw CancellationError() }
                if packet.isCorrupt { corrupt += 1 }
                if packet.streamIndex == videoIndex { addVideo(packet) } else { addAudio(packet) }
            }
        } catch let error as FFmpegError {
            guard count > 0, !error.isMachineFailure else { throw error }
            warnings.append("the source is damaged and taken only as far as it can be read (\(error.reason))")
        }
        if corrupt > 0 {
            warnings.append(
                corrupt == 1 ? "a packet of the source is damaged" : "\(corrupt) packets of the source are damaged")
        }
        leaps = reader.leaps
        return warnings
    }

    private mutating func addVideo(_ packet: Packet) {
        guard !packet.isDiscarded, packet.size > 0 else { return }
        if videoPackets == 0 { firstIsTimed = packet.presentationTime != nil }
        videoPackets += 1
        if let time = packet.decodeTime { decodeTimes.append(time) }
        guard let time = packet.presentationTime else { return }
        if time > packet.decodeTime ?? time { isReordered = true }
        presentationTimes.append(time)
        if packet.isKeyframe { keyframes.append(time) }
        if time >= lastShown?.time ?? .min { lastShown = (time, packet.duration) }
    }

    private mutating func addAudio(_ packet: Packet) {
        guard !packet.isDiscarded, let time = packet.presentationTime ?? packet.decodeTime else { return }
        audioStart = min(audioStart ?? time, time)
        let (end, overflow) = time.addingReportingOverflow(max(packet.duration, 0))
        audioEnd = max(audioEnd ?? time, overflow ? time : end)
    }

    /// The video's timeline: by presentation times; where the container lacks some, by decode times; else by counting.
    func video(_ stream: StreamDescription, _ facts: StreamDescription.Video) throws -> Source.Video {
        let candidates = [facts.baseFrameRate, facts.averageFrameRate].compactMap { $0 }
        let timestamps: Source.Timestamps =
            presentationTimes.count == videoPackets ? .all : isReordered ? .some : .none
        let times: [Int64] =
            if timestamps == .all {
                Self.ascending(presentationTimes)
            } else if decodeTimes.count == videoPackets {
                reorderedDecodeTimes(delay: facts.reorderDelay)
            } else {
                countedTimes(rate: candidates.first ?? Rational(25), timeBase: stream.timeBase)
            }
        // Each leap is mended to the tick.
        let timeline = try VideoTimeline(
            timestamps: times, lastDuration: timestamps == .all ? lastShown?.duration : nil, timeBase: stream.timeBase,
            candidates: candidates, tolerance: 1 + Int64(leaps.count))
        return Source.Video(
            stream: stream, facts: facts, timeline: timeline,
            keyframes: timestamps == .all && leaps.isEmpty ? Self.ascending(keyframes) : [], timestamps: timestamps)
    }

    /// Pictures are decoded at the pace at which they are shown, only earlier. Where nothing speaks of that, as in AVI,
    /// the first one is shown when it is decoded.
    /// - Parameter delay: by how many pictures, as the codec says.
    private func reorderedDecodeTimes(delay: Int) -> [Int64] {
        let times = Self.ascending(decodeTimes)
        guard isReordered, let first = times.first, let shown = presentationTimes.min() else { return times }
        let start = firstIsTimed ? max(shown, first) : times[min(max(delay, 0), times.count - 1)]
        let (distance, overflow) = start.subtractingReportingOverflow(first)
        guard !overflow else { return times }
        return times.map { $0.addingReportingOverflow(distance).partialValue }
    }

    private func countedTimes(rate: Rational, timeBase: Rational) -> [Int64] {
        let start = presentationTimes.min() ?? decodeTimes.min() ?? 0
        guard let step = timeBase.multiplied(by: rate) else { return [start] }
        let times = (0..<videoPackets).compactMap { index in
            rescale(Int64(index), by: Int64(step.denominator), over: Int64(step.numerator))
                .map { start.addingReportingOverflow($0).partialValue }
        }
        return Self.ascending(times)
    }

    private static func ascending(_ times: [Int64]) -> [Int64] {
        var result: [Int64] = []
        result.reserveCapacity(times.count)
        for time in times.sorted() where time != result.last { result.append(time) }
        return result
    }
}

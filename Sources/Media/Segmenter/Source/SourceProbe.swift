package import FFmpeg
internal import Presentation

/// What one pass over a source's packets, without decoding them, tells about it.
package struct Source: Sendable, Hashable {
    /// The chosen video stream.
    package struct Video: Sendable, Hashable {
        package var stream: StreamDescription
        package var facts: StreamDescription.Video
        package var timeline: VideoTimeline
        /// Source times of the frames that decoding can start from, ascending; empty where seeking cannot be trusted.
        package var keyframes: [Int64]
        /// Whether frames are found by their own times; else the n-th decoded frame takes the n-th time.
        package var hasTimestamps: Bool
    }

    /// The chosen audio stream.
    package struct Audio: Sendable, Hashable {
        package var stream: StreamDescription
        package var facts: StreamDescription.Audio
        /// Where the last packet ends, in seconds of the container's clock.
        package var end: Double
        /// Where the first packet starts, in seconds of the container's clock.
        package var start: Double
    }

    package var path: String
    package var video: Video?
    package var audio: Audio?
    /// What a user should know about the source, one line each.
    package var warnings: [String]

    /// Reads through all packets of `path`.
    /// - Parameter isCancelled: asked now and then; true ends the work with `CancellationError`.
    package init(probing path: String, isCancelled: () -> Bool = { false }) throws {
        do {
            try self.init(reading: path, isCancelled)
        } catch let error as FFmpegError {
            throw SegmenterError(reading: error)
        }
    }

    private init(reading path: String, _ isCancelled: () -> Bool) throws {
        let demuxer = try Demuxer(path: path)
        let videoStream = demuxer.bestStream(.video)
        var audioStream = demuxer.bestStream(.audio, relatedTo: videoStream?.index)
        guard videoStream != nil || audioStream != nil else {
            throw SegmenterError(.unusableSource, "\(path): neither video nor sound in it")
        }
        if let videoStream, !videoStream.isDecodable { throw Self.noDecoder(for: videoStream, path) }
        let undecodable = audioStream.flatMap { $0.isDecodable ? nil : $0 }
        if let undecodable {
            guard videoStream != nil else { throw Self.noDecoder(for: undecodable, path) }
            audioStream = nil
        }
        self.path = path
        var survey = PacketSurvey(video: videoStream?.index, audio: audioStream?.index)
        warnings = try survey.read(path, isCancelled)
        if let undecodable { warnings.append("the sound is left out: no decoder for \(undecodable.codecName)") }
        if let stream = videoStream, let facts = stream.video, survey.videoPackets > 0 {
            video = try survey.video(stream, facts)
            warnings += Self.notes(on: facts)
        }
        if let stream = audioStream, let facts = stream.audio, let end = survey.audioEnd, let start = survey.audioStart
        {
            audio = Audio(
                stream: stream, facts: facts, end: Double(end) * stream.timeBase.value,
                start: Double(start) * stream.timeBase.value)
        }
        guard video != nil || audio != nil else {
            throw SegmenterError(.unusableSource, "\(path): its streams are empty, perhaps it is cut off")
        }
        let origin = video.map { Double($0.timeline.origin) * $0.stream.timeBase.value } ?? audio?.start ?? 0
        let videoEnd = video.map { $0.timeline.seconds($0.timeline.duration) } ?? 0
        let found = max(videoEnd, (audio?.end ?? origin) - origin)
        if let declared = demuxer.declaredDuration, found < declared - max(1, declared * 0.02) {
            warnings.append(
                "the source says that it lasts \(Self.format(declared)) s but ends after \(Self.format(found)) s: "
                    + "it may be cut off")
        }
    }

    private static func noDecoder(for stream: StreamDescription, _ path: String) -> SegmenterError {
        SegmenterError(.unusableSource, "\(path): this FFmpeg has no decoder for \(stream.codecName)")
    }

    private static func notes(on facts: StreamDescription.Video) -> [String] {
        var notes: [String] = []
        if facts.orientation == nil { notes.append("the video's rotation is no multiple of 90°: not rotated") }
        if facts.isInterlaced {
            notes.append("the video is interlaced: both fields of a frame are kept, not deinterlaced")
        }
        return notes
    }

    private static func format(_ seconds: Double) -> String { "\((seconds * 100).rounded() / 100)" }
}

/// Collects the times of packets.
private struct PacketSurvey {
    private let videoIndex: Int?
    private let audioIndex: Int?
    private(set) var videoPackets = 0
    private var presentationTimes: [Int64] = []
    private var decodeTimes: [Int64] = []
    private var keyframes: [Int64] = []
    private var lastShown: (time: Int64, duration: Int64)?
    private(set) var audioStart: Int64?
    private(set) var audioEnd: Int64?
    private var sawLeap = false

    init(video: Int?, audio: Int?) {
        videoIndex = video
        audioIndex = audio
    }

    /// Reads everything; the answer is what to warn of.
    mutating func read(_ path: String, _ isCancelled: () -> Bool) throws -> [String] {
        var warnings: [String] = []
        var corrupt = 0
        let reader = try PacketReader(path: path, streams: Set([videoIndex, audioIndex].compactMap { $0 }))
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
            guard count > 0 else { throw error }
            warnings.append("the source is damaged and taken only as far as it can be read (\(error.reason))")
        }
        if corrupt > 0 {
            warnings.append(
                corrupt == 1 ? "a packet of the source is damaged" : "\(corrupt) packets of the source are damaged")
        }
        sawLeap = reader.sawLeap
        return warnings
    }

    private mutating func addVideo(_ packet: Packet) {
        guard !packet.isDiscarded, packet.size > 0 else { return }
        videoPackets += 1
        if let time = packet.decodeTime { decodeTimes.append(time) }
        guard let time = packet.presentationTime else { return }
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

    /// The video's timeline: by presentation times; where the container has none, by decode times; else by counting.
    func video(_ stream: StreamDescription, _ facts: StreamDescription.Video) throws -> Source.Video {
        let candidates = [facts.baseFrameRate, facts.averageFrameRate].compactMap { $0 }
        let hasTimestamps = presentationTimes.count == videoPackets
        let timeline: VideoTimeline
        if hasTimestamps || decodeTimes.count == videoPackets {
            timeline = try VideoTimeline(
                timestamps: Self.ascending(hasTimestamps ? presentationTimes : decodeTimes),
                lastDuration: hasTimestamps ? lastShown?.duration : nil, timeBase: stream.timeBase,
                candidates: candidates)
        } else {
            let rate = candidates.first ?? Rational(25)
            timeline = try VideoTimeline(
                timestamps: (0..<videoPackets).map { Int64($0) }, lastDuration: 1,
                timeBase: Rational(rate.denominator, rate.numerator), candidates: [rate])
        }
        return Source.Video(
            stream: stream, facts: facts, timeline: timeline,
            keyframes: hasTimestamps && !sawLeap ? Self.ascending(keyframes) : [], hasTimestamps: hasTimestamps)
    }

    private static func ascending(_ times: [Int64]) -> [Int64] {
        var result: [Int64] = []
        result.reserveCapacity(times.count)
        for time in times.sorted() where time != result.last { result.append(time) }
        return result
    }
}

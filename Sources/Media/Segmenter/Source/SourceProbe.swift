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
        package var timestamps: Timestamps
    }

    /// How it is known when frames are shown.
    package enum Timestamps: Sendable, Hashable {
        /// Each packet says so.
        case all
        /// Some packets say so, as in program streams; a frame without a time follows the one before.
        case some
        /// None does, as in AVI, or only what follows from decode times: each frame follows the one before.
        case none
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
    /// Where the clock leaps; what reads the source again must follow.
    package var leaps: [ClockLeap]
    /// What a user should know about the source, one line each.
    package var warnings: [String]

    /// Reads through all packets of a file.
    ///
    /// - Parameters:
    ///   - path: of the file.
    ///   - isCancelled: asked now and then; true ends the work with `CancellationError`.
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
        leaps = survey.leaps
        warnings += Self.notes(onUnused: demuxer.streams, [videoStream?.index, audioStream?.index, undecodable?.index])
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
        startWithSound()
        let origin = video?.timeline.start ?? audio?.start ?? 0
        let videoEnd = video.map { $0.timeline.seconds($0.timeline.duration) } ?? 0
        let found = max(videoEnd, (audio?.end ?? origin) - origin)
        if let declared = demuxer.declaredDuration, found < declared - max(1, declared * 0.02) {
            warnings.append(
                "the source says that it lasts \(Self.format(declared)) s but ends after \(Self.format(found)) s: "
                    + "it may be cut off")
        }
    }

    /// Where sound comes first, the first picture is shown from there on. Padding of encoders, and what nobody would
    /// miss, does not count.
    private mutating func startWithSound() {
        guard let picture = video, let sound = audio, sound.facts.sampleRate > 0 else { return }
        let lead = picture.timeline.start - sound.start
        guard lead > max(0.1, 1 / picture.timeline.frameRate.value) else { return }
        if lead <= Self.longestLead {
            video?.timeline = picture.timeline.preceded(by: lead)
        } else {
            warnings.append("\(Self.format(lead)) s of sound before the first picture are left out")
        }
    }

    /// Seconds that the first picture may stand still for: more is a wrong clock.
    private static let longestLead = 3_600.0

    private static func noDecoder(for stream: StreamDescription, _ path: String) -> SegmenterError {
        SegmenterError(.unusableSource, "\(path): this FFmpeg has no decoder for \(stream.codecName)")
    }

    private static func notes(on facts: StreamDescription.Video) -> [String] {
        var notes: [String] = []
        if facts.orientation == nil { notes.append("the video's rotation is no multiple of 90°: not rotated") }
        if facts.isInterlaced {
            notes.append("the video is interlaced: both fields of a frame are kept, not deinterlaced")
        }
        if facts.colour.isWide {
            notes.append(
                "the video is in high dynamic range or wide colour: it is kept so, but in 8 bits, which may show bands")
        }
        return notes
    }

    /// One line about streams of pictures, sound and subtitles that no version is made of.
    private static func notes(onUnused streams: [StreamDescription], _ used: [Int?]) -> [String] {
        let unused = streams.filter { !used.contains($0.index) }.compactMap { stream -> String? in
            let kind =
                switch stream.content {
                case .video: "video"
                case .audio: "sound"
                case .subtitles: "subtitles"
                case .other: ""
                }
            guard !kind.isEmpty else { return nil }
            let language = stream.language.flatMap { LanguageTag($0) }.map { " in \($0)" } ?? ""
            return "\(kind)\(language) (stream \(stream.index), \(stream.codecName))"
        }
        guard !unused.isEmpty else { return [] }
        let rest = unused.count > 8 ? " and \(unused.count - 8) more" : ""
        return ["left out: " + unused.prefix(8).joined(separator: ", ") + rest]
    }

    private static func format(_ seconds: Double) -> String { "\((seconds * 100).rounded() / 100)" }
}

package import FFmpeg
package import ISOBMFF
package import Presentation

/// Everything about a segmentation that is decided before the first frame is decoded: versions, boundaries, headers.
package struct SegmentationPlan: Sendable {
    package let source: Source
    package let options: SegmentationOptions
    package let video: VideoPlan?
    package let audio: AudioPlan?
    /// What a user should know, one line each.
    package let warnings: [String]

    /// Plans the segmentation of `source`; opens each encoder once for its headers.
    /// - Throws: options or a ladder that cannot be, a codec that is not there.
    package init(source: Source, options: SegmentationOptions) throws {
        try options.validate()
        self.source = source
        self.options = options
        var warnings = source.warnings
        do {
            let video = try source.video.map { try VideoPlan(source: $0, path: source.path, options: options) }
            let audio = try source.audio.flatMap { audio in
                try AudioPlan(source: audio, video: video, segmentDuration: options.segmentDuration)
            }
            if source.audio != nil, audio == nil {
                warnings.append("the sound's sample rate or channels are unknown: left out")
            }
            if options.quality != nil, let video, video.measuredSize == nil {
                warnings.append("pictures of fewer than 8 lines or columns cannot be compared: no quality is measured")
            }
            guard video != nil || audio != nil else {
                throw SegmenterError(.unusableSource, "\(source.path): neither video nor sound that can be used")
            }
            (self.video, self.audio) = (video, audio)
        } catch let error as FFmpegError {
            throw SegmenterError(encoding: error)
        } catch let error as ISOBMFFError {
            throw SegmenterError(writing: error)
        }
        self.warnings = warnings
    }

    /// Length of the presentation in seconds by the plan; the sound's end is only an estimate.
    package var duration: Double {
        let videoEnd = video.map { $0.timeline.seconds($0.timeline.duration) } ?? 0
        return max(videoEnd, audio?.estimatedDuration ?? 0)
    }
}

/// The plan for the video: one timeline and set of boundaries, several tracks.
package struct VideoPlan: Sendable {
    package let stream: StreamDescription
    package let timeline: VideoTimeline
    package let orientation: Orientation
    /// Times of the source that decoding can start from, ascending; empty where seeking cannot be trusted.
    package let keyframes: [Int64]
    package let timestamps: Source.Timestamps
    /// Where segments start, in ticks, and where the last one ends: one more than there are segments.
    package let boundaries: [Int64]
    /// Ascending by size.
    package let tracks: [VideoTrackPlan]
    /// The size in which segments are compared with the source, that of the highest version; nil where they are not.
    package let measuredSize: PictureSize?

    init(source: Source.Video, path: String, options: SegmentationOptions) throws {
        let geometry = SourceGeometry(source.facts)
        guard SourceGeometry.sizes.contains(geometry.width), SourceGeometry.sizes.contains(geometry.height) else {
            throw SegmenterError(
                .unusableSource, "\(path): pictures of \(geometry.width)x\(geometry.height) cannot be encoded as H.264")
        }
        stream = source.stream
        timeline = source.timeline
        orientation = source.facts.orientation ?? .upright
        keyframes = source.keyframes
        timestamps = source.timestamps
        boundaries = Self.boundaries(of: timeline, every: options.segmentDuration)
        let ladder =
            switch options.ladder {
            case .automatic: Ladder(for: geometry, frameRate: timeline.frameRate)
            case .document(let document): try document.ladder(for: geometry, frameRate: timeline.frameRate)
            }
        tracks = try ladder.rungs.map { [timeline] rung in
            try VideoTrackPlan(rung: rung, timeline: timeline, options: options, colour: source.facts.colour)
        }
        measuredSize = options.quality.flatMap { [tracks] _ in
            guard let top = tracks.last?.rung, top.lines >= StructuralSimilarity.leastSize else { return nil }
            return PictureSize(width: top.width, height: top.height)
        }
    }

    /// How many segments each track has.
    package var segmentCount: Int { boundaries.count - 1 }

    /// Frames that the source has places for in `segment` (from 0).
    package func frameCount(ofSegment segment: Int) -> Int {
        timeline.index(ofFirstFrameAt: boundaries[segment + 1]) - timeline.index(ofFirstFrameAt: boundaries[segment])
    }

    /// Segment k of the ideal division starts with the first frame at or after k times the duration; where no frame
    /// starts within it, the segment before lasts longer.
    private static func boundaries(of timeline: VideoTimeline, every duration: Rational) -> [Int64] {
        var boundaries: [Int64] = []
        var next = 0
        for start in timeline.starts {
            // The first ideal boundary at or before this frame is `ideal`; is it a new one?
            let ideal = Int(
                Int128(start) * Int128(duration.denominator)
                    / (Int128(timeline.timescale) * Int128(duration.numerator)))
            guard ideal >= next else { continue }
            boundaries.append(start)
            next = ideal + 1
        }
        return boundaries + [timeline.duration]
    }

    /// The segment, counted from 0, in which a frame at `tick` is shown; the last one for a frame behind the end.
    package func segment(at tick: Int64) -> Int {
        var (low, high) = (0, segmentCount - 1)
        while low < high {
            let middle = (low + high + 1) / 2
            if boundaries[middle] <= tick { low = middle } else { high = middle - 1 }
        }
        return low
    }
}

/// The plan for one version of the video.
package struct VideoTrackPlan: Sendable {
    /// Name of the track, for example `v720`.
    package let id: String
    package let rung: Rung
    package let encoding: VideoEncoding
    /// The encoder's parameter sets, which every segment's encoder must repeat.
    package let extradata: [UInt8]
    package let header: CMAFTrack

    init(rung: Rung, timeline: VideoTimeline, options: SegmentationOptions, colour: ColourProperties) throws {
        id = "v\(rung.lines)"
        self.rung = rung
        // A segment takes from the bucket at most what it starts with and what flows in: R·(d + ½ s) when the bucket
        // holds R·1 s and is half full. With R = maximum · d/(d + ½ s) that is the maximum times the duration, for
        // each segment alone, and so across seams too.
        let duration = options.segmentDuration.value
        let rate = Int(Double(rung.maximumBitRate) * duration / (duration + 0.5))
        encoding = VideoEncoding(
            width: rung.width, height: rung.height, sampleAspectRatio: rung.sampleAspectRatio,
            timeBase: Rational(Int(timeline.unit), Int(timeline.timescale)), frameRate: timeline.frameRate,
            preset: options.preset, rateFactor: options.rateFactor, bucketRate: rate, bucketSize: rate,
            bucketStart: rate / 2, colour: colour)
        extradata = try Encoder(video: encoding).extradata
        let configuration = try AVCDecoderConfiguration(annexB: extradata)
        header = CMAFTrack(
            timescale: timeline.timescale,
            format: .avc(
                AVCSampleFormat(
                    width: rung.width, height: rung.height,
                    sampleAspectRatioWidth: rung.sampleAspectRatio.numerator,
                    sampleAspectRatioHeight: rung.sampleAspectRatio.denominator,
                    decoderConfiguration: configuration)))
    }
}

/// The plan for the sound.
package struct AudioPlan: Sendable {
    /// Name of the track, for example `a128`.
    package let id: String
    package let stream: StreamDescription
    /// nil where the source does not say.
    package let language: LanguageTag?
    package let encoding: AudioEncoding
    package let header: CMAFTrack
    /// Samples that the encoder puts before the sound's first, which an edit list skips.
    package let padding: Int
    /// Samples per coded frame.
    package let frameSize: Int
    /// Source time of the first picture, in ticks of `originTimeBase`; nil: the first sample's, where there is no video.
    package let origin: Int64?
    package let originTimeBase: Rational
    /// Seconds from the presentation's start to there.
    package let lead: Rational
    /// Seconds, by the container's account.
    package let estimatedDuration: Double
    let boundaries: AudioBoundaries

    /// Sample rates of AAC (ISO/IEC 14496-3 Table 1.18) up to 48 kHz.
    private static let sampleRates: Set<Int> = [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000]

    init?(source: Source.Audio, video: VideoPlan?, segmentDuration: Rational) throws {
        guard (1...768_000).contains(source.facts.sampleRate), (1...64).contains(source.facts.channelCount) else {
            return nil
        }
        let sampleRate = Self.sampleRates.contains(source.facts.sampleRate) ? source.facts.sampleRate : 48_000
        let channelCount = min(source.facts.channelCount, 2)
        // 64 kb/s a channel, less where the standard's limit of 6,144 bits a frame and channel comes near.
        let bitRate = min(64_000, sampleRate * 4) * channelCount
        encoding = AudioEncoding(sampleRate: sampleRate, channelCount: channelCount, bitRate: bitRate)
        id = "a\(bitRate / 1_000)"
        stream = source.stream
        language = source.stream.language.flatMap { LanguageTag($0) }
        let encoder = try Encoder(audio: encoding)
        (padding, frameSize) = (encoder.initialPadding, max(encoder.frameSize, 1))
        origin = video?.timeline.origin
        originTimeBase = video?.timeline.sourceTimeBase ?? source.stream.timeBase
        lead = video.map { Rational(Int($0.timeline.firstFrame), Int($0.timeline.timescale)) } ?? Rational(0)
        let start = video?.timeline.start ?? source.start
        estimatedDuration = max(source.end - start, 0)
        boundaries = AudioBoundaries(
            video: video, segmentDuration: segmentDuration, sampleRate: sampleRate, frameSize: frameSize,
            padding: padding)
        header = CMAFTrack(
            timescale: UInt32(sampleRate), language: language?.iso639 ?? "und",
            format: .aac(
                AACSampleFormat(
                    sampleRate: sampleRate, channelCount: channelCount, audioSpecificConfig: encoder.extradata,
                    averageBitRate: bitRate, maximumBitRate: bitRate)), editMediaTime: Int64(padding))
    }
}

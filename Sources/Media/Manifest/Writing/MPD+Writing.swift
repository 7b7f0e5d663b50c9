package import Presentation

extension MPD {
    /// The manifest of a stored presentation in the library's layout: `TRACK/init.mp4` and `TRACK/00001.m4s` …
    /// under `baseURL`, whatever paths the presentation's own resources have.
    ///
    /// Static, for the profiles "ISO base media file format live" and CMAF (ISO/IEC 23009-1 §8). Tracks of
    /// a set that are cut at the same times share one `SegmentTemplate`.
    /// - Parameter baseURL: a URI reference with a slash at its end, percent-encoded: `../media/NAME/FINGERPRINT/` from a
    ///   library's `manifests/`.
    package init(presentation: Presentation, baseURL: String) {
        self.init()
        profiles = ["urn:mpeg:dash:profile:isoff-live:2011", "urn:mpeg:dash:profile:cmaf:2019"]
        mediaPresentationDuration = presentation.duration
        minBufferTime = presentation.minBufferTime
        let segmentDurations = presentation.switchingSets.flatMap(\.tracks)
            .flatMap { track in track.segments.map { track.seconds($0.duration) } }
        // Rounded up: no segment may be longer, and most durations have no end in decimals.
        maxSegmentDuration = segmentDurations.max().map { ($0 * 1000).rounded(.up) / 1000 }
        title = presentation.title
        baseURLs = [BaseURL(baseURL)]
        var period = Period()
        period.id = "0"
        period.start = 0
        period.adaptationSets = presentation.switchingSets.enumerated()
            .map { AdaptationSet($1, id: String($0 + 1)) }
        periods = [period]
    }
}

extension AdaptationSet {
    fileprivate init(_ set: SwitchingSet, id: String) {
        self.init()
        self.id = id
        lang = set.language
        contentType = set.kind.rawValue
        segmentAlignment = true
        common.startWithSAP = 1
        let mimeTypes = Set(set.tracks.map(\.mimeType))
        common.mimeType = mimeTypes.count == 1 ? mimeTypes.first : nil
        let formats = set.tracks.compactMap(\.video)
        maxWidth = formats.map(\.width).max()
        maxHeight = formats.map(\.height).max()
        maxFrameRate = formats.map(\.frameRate).max { $0.value < $1.value }
        if let largest = formats.max(by: { $0.width * $0.height < $1.width * $1.height }), largest.height > 0 {
            let aspect = Rational(
                largest.width * largest.sampleAspectRatio.numerator,
                largest.height * largest.sampleAspectRatio.denominator)
            par = "\(aspect.numerator):\(aspect.denominator)"
        }
        if set.tracks.contains(where: { $0.segments.contains { $0.ssim != nil } }) {
            common.supplementalProperties = [Descriptor(scheme: Descriptor.measuredSegments, value: "segments.json")]
        }
        let templates = set.tracks.map(SegmentTemplate.init)
        let isShared = Set(templates).count == 1
        if isShared { segments.template = templates.first }
        representations = zip(set.tracks, templates).map { track, template in
            var representation = Representation(track)
            if mimeTypes.count > 1 { representation.common.mimeType = track.mimeType }
            if !isShared { representation.segments.template = template }
            return representation
        }
    }
}

extension Representation {
    fileprivate init(_ track: Track) {
        self.init(id: track.id, bandwidth: track.bandwidth)
        common.codecs = track.codecs
        if let video = track.video {
            common.width = video.width
            common.height = video.height
            common.sar = "\(video.sampleAspectRatio.numerator):\(video.sampleAspectRatio.denominator)"
            common.frameRate = video.frameRate
        }
        if let audio = track.audio {
            common.audioSamplingRate = audio.sampleRate
            common.audioChannelConfigurations = Descriptor.channelConfiguration(audio.channelCount).map { [$0] } ?? []
        }
    }
}

extension Descriptor {
    /// Scheme of the property that names the `segments.json` (``Presentation/SegmentIndex``) with the measured quality of
    /// the segments: its value is a URI reference, relative to the `BaseURL`s in force (ISO/IEC 23009-1 §5.6).
    ///
    /// The standard leaves such schemes to whoever needs one (§5.8.4.9); a UUID (RFC 9562) is nobody else's.
    static let measuredSegments = "urn:uuid:7c0d8b1e-52a6-4f0b-9d6e-3b1f6a2c9e47"

    /// ISO/IEC 23091-3; nil for numbers of channels that have no usual arrangement.
    fileprivate static func channelConfiguration(_ channelCount: Int) -> Descriptor? {
        let codePoint: Int? =
            switch channelCount {
            case 1...6: channelCount
            case 8: 12
            default: nil
            }
        return codePoint.map {
            Descriptor(scheme: "urn:mpeg:mpegB:cicp:ChannelConfiguration", value: String($0))
        }
    }
}

extension SegmentTemplate {
    fileprivate init(_ track: Track) {
        self.init()
        common.base.timescale = track.timescale
        if track.presentationTimeOffset > 0 {
            common.base.presentationTimeOffset = UInt64(track.presentationTimeOffset)
        }
        common.startNumber = UInt64(max(track.segments.first?.number ?? 1, 0))
        common.timeline = SegmentTimeline(track.segments, offset: track.presentationTimeOffset)
        initialization = "$RepresentationID$/init.mp4"
        media = "$RepresentationID$/$Number%05d$.m4s"
    }
}

extension SegmentTimeline {
    /// Equal durations in a row become one run; a time is stated at the start and behind a gap only.
    fileprivate init(_ segments: [Segment], offset: Int64) {
        runs = []
        var end: Int64?
        for segment in segments {
            let time = segment.start + offset
            let duration = UInt64(max(segment.duration, 1))
            if time == end, let last = runs.last, last.duration == duration {
                runs[runs.count - 1].repeatCount += 1
            } else {
                runs.append(Run(time: time == end ? nil : UInt64(max(time, 0)), duration: duration))
            }
            end = time + segment.duration
        }
    }
}

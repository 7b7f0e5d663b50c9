import Presentation

/// Makes switching sets of one period.
struct PeriodReader {
    let period: Period
    let span: PeriodSpan
    /// Of the MPD and the period.
    let baseURLs: BaseURLChain
    private(set) var budget: ReadingBudget
    private(set) var references: KnownReferences

    init(
        _ period: Period, span: PeriodSpan, baseURLs: BaseURLChain, budget: ReadingBudget, references: KnownReferences
    ) {
        self.period = period
        self.span = span
        self.baseURLs = baseURLs
        self.budget = budget
        self.references = references
    }

    /// Video and audio that a client without further knowledge can play; main content first.
    mutating func switchingSets() throws(ManifestError) -> [SwitchingSet] {
        var ranked: [(rank: Int, set: SwitchingSet)] = []
        for adaptationSet in period.adaptationSets {
            guard let set = try switchingSet(adaptationSet) else { continue }
            let roles = adaptationSet.roles.filter { $0.scheme == "urn:mpeg:dash:role:2011" }.map(\.value)
            ranked.append((roles.contains("main") ? 0 : roles.isEmpty ? 1 : 2, set))
        }
        return [0, 1, 2].flatMap { rank in ranked.filter { $0.rank == rank }.map(\.set) }
    }

    private mutating func switchingSet(_ adaptationSet: AdaptationSet) throws(ManifestError) -> SwitchingSet? {
        let setBaseURLs = try baseURLs.appending(adaptationSet.baseURLs)
        var tracks: [Track] = []
        for representation in adaptationSet.representations {
            let common = representation.common.inheriting(from: adaptationSet.common)
            guard common.essentialProperties.allSatisfy(Self.isUnderstood),
                let kind = Self.kind(adaptationSet, common)
            else { continue }
            do {
                tracks.append(
                    try track(
                        representation, common, kind, adaptationSet,
                        try setBaseURLs.appending(representation.baseURLs)))
            } catch {
                throw ManifestError(error.code, "Representation '\(representation.id)': \(error.description)")
            }
        }
        try measure(&tracks, adaptationSet, setBaseURLs)
        // One kind to a set; a set of several is broken, and what is not of the first kind is left out.
        guard let kind = tracks.first?.kind else { return nil }
        let sorted = tracks.filter { $0.kind == kind }.enumerated()
            .sorted { ($0.element.bandwidth, $0.offset) < ($1.element.bandwidth, $1.offset) }
        return SwitchingSet(kind: kind, language: adaptationSet.lang, tracks: sorted.map(\.element))
    }

    private mutating func track(
        _ representation: Representation, _ common: RepresentationBase, _ kind: MediaKind,
        _ adaptationSet: AdaptationSet, _ baseURLs: BaseURLChain
    ) throws(ManifestError) -> Track {
        let addressing = try SegmentAddressing(
            levels: [representation.segments, adaptationSet.segments, period.segments],
            representation: representation, periodDuration: span.duration, baseURLs: baseURLs,
            budget: &budget, references: &references)
        let offset = Int64(addressing.presentationTimeOffset)
        var segments: [Segment] = []
        segments.reserveCapacity(addressing.segments.count)
        for media in addressing.segments {
            let start = Int64(media.time) - offset
            let end = start + Int64(media.duration)
            // What is before the period's start is not presented (§5.3.9.2.2, @presentationTimeOffset).
            guard end > 0 else { continue }
            segments.append(
                Segment(
                    number: segments.count + 1, start: max(start, 0), duration: end - max(start, 0),
                    resource: MediaResource(media.url), bytes: media.bytes))
        }
        guard !segments.isEmpty else {
            throw ManifestError(.malformed, "all segments are before the period's start")
        }
        return Track(
            id: representation.id, kind: kind, codecs: common.codecs ?? "", mimeType: common.mimeType ?? "",
            bandwidth: representation.bandwidth,
            video: kind == .video ? Self.videoFormat(common, adaptationSet) : nil,
            audio: kind == .audio ? Self.audioFormat(common) : nil, timescale: addressing.timescale,
            presentationTimeOffset: offset, hasNominalTimes: addressing.hasNominalTimes,
            initialization: addressing.initialization.map(MediaResource.init),
            segments: segments, baseURLs: baseURLs.urls)
    }

    /// Gives segments the quality that `segments.json` tells, where the adaptation set names one.
    private mutating func measure(
        _ tracks: inout [Track], _ adaptationSet: AdaptationSet, _ baseURLs: BaseURLChain
    ) throws(ManifestError) {
        let property = adaptationSet.common.supplementalProperties.first { $0.scheme == Descriptor.measuredSegments }
        guard let reference = property?.value else { return }
        guard let measured = references.measurement(at: try baseURLs.appending([BaseURL(reference)]).urls) else {
            return
        }
        for index in tracks.indices {
            guard let listed = measured.tracks.first(where: { $0.id == tracks[index].id }),
                listed.timescale == tracks[index].timescale
            else { continue }
            // By time: a manifest may show a part of what was measured.
            let offset = tracks[index].presentationTimeOffset
            let qualities = Dictionary(listed.segments.map { ($0.start, $0.ssim) }) { first, _ in first }
            for segment in tracks[index].segments.indices {
                let time = tracks[index].segments[segment].start + offset
                guard let ssim = qualities[time] ?? nil, (-1...1).contains(ssim) else { continue }
                tracks[index].segments[segment].ssim = ssim
            }
        }
    }

    /// Colour by code points describes pictures without changing how they are fetched.
    private static func isUnderstood(_ property: Descriptor) -> Bool {
        property.scheme.hasPrefix("urn:mpeg:mpegB:cicp:")
    }

    private static func kind(_ adaptationSet: AdaptationSet, _ common: RepresentationBase) -> MediaKind? {
        if let contentType = adaptationSet.contentType { return MediaKind(rawValue: contentType) }
        if let type = common.mimeType?.split(separator: "/").first { return MediaKind(rawValue: String(type)) }
        if common.width != nil { return .video }
        return common.audioSamplingRate != nil ? .audio : nil
    }

    private static func videoFormat(_ common: RepresentationBase, _ adaptationSet: AdaptationSet) -> VideoFormat? {
        guard let width = common.width, let height = common.height, width > 0, height > 0 else { return nil }
        let parts = (common.sar ?? "").split(separator: ":").map { Int32($0) ?? 0 }
        let ratio = parts.count == 2 && parts.allSatisfy { $0 > 0 } ? Rational(Int(parts[0]), Int(parts[1])) : nil
        return VideoFormat(
            width: width, height: height, sampleAspectRatio: ratio ?? Rational(1),
            frameRate: common.frameRate ?? adaptationSet.maxFrameRate ?? Rational(0))
    }

    private static func audioFormat(_ common: RepresentationBase) -> AudioFormat? {
        guard let sampleRate = common.audioSamplingRate else { return nil }
        return AudioFormat(sampleRate: sampleRate, channelCount: common.audioChannelCount ?? 0)
    }
}

extension MediaResource {
    /// Without URL it is the `BaseURL` itself.
    fileprivate init(_ url: URLRange) {
        self.init(path: url.url ?? "", byteRange: url.range)
    }
}

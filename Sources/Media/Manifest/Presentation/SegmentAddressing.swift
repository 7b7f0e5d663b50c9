/// Where and when a representation's segments are, in media time: templates, lists and timelines made plain
/// (ISO/IEC 23009-1 §5.3.9).
struct SegmentAddressing: Sendable {
    struct MediaSegment: Sendable, Hashable {
        /// In ticks of ``SegmentAddressing/timescale``, not yet shifted by the presentation time offset.
        var time: UInt64
        /// In ticks.
        var duration: UInt64
        var url: URLRange
        /// Size in bytes, where an index or a byte range tells.
        var bytes: Int?
    }

    var timescale: UInt32 = 1
    var presentationTimeOffset: UInt64 = 0
    /// Whether no timeline says when each segment really starts.
    var hasNominalTimes = true
    var initialization: URLRange?
    var segments: [MediaSegment] = []

    /// - Parameters:
    ///   - levels: of the representation, the adaptation set and the period. The lowest that says anything decides
    ///     which kind of addressing it is.
    ///   - periodDuration: in seconds, where known.
    ///   - references: where the index of a single file is looked up, or noted as missing.
    init(
        levels: [SegmentInformation], representation: Representation, periodDuration: Double?,
        baseURLs: BaseURLChain, budget: inout ReadingBudget, references: inout KnownReferences
    ) throws(ManifestError) {
        let baseLength = baseURLs.length
        let merged = levels.reversed().reduce(SegmentInformation()) { $1.inheriting(from: $0) }
        let kind = levels.first { $0.template != nil || $0.list != nil || $0.base != nil }
        if kind?.template != nil, let template = merged.template {
            try self.init(template, representation, periodDuration, baseLength, &budget)
        } else if kind?.list != nil, let list = merged.list {
            try self.init(list, periodDuration, baseLength, &budget)
        } else {
            let base = merged.base ?? SegmentBase()
            if let location = SegmentIndexLocation(of: base, baseURLs: baseURLs),
                let index = references.index(at: location)
            {
                try self.init(base, index, at: location, periodDuration, baseLength, &budget)
            } else {
                try self.init(base, periodDuration, baseLength, &budget)
            }
        }
    }

    private init(
        _ template: SegmentTemplate, _ representation: Representation, _ periodDuration: Double?,
        _ baseLength: Int, _ budget: inout ReadingBudget
    ) throws(ManifestError) {
        apply(template.common.base)
        guard let media = template.media else {
            throw ManifestError(.malformed, "SegmentTemplate without @media")
        }
        hasNominalTimes = template.common.timeline == nil
        let pattern = try TemplatePattern(media)
        if let text = template.initialization {
            let url = try TemplatePattern(text)
                .expanded(representationID: representation.id, bandwidth: representation.bandwidth)
            initialization = URLRange(url: url)
        }
        let timing = try SegmentTimes(
            template.common, timescale, presentationTimeOffset, periodDuration, limit: budget.remaining)
        if timing.times.count > 1, !pattern.uses(.number), !pattern.uses(.time) {
            throw ManifestError(.malformed, "the template '\(media)' has neither $Number$ nor $Time$")
        }
        let sample = pattern.expanded(representationID: representation.id, bandwidth: representation.bandwidth)
        try budget.spend(timing.times.count, urlLength: baseLength + sample.utf8.count)
        let startNumber = template.common.startNumber ?? 1
        segments = timing.times.enumerated().map { index, time in
            let url = pattern.expanded(
                representationID: representation.id, bandwidth: representation.bandwidth,
                number: startNumber + UInt64(index), time: time.start)
            return MediaSegment(time: time.start, duration: time.duration, url: URLRange(url: url))
        }
    }

    private init(
        _ list: SegmentList, _ periodDuration: Double?, _ baseLength: Int, _ budget: inout ReadingBudget
    ) throws(ManifestError) {
        apply(list.common.base)
        hasNominalTimes = list.common.timeline == nil
        initialization = list.common.base.initialization
        var common = list.common
        if common.duration == nil, common.timeline == nil, list.segmentURLs.count > 1 {
            throw ManifestError(.malformed, "SegmentList with several segments and neither @duration nor timeline")
        }
        guard !list.segmentURLs.isEmpty else { throw ManifestError(.malformed, "SegmentList without SegmentURL") }
        // There are no more segments than URLs.
        common.endNumber = (common.startNumber ?? 1) + UInt64(list.segmentURLs.count) - 1
        let timing = try SegmentTimes(
            common, timescale, presentationTimeOffset, periodDuration, limit: budget.remaining)
        try budget.spend(timing.times.count, urlLength: baseLength)
        segments = zip(timing.times, list.segmentURLs)
            // The reader ensures that a range's size fits.
            .map { MediaSegment(time: $0.start, duration: $0.duration, url: $1, bytes: $1.range?.count) }
    }

    /// One file; its own header initialises it.
    private init(
        _ base: SegmentBase, _ periodDuration: Double?, _ baseLength: Int, _ budget: inout ReadingBudget
    ) throws(ManifestError) {
        guard let periodDuration else {
            throw ManifestError(.malformed, "neither the period nor its segments have a duration")
        }
        try budget.spend(1, urlLength: baseLength)
        apply(base)
        // A clock of one tick a second could not express the file's length.
        if timescale < 1000, presentationTimeOffset < MultipleSegmentBase.maximumTime / 1000 {
            presentationTimeOffset *= 1000
            timescale *= 1000
        }
        let ticks = UInt64(max((min(periodDuration, PeriodSpan.maximumTime) * Double(timescale)).rounded(), 1))
        segments = [MediaSegment(time: presentationTimeOffset, duration: ticks, url: URLRange())]
    }

    /// One file with an index.
    private init(
        _ base: SegmentBase, _ index: IndexedSegments, at location: SegmentIndexLocation, _ periodDuration: Double?,
        _ baseLength: Int, _ budget: inout ReadingBudget
    ) throws(ManifestError) {
        apply(base)
        // The index counts time in units of its own.
        let offset = Double(presentationTimeOffset) / Double(timescale) * Double(index.timescale)
        let end = periodDuration.map { offset + $0 * Double(index.timescale) } ?? .infinity
        guard offset <= Double(MultipleSegmentBase.maximumTime),
            index.earliestPresentationTime <= MultipleSegmentBase.maximumTime
        else { throw ManifestError(.limitExceeded, "times beyond \(MultipleSegmentBase.maximumTime) ticks") }
        presentationTimeOffset =
            index.timescale == timescale ? presentationTimeOffset : UInt64(max(offset, 0).rounded())
        timescale = index.timescale
        hasNominalTimes = false
        // What is in front of the index, or of the first segment where the index is elsewhere, initialises the file,
        // unless the manifest says something else.
        let header = (location.isApart ? index.segments.first?.byteRange : location.byteRange)?.lowerBound ?? 0
        initialization = base.initialization ?? (header > 0 ? URLRange(range: 0...header - 1) : nil)
        try budget.spend(index.segments.count, urlLength: baseLength)
        var time = index.earliestPresentationTime
        for part in index.segments where part.duration > 0 {
            // Segments from behind the period's end belong to nobody; half a tick is rounding.
            guard Double(time) + 0.5 < end else { break }
            segments.append(
                MediaSegment(
                    time: time, duration: UInt64(part.duration), url: URLRange(range: part.byteRange),
                    bytes: part.byteRange.count))
            time += UInt64(part.duration)
        }
    }

    private mutating func apply(_ base: SegmentBase) {
        timescale = base.timescale ?? 1
        presentationTimeOffset = base.presentationTimeOffset ?? 0
    }
}

/// Start and length of each segment of a `SegmentTemplate` or `SegmentList`, in media ticks.
struct SegmentTimes: Sendable, Hashable {
    struct Time: Sendable, Hashable {
        var start: UInt64
        var duration: UInt64
    }

    private(set) var times: [Time] = []

    init(
        _ common: MultipleSegmentBase, _ timescale: UInt32, _ presentationTimeOffset: UInt64,
        _ periodDuration: Double?, limit: Int
    ) throws(ManifestError) {
        // Rounded up to a tick, but not over a microsecond that is only rounding in the manifest.
        let periodTicks = try periodDuration.map { (seconds) throws(ManifestError) -> UInt64 in
            let ticks = (seconds * Double(timescale) - max(1e-6 * Double(timescale), 1e-6)).rounded(.up)
            guard ticks <= Double(MultipleSegmentBase.maximumTime) else {
                throw ManifestError(.limitExceeded, "a period of \(seconds) s at \(timescale) ticks a second")
            }
            return UInt64(max(ticks, 1))
        }
        var limit = limit
        var isEndKnown = false
        if let last = common.endNumber {
            let first = common.startNumber ?? 1
            guard last >= first else { throw ManifestError(.malformed, "@endNumber \(last) is below @startNumber") }
            limit = min(limit, Int(last - first) + 1)
            isEndKnown = Int(last - first) < limit
        }
        if let timeline = common.timeline {
            try expand(timeline, end: periodTicks.map { $0 + presentationTimeOffset }, limit, isEndKnown)
        } else if let duration = common.duration {
            try divide(periodTicks, by: duration, from: presentationTimeOffset, limit, isEndKnown)
        } else {
            guard let periodTicks else {
                throw ManifestError(.malformed, "neither the period nor its segments have a duration")
            }
            times = [Time(start: presentationTimeOffset, duration: periodTicks)]
        }
    }

    /// Equal segments until the period ends; the last one may be shorter (§5.3.9.5.3).
    private mutating func divide(
        _ periodTicks: UInt64?, by duration: UInt64, from start: UInt64, _ limit: Int, _ isEndKnown: Bool
    ) throws(ManifestError) {
        var count = UInt64(limit)
        if let periodTicks {
            let needed = (periodTicks - 1) / duration + 1
            if needed > count, !isEndKnown { throw Self.tooMany }
            count = min(count, needed)
        } else if !isEndKnown {
            throw ManifestError(.malformed, "segments of equal @duration in a period without an end")
        }
        times.reserveCapacity(Int(count))
        for index in 0..<count {
            let (offset, overflow) = duration.multipliedReportingOverflow(by: index)
            guard !overflow, offset <= MultipleSegmentBase.maximumTime else { throw Self.tooLong }
            let rest = periodTicks.map { $0 - offset } ?? duration
            times.append(Time(start: start + offset, duration: min(duration, rest)))
        }
    }

    /// §5.3.9.6
    private mutating func expand(
        _ timeline: SegmentTimeline, end: UInt64?, _ limit: Int, _ isEndKnown: Bool
    ) throws(ManifestError) {
        var cursor: UInt64 = 0
        for (index, run) in timeline.runs.enumerated() {
            let start = run.time ?? cursor
            if let previous = times.last, start <= previous.start {
                throw ManifestError(.malformed, "S@t \(start) is not behind the segment before it")
            }
            var count = UInt64(max(run.repeatCount, 0)) + 1
            if run.repeatCount < 0 {
                guard let stop = index + 1 < timeline.runs.count ? timeline.runs[index + 1].time : end else {
                    throw ManifestError(.malformed, "S@r is -1 where neither a next S@t nor a period's end stops it")
                }
                guard stop > start else { continue }
                count = (stop - start - 1) / run.duration + 1
            }
            for step in 0..<count {
                guard times.count < limit else {
                    if isEndKnown { return }
                    throw Self.tooMany
                }
                let (offset, overflow) = run.duration.multipliedReportingOverflow(by: step)
                guard !overflow, offset <= MultipleSegmentBase.maximumTime else { throw Self.tooLong }
                // Segments from behind the period's end belong to nobody.
                if let end, start + offset >= end { break }
                times.append(Time(start: start + offset, duration: run.duration))
            }
            let (length, overflow) = run.duration.multipliedReportingOverflow(by: count)
            guard !overflow, length <= MultipleSegmentBase.maximumTime,
                start + length <= MultipleSegmentBase.maximumTime
            else { throw Self.tooLong }
            cursor = start + length
        }
        guard !times.isEmpty else {
            throw ManifestError(.malformed, "a SegmentTimeline without segments in its period")
        }
    }

    private static var tooMany: ManifestError {
        ReadingBudget.exceeded
    }

    private static var tooLong: ManifestError {
        ManifestError(.limitExceeded, "segment times beyond \(MultipleSegmentBase.maximumTime) ticks")
    }
}

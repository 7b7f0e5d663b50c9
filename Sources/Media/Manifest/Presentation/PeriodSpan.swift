/// When a period is on the presentation timeline (ISO/IEC 23009-1 §5.3.2.1).
struct PeriodSpan: Sendable, Hashable {
    /// In seconds from the presentation's start.
    var start: Double
    /// In seconds, above zero; nil when only the segments tell.
    var duration: Double?

    /// In seconds, some thirty years: at any timescale its ticks fit 63 bits.
    static let maximumTime = 1e9

    /// One for each period of `mpd`; the first one starts at 0 whatever its `@start` says.
    static func all(in mpd: MPD) throws(ManifestError) -> [PeriodSpan] {
        var spans: [PeriodSpan] = []
        for (index, period) in mpd.periods.enumerated() {
            let start: Double
            if let explicit = period.start {
                start = explicit
            } else if let previous = spans.last {
                guard let duration = previous.duration else {
                    throw ManifestError(
                        .malformed, "Period \(index + 1) has no @start, and the one before no @duration")
                }
                start = previous.start + duration
            } else {
                start = 0
            }
            guard start + (period.duration ?? 0) <= Self.maximumTime else {
                throw ManifestError(.limitExceeded, "Period \(index + 1) ends later than \(Self.maximumTime) s")
            }
            if let previous = spans.last {
                guard start >= previous.start else {
                    throw ManifestError(.malformed, "Period \(index + 1) starts before the one in front of it")
                }
                spans[index - 1].duration = start - previous.start
            }
            spans.append(PeriodSpan(start: start, duration: period.duration))
        }
        if let total = mpd.mediaPresentationDuration, let last = spans.last, last.duration == nil {
            spans[spans.count - 1].duration = total - last.start
        }
        let origin = spans.first?.start ?? 0
        for index in spans.indices {
            spans[index].start -= origin
            if let duration = spans[index].duration, duration <= 0, index == spans.count - 1 {
                throw ManifestError(.malformed, "Period \(index + 1) lasts \(duration) s")
            }
        }
        return spans
    }
}

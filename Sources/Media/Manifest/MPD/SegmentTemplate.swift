/// `SegmentTemplate`: URLs made from a pattern (ISO/IEC 23009-1 §5.3.9.4).
package struct SegmentTemplate: Sendable, Hashable {
    package var common = MultipleSegmentBase()
    /// Pattern with `$Number$` or `$Time$`.
    package var media: String?
    /// Pattern with neither.
    package var initialization: String?

    package init() {}

    func inheriting(from parent: SegmentTemplate) -> SegmentTemplate {
        var result = self
        result.common = common.inheriting(from: parent.common)
        result.media = media ?? parent.media
        result.initialization = initialization ?? parent.initialization
        return result
    }
}

/// `SegmentList`: every URL spelled out (§5.3.9.3).
package struct SegmentList: Sendable, Hashable {
    package var common = MultipleSegmentBase()
    package var segmentURLs: [URLRange] = []

    package init() {}

    func inheriting(from parent: SegmentList) -> SegmentList {
        var result = self
        result.common = common.inheriting(from: parent.common)
        if segmentURLs.isEmpty { result.segmentURLs = parent.segmentURLs }
        return result
    }
}

/// `SegmentTimeline`: when each segment starts and how long it lasts, equal ones in runs (§5.3.9.6).
package struct SegmentTimeline: Sendable, Hashable {
    package var runs: [Run]

    /// `S`
    package struct Run: Sendable, Hashable {
        /// `@t`, media time in ticks; nil for "where the run before ends", 0 for the first.
        package var time: UInt64?
        /// `@d`, in ticks; above zero.
        package var duration: UInt64
        /// `@r`: how many more segments of this duration follow; −1 for "until the next run or the period's end".
        package var repeatCount: Int

        package init(time: UInt64? = nil, duration: UInt64, repeatCount: Int = 0) {
            self.time = time
            self.duration = duration
            self.repeatCount = repeatCount
        }
    }

    package init(runs: [Run]) {
        self.runs = runs
    }
}

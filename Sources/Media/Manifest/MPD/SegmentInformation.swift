/// How the segments of a representation are found (ISO/IEC 23009-1 §5.3.9): at most one of the three counts, and what
/// a level leaves out it takes from the level above.
package struct SegmentInformation: Sendable, Hashable {
    package var base: SegmentBase?
    package var list: SegmentList?
    package var template: SegmentTemplate?

    package init(base: SegmentBase? = nil, list: SegmentList? = nil, template: SegmentTemplate? = nil) {
        self.base = base
        self.list = list
        self.template = template
    }

    /// This level's information, completed with the level's above.
    func inheriting(from parent: SegmentInformation) -> SegmentInformation {
        SegmentInformation(
            base: base.map { $0.inheriting(from: parent.base ?? SegmentBase()) } ?? parent.base,
            list: list.map { $0.inheriting(from: parent.list ?? SegmentList()) } ?? parent.list,
            template: template.map { $0.inheriting(from: parent.template ?? SegmentTemplate()) } ?? parent.template)
    }
}

/// `SegmentBase`: the whole representation is one file (§5.3.9.2).
package struct SegmentBase: Sendable, Hashable {
    /// Ticks per second; 1 when absent.
    package var timescale: UInt32?
    /// Media time at the period's start, in ticks; 0 when absent.
    package var presentationTimeOffset: UInt64?
    /// Bytes of the segment index (`sidx`).
    package var indexRange: ClosedRange<Int64>?
    package var initialization: URLRange?
    /// The segment index where it is in a file of its own (§5.3.9.2, `RepresentationIndex`).
    package var representationIndex: URLRange?

    package init() {}

    func inheriting(from parent: SegmentBase) -> SegmentBase {
        var result = self
        result.timescale = timescale ?? parent.timescale
        result.presentationTimeOffset = presentationTimeOffset ?? parent.presentationTimeOffset
        result.indexRange = indexRange ?? parent.indexRange
        result.initialization = initialization ?? parent.initialization
        result.representationIndex = representationIndex ?? parent.representationIndex
        return result
    }
}

/// A URL and a part of what it names (§5.3.9.2.2, URLType).
package struct URLRange: Sendable, Hashable {
    /// A URI reference; nil for the `BaseURL` itself.
    package var url: String?
    /// First and last byte, inclusive; nil for the whole.
    package var range: ClosedRange<Int64>?

    package init(url: String? = nil, range: ClosedRange<Int64>? = nil) {
        self.url = url
        self.range = range
    }
}

/// What `SegmentTemplate` and `SegmentList` have in common (§5.3.9.2, MultipleSegmentBaseType).
package struct MultipleSegmentBase: Sendable, Hashable {
    package var base = SegmentBase()
    /// Of every segment, in ticks; the alternative to a timeline.
    package var duration: UInt64?
    /// Number of the first segment; 1 when absent.
    package var startNumber: UInt64?
    /// Number of the last segment.
    package var endNumber: UInt64?
    package var timeline: SegmentTimeline?

    package init() {}

    func inheriting(from parent: MultipleSegmentBase) -> MultipleSegmentBase {
        var result = self
        result.base = base.inheriting(from: parent.base)
        result.startNumber = startNumber ?? parent.startNumber
        result.endNumber = endNumber ?? parent.endNumber
        // A level that states durations one way takes no part of the other way from above.
        if duration == nil, timeline == nil {
            result.duration = parent.duration
            result.timeline = parent.timeline
        }
        return result
    }
}

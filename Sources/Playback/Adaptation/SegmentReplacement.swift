/// A segment that is buffered and may still be fetched in another version before it is shown.
package struct BufferedSegment: Sendable, Hashable {
    /// Index of the segment, counted from 0, and the version that is buffered.
    package var segment: Int
    package var index: Int
    /// Seconds until it is shown, if playback does not stop before.
    package var lead: Double
    /// In seconds.
    package var duration: Double

    package init(segment: Int, index: Int, lead: Double, duration: Double) {
        self.segment = segment
        self.index = index
        self.lead = lead
        self.duration = duration
    }
}

/// The wish to have a buffered segment in another version.
package struct SegmentReplacement: Sendable, Hashable {
    /// Index of the segment, counted from 0: one of those that were offered.
    package var segment: Int
    /// The version to fetch, by its index in the ladder.
    package var index: Int

    package init(segment: Int, index: Int) {
        self.segment = segment
        self.index = index
    }
}

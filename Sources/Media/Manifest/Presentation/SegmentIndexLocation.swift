import Presentation

/// Where the index (`sidx`) of a representation that is one file is (ISO/IEC 23009-1 §5.3.9.2): in that file, by
/// `SegmentBase@indexRange`, or in one of its own, by `RepresentationIndex`.
package struct SegmentIndexLocation: Sendable, Hashable {
    /// Of the file that holds the index: alternatives, absolute, preferred first.
    package let urls: [String]
    /// First and last byte of the index in it; nil for all of it.
    package let byteRange: ClosedRange<Int64>?
    /// Whether the segments are in another file than the index.
    package let isApart: Bool

    /// What `base` says of the file at `baseURLs`; nil where it names no index.
    init?(of base: SegmentBase, baseURLs: BaseURLChain) {
        let apart = base.representationIndex
        if let range = base.indexRange ?? (apart?.url == nil ? apart?.range : nil) {
            (urls, byteRange, isApart) = (baseURLs.urls, range, false)
        } else if let url = apart?.url {
            urls = baseURLs.urls.map { URIReference.resolve(url, against: $0) }
            (byteRange, isApart) = (apart?.range, true)
        } else {
            return nil
        }
    }
}

/// What such an index says (ISO/IEC 14496-12 §8.16.3).
package struct IndexedSegments: Sendable, Hashable {
    /// Ticks per second; above zero.
    package var timescale: UInt32
    /// Of the first segment, in ticks.
    package var earliestPresentationTime: UInt64
    /// In order, without gaps in time.
    package var segments: [Part]

    /// One segment.
    package struct Part: Sendable, Hashable {
        /// In ticks.
        package var duration: UInt32
        /// Its first and last byte in the file.
        package var byteRange: ClosedRange<Int64>

        package init(duration: UInt32, byteRange: ClosedRange<Int64>) {
            self.duration = duration
            self.byteRange = byteRange
        }
    }

    package init(timescale: UInt32, earliestPresentationTime: UInt64, segments: [Part]) {
        self.timescale = timescale
        self.earliestPresentationTime = earliestPresentationTime
        self.segments = segments
    }
}

/// Where the index (`sidx`) of a representation that is one file is (ISO/IEC 23009-1 §5.3.9.2, `SegmentBase@indexRange`).
package struct SegmentIndexLocation: Sendable, Hashable {
    /// Of the file: alternatives, absolute, preferred first.
    package let urls: [String]
    /// First and last byte of the index in it.
    package let byteRange: ClosedRange<Int64>
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

/// The indexes that are known while a manifest is read, and those that it asks for.
struct SegmentIndexes: Sendable {
    let known: [SegmentIndexLocation: IndexedSegments]
    private(set) var missing: [SegmentIndexLocation] = []

    init(_ known: [SegmentIndexLocation: IndexedSegments]) {
        self.known = known
    }

    /// The index at `byteRange` of the file at `urls`; nil, and noted as missing, where it is not known.
    mutating func index(at urls: [String], _ byteRange: ClosedRange<Int64>) -> IndexedSegments? {
        let location = SegmentIndexLocation(urls: urls, byteRange: byteRange)
        if let index = known[location] { return index }
        if !missing.contains(location) { missing.append(location) }
        return nil
    }
}

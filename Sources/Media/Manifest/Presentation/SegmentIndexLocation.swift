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

/// What has to be fetched besides a manifest before all is known of its presentation.
package struct ManifestReferences: Sendable, Hashable {
    /// Indexes, without which segments are not known.
    package internal(set) var indexes: [SegmentIndexLocation] = []
    /// `segments.json` with the quality of segments: of each, alternative URLs, absolute, preferred first. One that cannot
    /// be had leaves the quality unknown.
    package internal(set) var measurements: [[String]] = []
}

/// What is known of such references while a manifest is read, and those that it asks for.
struct SegmentIndexes: Sendable {
    let known: [SegmentIndexLocation: IndexedSegments]
    let measurements: [[String]: SegmentIndex]
    private(set) var missing = ManifestReferences()

    init(_ known: [SegmentIndexLocation: IndexedSegments], _ measurements: [[String]: SegmentIndex]) {
        self.known = known
        self.measurements = measurements
    }

    /// The index at `location`; nil, and noted as missing, where it is not known.
    mutating func index(at location: SegmentIndexLocation) -> IndexedSegments? {
        if let index = known[location] { return index }
        if !missing.indexes.contains(location) { missing.indexes.append(location) }
        return nil
    }

    /// The `segments.json` at `urls`; nil, and noted as missing, where it is not known.
    mutating func measurement(at urls: [String]) -> SegmentIndex? {
        if let measurement = measurements[urls] { return measurement }
        if !missing.measurements.contains(urls) { missing.measurements.append(urls) }
        return nil
    }
}

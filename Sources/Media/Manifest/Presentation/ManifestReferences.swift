import Presentation

/// What has to be fetched besides a manifest before all is known of its presentation.
package struct ManifestReferences: Sendable, Hashable {
    /// Indexes, without which segments are not known.
    package internal(set) var indexes: [SegmentIndexLocation] = []
    /// `segments.json` with the quality of segments: of each, alternative URLs, absolute, preferred first. One that cannot
    /// be had leaves the quality unknown.
    package internal(set) var measurements: [[String]] = []
}

/// What is known of such references while a manifest is read, and those that it asks for.
struct KnownReferences: Sendable {
    let indexes: [SegmentIndexLocation: IndexedSegments]
    let measurements: [[String]: SegmentIndex]
    private(set) var missing = ManifestReferences()

    init(
        indexes: [SegmentIndexLocation: IndexedSegments] = [:], measurements: [[String]: SegmentIndex] = [:]
    ) {
        self.indexes = indexes
        self.measurements = measurements
    }

    /// The index at `location`; nil, and noted as missing, where it is not known.
    mutating func index(at location: SegmentIndexLocation) -> IndexedSegments? {
        if let index = indexes[location] { return index }
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

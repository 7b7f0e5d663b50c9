import Client
package import Presentation

/// What every segment of a presentation weighs: all that a simulation needs of the media.
package struct SegmentSizes: Sendable, Hashable {
    /// Sizes of one track.
    struct TrackSizes: Sendable, Hashable {
        var initialization: Int
        var segments: [Int]
    }

    /// Sizes of one period's tracks.
    private struct PeriodSizes: Sendable, Hashable {
        var video: [TrackSizes]
        var audio: [TrackSizes]
    }

    /// By period and track of the first switching set of each kind, which is what a client plays.
    private let periods: [PeriodSizes]

    /// Nothing larger is believed, in bytes (1 TiB): sums of such sizes, in bits, stay exact integers far beyond any
    /// presentation's length.
    private static let largestObject = 1 << 40

    /// Takes the sizes from a presentation's `segments.json`.
    ///
    /// - Throws: ``SimulationError`` when it does not describe each of the presentation's segments.
    package init(_ index: SegmentIndex, for presentation: Presentation) throws(SimulationError) {
        try self.init(for: presentation) { track throws(SimulationError) in
            guard let listed = index.tracks.first(where: { $0.id == track.id }) else {
                throw SimulationError(description: "segments.json does not describe track \(track.id)")
            }
            return TrackSizes(initialization: listed.initializationBytes, segments: listed.segments.map(\.bytes))
        }
    }

    /// Takes the sizes that ``Segment/bytes`` already holds; initialization segments count as `initializationBytes`.
    ///
    /// - Throws: ``SimulationError`` when one is missing.
    package init(of presentation: Presentation, initializationBytes: Int) throws(SimulationError) {
        try self.init(for: presentation) { track throws(SimulationError) in
            TrackSizes(initialization: initializationBytes, segments: track.segments.compactMap(\.bytes))
        }
    }

    private init(
        for presentation: Presentation, sizes: (Track) throws(SimulationError) -> TrackSizes
    ) throws(SimulationError) {
        var periods: [PeriodSizes] = []
        for sets in presentation.periods {
            func sizesOfSet(_ kind: MediaKind) throws(SimulationError) -> [TrackSizes] {
                guard let set = sets.first(where: { $0.kind == kind }) else { return [] }
                return try set.tracks.map { track throws(SimulationError) in
                    try Self.checked(sizes(track), of: track)
                }
            }
            periods.append(PeriodSizes(video: try sizesOfSet(.video), audio: try sizesOfSet(.audio)))
        }
        self.periods = periods
    }

    /// Bytes of what a session asks for.
    func bytes(of request: SegmentRequest) -> Int {
        let track =
            request.kind == .video
            ? periods[request.period].video[request.track] : periods[request.period].audio[request.track]
        return request.segment.map { track.segments[$0] } ?? track.initialization
    }

    /// - Throws: ``SimulationError`` when `found` are no sizes of all segments of `track`.
    private static func checked(_ found: TrackSizes, of track: Track) throws(SimulationError) -> TrackSizes {
        guard (found.segments + [found.initialization]).allSatisfy((0...largestObject).contains) else {
            throw SimulationError(
                description: "track \(track.id) has a segment of an impossible size; sizes are bytes, from 0 to "
                    + "\(largestObject)")
        }
        guard found.segments.count >= track.segments.count else {
            throw SimulationError(
                description: "the sizes of \(found.segments.count) segments of track \(track.id) are known, "
                    + "of \(track.segments.count) that it has")
        }
        return found
    }
}

/// A simulation that cannot be run.
package struct SimulationError: Error, Sendable, CustomStringConvertible {
    /// What is wrong.
    package let description: String
}

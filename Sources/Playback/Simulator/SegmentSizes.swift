import Client
package import Presentation

/// What every segment of a presentation weighs: all that a simulation needs of the media.
package struct SegmentSizes: Sendable, Hashable {
    /// Sizes of the tracks of one switching set: of each its initialization, then its segments.
    private struct SetSizes: Sendable, Hashable {
        /// Places for a track; some may have fewer segments.
        private let stride: Int
        private var bytes: [Int]

        init(_ tracks: [[Int]]) {
            let stride = tracks.map(\.count).max() ?? 0
            self.stride = stride
            bytes = tracks.flatMap { $0 + Array(repeating: 0, count: stride - $0.count) }
        }

        func bytes(of request: SegmentRequest) -> Int {
            bytes[request.track * stride + (request.segment.map { $0 + 1 } ?? 0)]
        }
    }

    /// By period, of the first switching set of each kind, which is what a client plays.
    private let video: [SetSizes]
    private let audio: [SetSizes]

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
            return [listed.initializationBytes] + listed.segments.map(\.bytes)
        }
    }

    /// Takes the sizes that ``Segment/bytes`` already holds; initialization segments count as `initializationBytes`.
    ///
    /// - Throws: ``SimulationError`` when one is missing.
    package init(of presentation: Presentation, initializationBytes: Int) throws(SimulationError) {
        try self.init(for: presentation) { track throws(SimulationError) in
            [initializationBytes] + track.segments.compactMap(\.bytes)
        }
    }

    /// Takes the sizes of segments and of initialization segments from `bytes`, in bytes. A track without an initialization
    /// segment fetches none.
    ///
    /// - Throws: ``SimulationError`` when one is missing.
    package init(
        of presentation: Presentation, bytes: (Track, MediaResource) -> Int?
    ) throws(SimulationError) {
        try self.init(for: presentation) { track throws(SimulationError) in
            let initialization = track.initialization.map { bytes(track, $0) } ?? 0
            guard let initialization else {
                throw SimulationError(
                    description: "the size of track \(track.id)'s initialization segment is not known")
            }
            return [initialization] + track.segments.compactMap { $0.bytes ?? bytes(track, $0.resource) }
        }
    }

    private init(
        for presentation: Presentation, sizes: (Track) throws(SimulationError) -> [Int]
    ) throws(SimulationError) {
        func sizesOfSets(_ kind: MediaKind) throws(SimulationError) -> [SetSizes] {
            try presentation.periods.map { sets throws(SimulationError) in
                let tracks = sets.first { $0.kind == kind }?.tracks ?? []
                return SetSizes(
                    try tracks.map { track throws(SimulationError) in try Self.checked(sizes(track), of: track) })
            }
        }
        video = try sizesOfSets(.video)
        audio = try sizesOfSets(.audio)
    }

    /// Bytes of what a session asks for.
    func bytes(of request: SegmentRequest) -> Int {
        request.kind == .video
            ? video[request.period].bytes(of: request) : audio[request.period].bytes(of: request)
    }

    /// - Throws: ``SimulationError`` when `found` are no sizes of `track`'s initialization and all its segments.
    private static func checked(_ found: [Int], of track: Track) throws(SimulationError) -> [Int] {
        guard found.allSatisfy((0...largestObject).contains) else {
            throw SimulationError(
                description: "track \(track.id) has a segment of an impossible size; sizes are bytes, from 0 to "
                    + "\(largestObject)")
        }
        guard found.count > track.segments.count else {
            throw SimulationError(
                description: "the sizes of \(found.count - 1) segments of track \(track.id) are known, "
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

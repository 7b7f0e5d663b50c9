import Adaptation
import Presentation

/// What a session knows of one medium: what is buffered, what is on its way, what failed.
struct MediaStream: Sendable {
    let kind: MediaKind
    let tracks: [Track]
    /// When each segment ends on the presentation timeline, in seconds, by the lowest version; boundaries of versions
    /// line up.
    let segmentEnds: [Double]
    /// Segments that are to be played.
    let segmentCount: Int
    /// Chooses the version; nil where there is nothing to choose.
    var rule: (any RateDetermination)?
    /// The version that is played when ``rule`` is nil.
    let fixedTrack: Int

    /// Index of the segment to fetch next.
    var next = 0
    /// The version of the segment before.
    var previous: Int?
    /// Presentation time up to which everything is buffered, in seconds.
    var bufferedEnd = 0.0
    /// Versions whose initialization segment is here.
    var initialized: [Bool]
    var request: ActiveRequest?
    /// Not to be asked before this time.
    var resumeTime = 0.0
    /// The version that a decision chose and that is still to be fetched (after its initialization segment).
    var chosen: Int?
    /// Since when nothing was under way: the end of the segment before.
    var freeSince = 0.0
    var failures = FailureHistory()

    var isDone: Bool { next >= segmentCount || failures.message != nil }
    /// Length of the segment to fetch next, in seconds.
    var nextDuration: Double { duration(ofSegment: next) }

    init(_ set: SwitchingSet, until end: Double, rule: (any RateDetermination)?, fixedTrack: Int) {
        kind = set.kind
        tracks = set.tracks
        let track = set.tracks[0]
        // Versions that disagree on their number of segments are played as far as all go.
        let shared = set.tracks.map(\.segments.count).min() ?? 0
        segmentEnds = track.segments.prefix(shared).map { track.seconds($0.start + $0.duration) }
        let starts = track.segments.prefix(shared).map { track.seconds($0.start) }
        segmentCount = starts.firstIndex { $0 >= end } ?? shared
        self.rule = rule
        self.fixedTrack = fixedTrack
        initialized = set.tracks.map { $0.initialization == nil }
    }

    /// Length of the segment at `index`, in seconds.
    func duration(ofSegment index: Int) -> Double {
        segmentEnds[index] - (index > 0 ? segmentEnds[index - 1] : 0)
    }
}

/// A request that is under way.
struct ActiveRequest: Sendable {
    var request: SegmentRequest
    /// When it was sent.
    var sent: Double
    /// When its response began.
    var firstByte: Double?
    /// When anything last happened to it.
    var latestProgress: Double
    var bytes = 0
    /// What had come through the link in all when this response began.
    var linkBytesAtFirstByte = 0
    /// When the rule is to look at it again; nil when it does not want to.
    var nextLook: Double?
    var facts = ResponseFacts()
}

/// What went wrong with the segment that is being fetched.
struct FailureHistory: Sendable {
    /// When the first request for this segment failed.
    var since: Double?
    /// Failed requests in a row.
    var count = 0
    /// Locations that said that this version of the segment does not exist.
    var missingAt: Set<Int> = []
    /// Versions of this segment that exist nowhere.
    var missingTracks: Set<Int> = []
    /// Why nothing more of this medium will come.
    var message: String?
}

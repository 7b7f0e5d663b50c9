import Adaptation
import Presentation

/// What a session knows of one medium: what is buffered, what is on its way, what failed.
struct MediaStream: Sendable {
    let kind: MediaKind
    /// Versions in the period that is being fetched.
    private(set) var tracks: [Track] = []
    /// When each segment ends on the presentation timeline, in seconds, by the lowest version; boundaries of versions
    /// line up.
    private(set) var segmentEnds: [Double] = []
    /// Segments of the period that are to be played.
    private(set) var segmentCount = 0
    /// Index of the period in ``Presentation/periods``.
    private(set) var period = 0
    /// Segments in the periods before, of which none is counted twice.
    private(set) var earlierSegments = 0
    /// When the first segment of the period starts, in seconds.
    private var start = 0.0
    /// What follows, the next period last.
    private(set) var later: [Content]

    /// One period's versions.
    struct Content: Sendable {
        /// Index in ``Presentation/periods``.
        var period: Int
        var switchingSet: SwitchingSet

        /// Segments that all versions have; versions that disagree are played as far as all go.
        var segmentCount: Int { switchingSet.tracks.map(\.segments.count).min() ?? 0 }

        /// Presentation time at which the last of them ends, in seconds.
        var end: Double {
            let track = switchingSet.tracks[0]
            return track.segments.prefix(segmentCount).last.map { track.seconds($0.start + $0.duration) } ?? 0
        }
    }

    /// Chooses the version; nil where there is nothing to choose.
    var rule: (any RateDetermination)?
    /// How the latest transfers went, kept while a further period will need a rule that knows of them.
    var transfers: [TransferReport] = []

    /// Index of the segment to fetch next.
    var next = 0
    /// The version of the segment before, by index; in a new period the one that comes nearest.
    private(set) var previous: Int?
    /// The version of the segment before, by identifier.
    private(set) var previousID: String?
    /// Presentation time up to which everything from the start on is buffered, in seconds.
    private(set) var bufferedEnd: Double
    /// Versions whose initialization segment is here.
    var initialized: [Bool] = []
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

    /// The version that is played when ``rule`` is nil: the best up to 160 kb/s, else the lowest.
    var fixedTrack: Int { tracks.lastIndex { $0.bandwidth <= 160_000 } ?? 0 }

    /// A medium of which nothing is played before ``enterNextPeriod(until:)``.
    ///
    /// - Parameters:
    ///   - contents: of all periods that have this medium, in order.
    ///   - start: presentation time from which on it is played, in seconds.
    init(_ kind: MediaKind, _ contents: [Content], from start: Double) {
        self.kind = kind
        later = contents.reversed()
        bufferedEnd = start
    }

    /// Moves on to the next period, if there is one, whose segments do not all end before what is buffered.
    ///
    /// - Parameter end: presentation time up to which it is played, in seconds.
    /// - Returns: false when this was the last.
    mutating func enterNextPeriod(until end: Double) -> Bool {
        while let content = later.popLast() {
            earlierSegments += segmentCount
            let rate = previous.map { tracks[$0].bandwidth }
            period = content.period
            tracks = content.switchingSet.tracks
            let track = tracks[0]
            let shared = content.segmentCount
            segmentEnds = track.segments.prefix(shared).map { track.seconds($0.start + $0.duration) }
            let starts = track.segments.prefix(shared).map { track.seconds($0.start) }
            segmentCount = starts.firstIndex { $0 >= end } ?? shared
            next = segmentEnds.prefix(segmentCount).firstIndex { $0 > bufferedEnd } ?? segmentCount
            previous = rate.map { rate in tracks.lastIndex { $0.bandwidth <= rate } ?? 0 }
            initialized = tracks.map { $0.initialization == nil }
            start = period == 0 ? 0 : starts.first ?? 0
            guard next < segmentCount else { continue }
            // Nothing is to be had of what lies between two periods.
            bufferedEnd = max(bufferedEnd, start)
            return true
        }
        return false
    }

    /// The next segment is here, in version `track`.
    mutating func append(_ track: Int) {
        previous = track
        previousID = tracks[track].id
        bufferedEnd = segmentEnds[next]
        next += 1
        chosen = nil
        failures = FailureHistory()
    }

    /// Length of the segment at `index`, in seconds.
    func duration(ofSegment index: Int) -> Double {
        segmentEnds[index] - (index > 0 ? segmentEnds[index - 1] : start)
    }

    /// Number of the segment at `index` in the presentation, counted from 1.
    func number(ofSegment index: Int) -> Int { earlierSegments + index + 1 }
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

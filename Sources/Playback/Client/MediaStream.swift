import Presentation

/// How far a session is with one medium: plain numbers, because every event reads them. What takes memory of its own is
/// in ``StreamSource``.
struct MediaStream: Sendable {
    let kind: MediaKind
    /// Segments of the period that are to be played.
    private(set) var segmentCount = 0
    /// Index of the segment to fetch next, and its length in seconds.
    private(set) var next = 0
    private(set) var nextDuration = 0.0
    /// The version of the segment before, by index; in a new period the one that comes nearest.
    private(set) var previous: Int?
    /// Presentation time up to which everything from the start on is buffered, in seconds.
    private(set) var bufferedEnd: Double

    /// The request under way, which means something only while ``isFetching``: every event touches it, and an optional
    /// would be copied as a whole for each of its fields.
    var transfer = ActiveRequest.none
    private(set) var isFetching = false
    /// The request under way; nil for none.
    var request: ActiveRequest? {
        get { isFetching ? transfer : nil }
        set {
            isFetching = newValue != nil
            if let newValue { transfer = newValue }
        }
    }
    /// Not to be asked before this time.
    var resumeTime = 0.0
    /// The version that a decision chose and that is still to be fetched (after its initialization segment).
    var chosen: Int?
    /// Since when nothing was under way: the end of the segment before.
    var freeSince = 0.0
    /// Failed requests for this segment in a row, and when the first of them was sent.
    var failureCount = 0
    var failingSince: Double?
    /// Whether nothing more of this medium will come.
    var hasFailed = false

    var isDone: Bool { next >= segmentCount || hasFailed }

    /// A medium of which nothing is played before ``enter(_:until:)``.
    ///
    /// - Parameter start: presentation time from which on it is played, in seconds.
    init(_ kind: MediaKind, from start: Double) {
        self.kind = kind
        bufferedEnd = start
    }

    /// Moves on to a period.
    ///
    /// - Parameters:
    ///   - timeline: the period's.
    ///   - former: that of the period before.
    ///   - end: presentation time up to which it is played, in seconds.
    /// - Returns: false when all its segments end before what is buffered, so that there is nothing to fetch of it.
    mutating func enter(_ timeline: MediaTimeline, after former: MediaTimeline?, until end: Double) -> Bool {
        segmentCount = timeline.segmentCount(until: end)
        next = timeline.segmentEnds.prefix(segmentCount).firstIndex { $0 > bufferedEnd } ?? segmentCount
        if let previous, let rate = former?.tracks[previous].bandwidth {
            self.previous = timeline.tracks.lastIndex { $0.bandwidth <= rate } ?? 0
        }
        guard next < segmentCount else { return false }
        nextDuration = timeline.duration(ofSegment: next)
        // Nothing is to be had of what lies between two periods.
        bufferedEnd = max(bufferedEnd, timeline.start)
        return true
    }

    /// The next segment is here, in version `track`.
    mutating func append(_ track: Int, of timeline: MediaTimeline) {
        previous = track
        bufferedEnd = timeline.segmentEnds[next]
        next += 1
        if next < segmentCount { nextDuration = timeline.duration(ofSegment: next) }
        chosen = nil
        forgetFailures()
    }

    /// The segment before the next one was fetched again, in version `track`.
    mutating func replaceLatest(with track: Int) { previous = track }

    mutating func forgetFailures() {
        failureCount = 0
        failingSince = nil
    }
}

/// A request that is under way.
struct ActiveRequest: Sendable {
    var request: SegmentRequest
    /// Locations that have its version, at least 1.
    var locationCount: Int
    /// When it was sent.
    var sent: Double
    /// When its response began.
    var firstByte: Double?
    /// Bytes that its response announces.
    var length: Int?
    /// When anything last happened to it.
    var latestProgress: Double
    var bytes = 0
    /// What had come through the link in all when this response began.
    var linkBytesAtFirstByte = 0
    /// When the rule is to look at it again; infinite when it does not want to.
    var nextLook = Double.infinity
    /// The version that is buffered of the segment, by index, where this is to replace it.
    var replaces: Int?

    /// Of what nothing is under way.
    static let none = ActiveRequest(
        request: SegmentRequest(id: -1, kind: .video, period: 0, track: 0, segment: nil, base: 0), locationCount: 1,
        sent: 0, latestProgress: 0)
}

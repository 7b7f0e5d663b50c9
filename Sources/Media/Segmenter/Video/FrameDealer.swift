internal import FFmpeg

/// Gives each decoded frame its place on the timeline and hands it to its segment's lanes.
///
/// The plan comes from packets; a damaged source decodes to other frames than planned. Each frame goes to the segment in
/// whose time it falls, and a segment that gets none shows the frame before it.
struct FrameDealer {
    /// Decoding started behind what the first missing segment needs.
    struct LostStart: Error {}

    private let plan: VideoPlan
    private let missing: [Int: [VideoTrackPlan]]
    private let pool: EncodingPool
    private let range: ClosedRange<Int>
    /// Whether decoding did not start at the source's start.
    private let isSought: Bool

    /// The segment that is open, or was last; one before the first of the range at the start.
    private var segment: Int
    private var isEmpty = true
    private var lastTick: Int64 = -1
    private var lastFrame: Frame?
    private var hasReachedRange = false
    /// Packets passed over since a seek.
    var skippedPackets = 0
    /// Failures of the decoder since its last frame.
    private(set) var consecutiveFailures = 0
    /// Failures of the decoder, and frames that it had to guess.
    private(set) var damagedFrames = 0

    init(
        plan: VideoPlan, missing: [Int: [VideoTrackPlan]], pool: EncodingPool, range: ClosedRange<Int>, isSought: Bool
    ) {
        self.plan = plan
        self.missing = missing
        self.pool = pool
        self.range = range
        self.isSought = isSought
        segment = range.lowerBound - 1
    }

    /// The decoder could not make sense of something.
    mutating func damage() {
        consecutiveFailures += 1
        damagedFrames += 1
    }

    /// Places a frame.
    /// - Returns: whether it lies behind all that is missing.
    mutating func deal(_ frame: Frame) throws -> Bool {
        consecutiveFailures = 0
        if frame.isDamaged { damagedFrames += 1 }
        // Times that are repeated or go back cannot be shown.
        guard let tick = tick(of: frame), tick >= 0, tick > lastTick else { return false }
        lastTick = tick
        let target = plan.segment(at: tick)
        if target < range.lowerBound {
            lastFrame = frame
            return false
        }
        try enterRange(at: tick)
        if target > range.upperBound {
            try advance(to: range.upperBound + 1, holding: frame)
            return true
        }
        try advance(to: target, holding: frame)
        if missing[target] != nil { try pool.push(frame, at: tick, segment: target) }
        isEmpty = false
        lastFrame = frame
        return false
    }

    /// After a seek, the first segment must come out as if there had been none: nothing on the way may have been
    /// damaged, and the decoder must have been running before the segment's first frame.
    private mutating func enterRange(at tick: Int64) throws {
        guard !hasReachedRange else { return }
        hasReachedRange = true
        guard isSought else { return }
        if damagedFrames > 0 || tick > plan.boundaries[range.lowerBound] { throw LostStart() }
    }

    private func tick(of frame: Frame) -> Int64? {
        let timeline = plan.timeline
        if plan.timestamps == .all { return frame.presentationTime.flatMap { timeline.ticks(ofSourceTime: $0) } }
        if plan.timestamps == .some, let tick = frame.statedTime.flatMap({ timeline.ticks(ofSourceTime: $0) }),
            tick > lastTick,
            tick < timeline.duration
        {
            return tick
        }
        let next = timeline.index(ofFirstFrameAt: max(lastTick + 1, timeline.firstFrame))
        return next < timeline.starts.count ? timeline.starts[next] : nil
    }

    /// Closes segments up to `target` and opens that one, if it is missing. Segments without a frame hold the one
    /// before them, or at the very start the one behind.
    private mutating func advance(to target: Int, holding next: Frame) throws {
        while segment < target {
            try closeSegment(holding: next)
            segment += 1
            isEmpty = true
            if segment <= range.upperBound, let tracks = missing[segment] {
                pool.open(segment: segment, tracks: tracks)
            }
        }
    }

    private mutating func closeSegment(holding next: Frame?) throws {
        guard range.contains(segment), missing[segment] != nil else { return }
        if isEmpty, let held = lastFrame ?? next {
            try pool.push(held, at: plan.boundaries[segment], segment: segment)
        }
        pool.close(segment: segment)
    }

    /// Closes what is left at the source's end.
    /// - Throws: a source that gave no frame at all.
    mutating func finish(source: String) throws {
        guard let lastFrame else {
            if isSought { throw LostStart() }
            throw SegmenterError(.unusableSource, "\(source): not one picture of its video can be decoded")
        }
        try advance(to: range.upperBound, holding: lastFrame)
        try closeSegment(holding: lastFrame)
    }
}

internal import FFmpeg
internal import Foundation

/// Decoded frames on their way into encoders: one lane for each segment × version, served by any number of workers.
///
/// The decoder opens lanes and puts each frame into those of its segment. A worker takes the oldest lane that has
/// frames and that nobody serves, encodes a batch, and gives the lane back; within a lane frames stay in order, so that
/// the result is the same with any number of workers. Frames wait in bounded memory: the decoder blocks while they
/// take more than the budget.
///
/// Sendable: all mutable state is guarded by `condition`, except a lane's encoder and its count, which only the worker
/// touches that marked the lane as busy under it.
final class EncodingPool: @unchecked Sendable {
    /// A decoded frame and how many lanes still need it.
    private final class Pending {
        let frame: Frame
        let tick: Int64
        let bytes: Int
        var uses: Int

        init(_ frame: Frame, _ tick: Int64, uses: Int) {
            self.frame = frame
            self.tick = tick
            self.uses = uses
            bytes = frame.pictureBytes
        }
    }

    private final class Lane {
        let segment: Int
        let track: VideoTrackPlan
        var queue: [Pending] = []
        var isClosed = false
        var isBusy = false
        var encoder: VideoSegmentEncoder?
        /// Frames that came out of the encoder.
        var codedFrames = 0

        init(segment: Int, track: VideoTrackPlan) {
            self.segment = segment
            self.track = track
        }

        var hasWork: Bool { !isBusy && (isClosed || !queue.isEmpty) }
    }

    private let condition = NSCondition()
    private var lanes: [Lane] = []
    private var isClosed = false
    private var failure: (any Error)?
    /// Set with `failure`, for those who work without the lock.
    private let stop = StopFlag()
    private var finished: Set<SegmentKey> = []
    private var waitingBytes = 0
    private var waitingFrames = 0

    private let plan: VideoPlan
    private let sink: any SegmentSink
    private let progress: SegmentationProgress
    private let budget: Int

    /// Frames that a worker encodes before it looks for older work.
    private static let batch = 8
    /// Frames that may always wait, whatever they weigh.
    private static let leastFrames = 8

    /// - Parameter budget: bytes that decoded frames may take while they wait.
    init(plan: VideoPlan, sink: any SegmentSink, progress: SegmentationProgress, budget: Int) {
        self.plan = plan
        self.sink = sink
        self.progress = progress
        self.budget = budget
    }

    // MARK: The decoder's side

    /// Opens a lane for each of `tracks` in `segment` (from 0), later than all before.
    func open(segment: Int, tracks: [VideoTrackPlan]) {
        condition.withLock {
            // The largest version takes longest: it goes first.
            for track in tracks.reversed() { lanes.append(Lane(segment: segment, track: track)) }
        }
    }

    /// Puts a frame into all lanes of `segment`; blocks while too much is waiting.
    /// - Throws: the failure that ended the work elsewhere.
    func push(_ frame: Frame, at tick: Int64, segment: Int) throws {
        try condition.withLock {
            while failure == nil, waitingFrames >= Self.leastFrames, waitingBytes >= budget { condition.wait() }
            if let failure { throw failure }
            let takers = lanes.filter { $0.segment == segment && !$0.isClosed }
            guard !takers.isEmpty else { return }
            let pending = Pending(frame, tick, uses: takers.count)
            for lane in takers { lane.queue.append(pending) }
            waitingBytes += pending.bytes
            waitingFrames += 1
            condition.broadcast()
        }
    }

    /// No more frames for `segment`.
    func close(segment: Int) {
        condition.withLock {
            for lane in lanes where lane.segment == segment { lane.isClosed = true }
            condition.broadcast()
        }
    }

    /// No more segments: workers end once the lanes are empty.
    func close() {
        condition.withLock {
            isClosed = true
            condition.broadcast()
        }
    }

    /// Ends the work everywhere.
    /// - Returns: the first failure, which counts.
    @discardableResult
    func fail(_ error: any Error) -> any Error {
        condition.withLock {
            let first = failure ?? error
            failure = first
            stop.set()
            condition.broadcast()
            return first
        }
    }

    /// Drops all segments that are not finished, so that the decoder may begin again; waits for workers to let go.
    /// - Returns: the segments that are finished.
    /// - Throws: the failure that ended the work elsewhere.
    func restart() throws -> Set<SegmentKey> {
        try condition.withLock {
            for lane in lanes { (lane.queue, lane.isClosed) = ([], false) }
            while failure == nil, lanes.contains(where: \.isBusy) { condition.wait() }
            if let failure { throw failure }
            progress.add(encodedFrames: -lanes.reduce(0) { $0 + $1.codedFrames })
            lanes = []
            (waitingBytes, waitingFrames) = (0, 0)
            return finished
        }
    }

    // MARK: The workers' side

    /// Encodes until everything is done.
    /// - Throws: a failure, its own or another thread's.
    func work() throws {
        while let (lane, batch, isLast) = try nextBatch() {
            do {
                try encode(batch, in: lane, isLast: isLast)
            } catch {
                throw fail(error)
            }
            give(back: lane, after: batch, isDone: isLast)
        }
    }

    private func nextBatch() throws -> (lane: Lane, batch: [Pending], isLast: Bool)? {
        try condition.withLock {
            while true {
                if let failure { throw failure }
                if let lane = lanes.first(where: \.hasWork) {
                    lane.isBusy = true
                    let batch = Array(lane.queue.prefix(Self.batch))
                    lane.queue.removeFirst(batch.count)
                    return (lane, batch, lane.isClosed && lane.queue.isEmpty)
                }
                if isClosed, lanes.isEmpty { return nil }
                condition.wait()
            }
        }
    }

    private func encode(_ batch: [Pending], in lane: Lane, isLast: Bool) throws {
        let encoder: VideoSegmentEncoder
        if let open = lane.encoder {
            encoder = open
        } else {
            encoder = try VideoSegmentEncoder(track: lane.track, plan: plan, segment: lane.segment) {
                [stop, progress, unowned lane] in
                if stop.isSet { throw CancellationError() }
                lane.codedFrames += 1
                progress.add(encodedFrames: 1)
            }
            lane.encoder = encoder
        }
        for pending in batch {
            if stop.isSet { throw CancellationError() }
            try encoder.encode(pending.frame, at: pending.tick)
        }
        guard isLast else { return }
        lane.encoder = nil
        let segment = try encoder.finish()
        try sink.accept(segment)
        progress.add(segments: 1)
    }

    private func give(back lane: Lane, after batch: [Pending], isDone: Bool) {
        condition.withLock {
            lane.isBusy = false
            if isDone {
                finished.insert(SegmentKey(track: lane.track.id, number: lane.segment + 1))
                lanes.removeAll { $0 === lane }
            }
            for pending in batch {
                pending.uses -= 1
                guard pending.uses == 0 else { continue }
                waitingBytes -= pending.bytes
                waitingFrames -= 1
            }
            condition.broadcast()
        }
    }
}

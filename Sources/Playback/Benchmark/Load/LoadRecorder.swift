import QoE
import Synchronization

/// Adds up what all sessions of a load do, while they do it. Its size does not depend on how many there are.
final class LoadRecorder: Sendable {
    /// What was counted so far.
    struct Counts: Sendable {
        /// Of media segments that arrived whole and sound: from the request to the last byte, and to the first.
        var segmentTime = LatencyHistogram()
        var firstByteTime = LatencyHistogram()
        /// Requests that ended, of whatever kind.
        var requests = 0
        /// Those that came to nothing, though nobody gave them up.
        var failedRequests = 0
        /// Those among them whose failure had this name; further kinds are not told apart.
        var failures: [String: Int] = [:]
        var bytes = 0
        var running = 0
        var ended = 0
        var failed = 0
    }

    private let state = Mutex(Counts())
    /// Kinds of failure that are told apart.
    private static let failureLimit = 20

    var counts: Counts { state.withLock { $0 } }

    /// Bytes, and sessions by what they do: cheap enough to be asked for often.
    var progress: (bytes: Int, running: Int, ended: Int, failed: Int) {
        state.withLock { ($0.bytes, $0.running, $0.ended, $0.failed) }
    }

    func begin() { state.withLock { $0.running += 1 } }

    func end(failed: Bool) {
        state.withLock {
            $0.running -= 1
            $0.ended += 1
            if failed { $0.failed += 1 }
        }
    }

    func add(_ event: TraceEvent) {
        guard case .request(let request) = event else { return }
        state.withLock { counts in
            counts.requests += 1
            counts.bytes += request.bytes
            switch request.outcome {
            case RequestRecord.complete:
                guard request.segment != nil, let first = request.firstByte, let last = request.lastByte else { return }
                counts.segmentTime.record(last - request.time)
                counts.firstByteTime.record(first - request.time)
            case RequestRecord.abandoned, "cancelled": break
            case let failure:
                counts.failedRequests += 1
                let isKnown = counts.failures[failure] != nil || counts.failures.count < Self.failureLimit
                counts.failures[isKnown ? failure : "other", default: 0] += 1
            }
        }
    }
}

internal import Synchronization

/// Counts log-ins that failed, by where they came from, and says how long the next answer there has to wait.
///
/// Only the answer to a failure waits, so an owner whose address others guess from is not locked out.
struct FailedLogIns: Sendable {
    private struct Record {
        var failures: Int
        var last: ContinuousClock.Instant
    }

    /// The wait after one failure; each further one doubles it.
    var firstDelay = Duration.seconds(1)
    var longestDelay = Duration.seconds(16)
    /// After so long without failures an address begins anew.
    static let memory = Duration.seconds(600)
    /// Addresses that are remembered.
    static let capacity = 4096

    private var records: [String: Record] = [:]
    var count: Int { records.count }

    init(firstDelay: Duration = .seconds(1), longestDelay: Duration = .seconds(16)) {
        self.firstDelay = firstDelay
        self.longestDelay = longestDelay
    }

    /// Counts a failure.
    ///
    /// - Returns: how long to wait before the peer is told.
    mutating func record(from origin: String, now: ContinuousClock.Instant) -> Duration {
        if records[origin] == nil, records.count >= Self.capacity {
            records = records.filter { now - $0.value.last < Self.memory }
            if records.count >= Self.capacity { records.removeAll() }
        }
        var record = records[origin] ?? Record(failures: 0, last: now)
        if now - record.last >= Self.memory { record.failures = 0 }
        record.failures += 1
        record.last = now
        records[origin] = record
        return min(longestDelay, firstDelay * (1 << min(record.failures - 1, 16)))
    }
}

/// The failed log-ins of all connections of a server, or of several that share it: a guesser gains nothing by connecting anew,
/// nor by turning to another protocol.
package final class FailureLog: Sendable {
    private let log: Mutex<FailedLogIns>

    /// - Parameters:
    ///   - firstDelay: how long the first failure from an address is pondered; each further one doubles it.
    ///   - longestDelay: the longest wait.
    package init(firstDelay: Duration = .seconds(1), longestDelay: Duration = .seconds(16)) {
        log = Mutex(FailedLogIns(firstDelay: firstDelay, longestDelay: longestDelay))
    }

    /// Counts a failure and waits, before the peer is told.
    ///
    /// - Parameter peer: where it came from.
    /// - Throws: `CancellationError`.
    package func ponder(_ peer: Endpoint?) async throws {
        let delay = log.withLock { $0.record(from: peer?.origin ?? "", now: .now) }
        if delay > .zero { try await Task.sleep(for: delay) }
    }
}

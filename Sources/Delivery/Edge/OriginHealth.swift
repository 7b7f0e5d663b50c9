internal import Synchronization

/// Which origin to ask first: in the order given, those that failed lately last.
struct OriginHealth: Sendable {
    private struct Record: Sendable {
        var failures = 0
        /// Until when it is asked after the others, in seconds since 1970.
        var demotedUntil = 0.0
        /// Whether it gave any answer when it was last asked; one that was never asked counts as one that does.
        var answers = true
        /// When that was.
        var lastAsked = -Double.infinity
    }

    private var records: [Record]

    /// - Parameter count: the number of origins; at least one.
    init(count: Int) { records = Array(repeating: Record(), count: count) }

    /// Indices of all origins, in the order in which to ask. A demoted one is still asked when no other answers.
    func order(at now: Double) -> [Int] {
        records.indices.filter { records[$0].demotedUntil <= now }
            + records.indices.filter { records[$0].demotedUntil > now }
    }

    mutating func succeeded(_ index: Int, at now: Double) { records[index] = Record(lastAsked: now) }

    /// An origin gave no answer, or answered that it failed. It is demoted for 1, 2, 4, 8, 16, then 30 seconds.
    mutating func failed(_ index: Int, at now: Double, answered: Bool) {
        records[index].failures += 1
        let seconds = min(Double(1 << min(records[index].failures - 1, 5)), 30)
        records[index].demotedUntil = now + seconds
        records[index].answers = answered
        records[index].lastAsked = now
    }

    /// Whether there is an origin that answered when it was last asked, be it with an error.
    var isAnyAlive: Bool { records.contains { $0.answers } }

    /// Whether an origin answered within the last `seconds`.
    func answered(within seconds: Double, of now: Double) -> Bool {
        records.contains { $0.answers && now - $0.lastAsked < seconds }
    }
}

/// The health of an edge's origins, for all who ask them or want to know.
final class SharedOriginHealth: Sendable {
    private let health: Mutex<OriginHealth>

    init(count: Int) { health = Mutex(OriginHealth(count: count)) }

    func withLock<Result: Sendable>(_ body: (inout sending OriginHealth) -> sending Result) -> Result {
        health.withLock { body(&$0) }
    }

    /// Whether there is an origin that answered when it was last asked.
    var isAnyAlive: Bool { health.withLock { $0.isAnyAlive } }
}

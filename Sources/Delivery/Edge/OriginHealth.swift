/// Which origin to ask first: in the order given, those that failed lately last.
struct OriginHealth: Sendable {
    private struct Record: Sendable {
        var failures = 0
        /// Until when it is asked after the others, in seconds since 1970.
        var demotedUntil = 0.0
    }

    private var records: [Record]

    init(count: Int) { records = Array(repeating: Record(), count: count) }

    /// Indices of all origins, in the order in which to ask. A demoted one is still asked when no other answers.
    func order(at now: Double) -> [Int] {
        records.indices.filter { records[$0].demotedUntil <= now }
            + records.indices.filter { records[$0].demotedUntil > now }
    }

    mutating func succeeded(_ index: Int) { records[index] = Record() }

    /// An origin gave no answer. It is demoted for 1, 2, 4, 8, 16, then 30 seconds.
    mutating func failed(_ index: Int, at now: Double) {
        records[index].failures += 1
        let seconds = min(Double(1 << min(records[index].failures - 1, 5)), 30)
        records[index].demotedUntil = now + seconds
    }

    /// Whether any origin answered when it was last asked.
    func isAnyAlive(at now: Double) -> Bool { records.contains { $0.demotedUntil <= now } }
}

/// When an edge counts as ill and when as well again.
package struct HealthRules: Sendable, Hashable {
    /// Seconds between checks.
    package var interval = 2.0
    /// Seconds that a check may take.
    package var timeout = 1.0
    /// Checks that have to succeed one after the other before an ill edge is well.
    package var rise = 2
    /// Checks that have to fail one after the other before an edge is ill.
    package var fall = 2
    /// Seconds after which a check says nothing any more.
    package var staleness: Double { 3 * interval + timeout }
    /// Seconds until a dead edge is known to be, at most: a failure may just have been missed, and each may take its time.
    package var detectionTime: Double { Double(fall) * (interval * 1.1 + timeout) }

    package init() {}
}

/// When an edge counts as overloaded and when no more.
package struct LoadRules: Sendable, Hashable {
    /// Share of its capacity that is in use, from 0.
    package var overloaded = 0.9
    /// The share below which it is no longer overloaded; not above ``overloaded``.
    package var relieved = 0.8
    /// Seconds after which a report says nothing any more.
    package var staleness = 15.0

    package init() {}
}

/// What is known about an edge: the results of checks, and its own reports.
package struct EdgeStatus: Sendable, Hashable {
    /// Whether an edge answers, by checks in a row of one result; see ``HealthRules``.
    package enum Health: String, Sendable, Hashable {
        /// Nobody has looked, or not for a while: it may be used.
        case unknown
        case healthy
        case ill
    }

    /// What an edge carries.
    package struct Load: Sendable, Hashable {
        package var connections: Double
        /// Bits per second; nil until two reports tell.
        package var rate: Double?
        /// Share of the capacity that is in use; nil without a capacity.
        package var share: Double?
    }

    private var result = Health.unknown
    /// Checks of the same result, one after the other.
    package private(set) var streak = 0
    private var lastFailed = false
    /// When the last check ended; nil before the first.
    package private(set) var checkedAt: Double?
    /// When the edge became what it is.
    package private(set) var changedAt: Double?
    /// Why the last check failed, in one line; nil when it did not.
    package private(set) var complaint: String?
    private var report: LoadReport?
    private var reportedAt = -Double.infinity
    private var lastLoad: Load?
    private var isAboveLimit = false

    package init() {}

    /// A check has ended.
    ///
    /// - Parameters:
    ///   - complaint: why it failed; nil when it did not.
    ///   - now: seconds of any clock that does not go back.
    ///   - rules: when the edge changes.
    /// - Returns: what the edge has become, if that is something else.
    @discardableResult
    package mutating func checked(_ complaint: String?, at now: Double, _ rules: HealthRules) -> Health? {
        let before = health(at: now, rules)
        let failed = complaint != nil
        streak = failed == lastFailed && checkedAt != nil ? streak + 1 : 1
        lastFailed = failed
        checkedAt = now
        self.complaint = complaint
        // Whoever knows nothing believes the first check.
        if before == .unknown || streak >= (failed ? rules.fall : rules.rise) {
            result = failed ? .ill : .healthy
        }
        guard result != before else { return nil }
        changedAt = now
        return result
    }

    /// An edge has told its load.
    package mutating func reported(
        _ load: LoadReport, at now: Double, _ capacity: RoutedEdge.Capacity, _ rules: LoadRules
    ) {
        var rate: Double?
        // A counter that went back is that of a new process.
        if let report, now > reportedAt, load.sentBytes >= report.sentBytes {
            rate = (load.sentBytes - report.sentBytes) * 8 / (now - reportedAt)
        }
        (report, reportedAt) = (load, now)
        let shares = [
            capacity.connections.map { load.connections / $0 },
            capacity.rate.flatMap { limit in rate.map { $0 / limit } },
        ].compactMap(\.self)
        lastLoad = Load(connections: load.connections, rate: rate, share: shares.max())
        if let share = shares.max() {
            isAboveLimit = share >= (isAboveLimit ? rules.relieved : rules.overloaded)
        } else {
            isAboveLimit = false
        }
    }

    /// What the checks say; `unknown` when the last one is too long ago.
    package func health(at now: Double, _ rules: HealthRules) -> Health {
        guard let checkedAt, now - checkedAt <= rules.staleness else { return .unknown }
        return result
    }

    /// Nil when the edge has told nothing lately.
    package func load(at now: Double, _ rules: LoadRules) -> Load? {
        now - reportedAt <= rules.staleness ? lastLoad : nil
    }

    /// Whether it carries more than it should, by a report that is not too old.
    package func isOverloaded(at now: Double, _ rules: LoadRules) -> Bool {
        isAboveLimit && load(at: now, rules) != nil
    }
}

import NetworkEmulation
package import QoE

/// One session of a load.
package struct LoadSession: Sendable {
    /// Counted from 1, in the order of their starts.
    package var client: Int
    package var summary: PlaybackSummary
    /// What went wrong, when it failed.
    package var failure: String?
    /// What it took of the link, and when.
    package var activity: SessionActivity

    package init(client: Int, summary: PlaybackSummary, failure: String?, activity: SessionActivity) {
        self.client = client
        self.summary = summary
        self.failure = failure
        self.activity = activity
    }
}

/// What the sessions of a load came to.
package struct LoadResults: Sendable {
    package let plan: LoadPlan
    /// Seconds from one session's start to the next.
    package let stagger: Double
    /// From the first session's start to the last one's end, in seconds.
    package let duration: Double
    /// Those that began, in the order of their starts.
    package let sessions: [LoadSession]
    package let sharing: LinkSharing
    /// Of media segments that arrived: from the request to the last byte, and to the first.
    package let segmentTime: LatencyHistogram
    package let firstByteTime: LatencyHistogram
    /// Requests that ended, of every kind; those that failed; and why.
    package let requests: Int
    package let failedRequests: Int
    package let requestFailures: [Tally]
    /// Of bodies that arrived.
    package let bytes: Int
    /// What this process used of the machine.
    package let usage: ProcessUsage

    /// How often something happened.
    package struct Tally: Sendable, Hashable, Codable {
        package var reason: String
        package var count: Int
    }

    /// How a value is spread over the sessions.
    package struct Spread: Sendable, Hashable, Codable {
        package var mean: Double
        package var minimum: Double
        package var median: Double
        /// What 95 % of the sessions do not exceed.
        package var p95: Double
        package var maximum: Double

        /// - Returns: nil without values.
        init?(of values: [Double]) {
            let sorted = values.sorted()
            guard let first = sorted.first, let last = sorted.last else { return nil }
            mean = sorted.reduce(0, +) / Double(sorted.count)
            (minimum, maximum) = (first, last)
            // The nearest rank.
            func value(at share: Double) -> Double {
                sorted[max(Int((share * Double(sorted.count)).rounded(.up)) - 1, 0)]
            }
            (median, p95) = (value(at: 0.5), value(at: 0.95))
        }
    }

    init(
        plan: LoadPlan, stagger: Double, duration: Double, sessions: [LoadSession], counts: LoadRecorder.Counts,
        usage: ProcessUsage
    ) {
        self.plan = plan
        self.stagger = stagger
        self.duration = duration
        self.sessions = sessions
        sharing = LinkSharing(
            of: sessions.map { SharedSession(activity: $0.activity, summary: $0.summary) },
            capacity: plan.profile.map { profile in { profile.bits(from: $0, to: $1) } })
        segmentTime = counts.segmentTime
        firstByteTime = counts.firstByteTime
        requests = counts.requests
        failedRequests = counts.failedRequests
        requestFailures = Self.tallies(counts.failures)
        bytes = counts.bytes
        self.usage = usage
    }

    private static func tallies(_ counts: [String: Int]) -> [Tally] {
        counts.map { Tally(reason: $0.key, count: $0.value) }
            .sorted { ($1.count, $0.reason) < ($0.count, $1.reason) }
    }

    /// Sessions whose outcome is `outcome`.
    package func count(_ outcome: String) -> Int { sessions.count { $0.summary.outcome == outcome } }

    /// Sessions that a signal kept from beginning.
    package var notBegun: Int { plan.clients - sessions.count }

    /// Why sessions failed; of more than 20 reasons the most frequent.
    package var failures: [Tally] {
        Array(
            Self.tallies(sessions.compactMap(\.failure).reduce(into: [:]) { $0[$1, default: 0] += 1 }).prefix(20))
    }

    /// Requests that ended in a second, and bits of bodies that arrived in one.
    package var requestsPerSecond: Double { duration > 0 ? Double(requests) / duration : 0 }
    package var throughput: Double { duration > 0 ? Double(bytes) * 8 / duration : 0 }

    /// Sessions that played something, rather than failed before.
    private var shown: [PlaybackSummary] { sessions.map(\.summary).filter(\.hasQuality) }

    package var meanBitRate: Spread? { Spread(of: shown.map(\.meanBitRate)) }
    package var startupDelay: Spread? { Spread(of: sessions.compactMap(\.summary.startupDelay)) }
    package var stallRatio: Spread? { Spread(of: shown.map(\.stallRatio)) }
    package var qoe: Spread? { Spread(of: shown.map(\.qoe)) }
    package var stallCount: Int { sessions.reduce(0) { $0 + $1.summary.stallCount } }
    package var stalledSessions: Int { sessions.count { $0.summary.stallCount > 0 } }
    package var switchCount: Int { sessions.reduce(0) { $0 + $1.summary.switchCount } }
}

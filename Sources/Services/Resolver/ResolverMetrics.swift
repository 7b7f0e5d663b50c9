internal import DNS
package import Metrics

/// What a resolver counts.
package struct ResolverMetrics: Sendable {
    /// What the metrics mean, for a registry that tells.
    package static let help = [
        "headwater_resolver_answers_total": "Answers to clients, by where they come from.",
        "headwater_resolver_queries_total": "Questions to servers.",
        "headwater_resolver_query_timeouts_total": "Questions that servers did not answer in time.",
        "headwater_resolver_refused_total": "Questions of strangers.",
    ]

    let hits: Counter
    let queries: Counter
    let timeouts: Counter
    let refusals: Counter
    private let answered: Counter
    private let stale: Counter
    private let failed: Counter

    /// - Parameter factory: makes the counters; the system's if not given.
    package init(factory: any MetricsFactory = MetricsSystem.factory) {
        func counter(_ name: String, _ dimensions: [(String, String)] = []) -> Counter {
            Counter(label: "headwater_resolver_" + name, dimensions: dimensions, factory: factory)
        }
        hits = counter("answers_total", [("from", "cache")])
        answered = counter("answers_total", [("from", "servers")])
        stale = counter("answers_total", [("from", "stale")])
        failed = counter("answers_total", [("from", "nowhere")])
        queries = counter("queries_total")
        timeouts = counter("query_timeouts_total")
        refusals = counter("refused_total")
    }

    func note(_ resolution: Resolution) {
        (resolution.failure != nil ? failed : resolution.isStale ? stale : answered).increment()
    }
}

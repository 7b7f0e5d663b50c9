package import Metrics

/// What an edge counts beside its connections.
package final class EdgeMetrics: Sendable {
    /// What the metrics mean, for a registry that tells.
    package static let help: [String: String] = [
        "headwater_edge_hits_total": "Requests answered from the cache, stale answers included.",
        "headwater_edge_misses_total": "Requests that began a fetch from an origin.",
        "headwater_edge_coalesced_total": "Requests that waited for another request's fetch.",
        "headwater_edge_stale_total": "Requests answered with a stale response, by reason.",
        "headwater_edge_revalidated_total": "Stored responses that an origin declared still good.",
        "headwater_edge_bypassed_total": "Requests passed through without caching.",
        "headwater_edge_evictions_total": "Stored objects given up for others.",
        "headwater_edge_stored_bytes": "Bytes that stored responses take.",
        "headwater_edge_stored_objects": "Stored objects.",
        "headwater_edge_upstream_requests_total": "Requests sent to origins, by outcome.",
        "headwater_edge_upstream_bytes_total": "Bytes of bodies received from origins.",
        "headwater_edge_failed_fills_total": "Responses from origins that ended too early.",
    ]

    private let hits: Counter
    private let misses: Counter
    private let coalesced: Counter
    private let staleWhileRevalidate: Counter
    private let staleIfError: Counter
    private let revalidated: Counter
    private let bypassed: Counter
    private let evictions: Counter
    private let storedBytes: Meter
    private let storedObjects: Meter
    private let upstreamAnswered: Counter
    private let upstreamFailed: Counter
    private let upstreamBytes: Counter
    private let failedFills: Counter

    /// - Parameter factory: where the counters live.
    package init(factory: any MetricsFactory) {
        func counter(_ name: String, _ dimensions: [(String, String)] = []) -> Counter {
            Counter(label: "headwater_edge_" + name, dimensions: dimensions, factory: factory)
        }
        hits = counter("hits_total")
        misses = counter("misses_total")
        coalesced = counter("coalesced_total")
        staleWhileRevalidate = counter("stale_total", [("reason", "revalidating")])
        staleIfError = counter("stale_total", [("reason", "error")])
        revalidated = counter("revalidated_total")
        bypassed = counter("bypassed_total")
        evictions = counter("evictions_total")
        storedBytes = Meter(label: "headwater_edge_stored_bytes", factory: factory)
        storedObjects = Meter(label: "headwater_edge_stored_objects", factory: factory)
        upstreamAnswered = counter("upstream_requests_total", [("outcome", "answered")])
        upstreamFailed = counter("upstream_requests_total", [("outcome", "failed")])
        upstreamBytes = counter("upstream_bytes_total")
        failedFills = counter("failed_fills_total")
    }

    func hit() { hits.increment() }
    func missed() { misses.increment() }
    func joined() { coalesced.increment() }
    func servedStaleWhileRevalidating() { staleWhileRevalidate.increment() }
    func servedStaleOnError() { staleIfError.increment() }
    func validated() { revalidated.increment() }
    func passed() { bypassed.increment() }
    func originAnswered() { upstreamAnswered.increment() }
    func originFailed() { upstreamFailed.increment() }
    func received(bytes: Int) { upstreamBytes.increment(by: bytes) }
    func fillFailed() { failedFills.increment() }

    func cacheChanged(weight: Int, count: Int, evictions: Int) {
        storedBytes.set(weight)
        storedObjects.set(count)
        if evictions > 0 { self.evictions.increment(by: evictions) }
    }
}

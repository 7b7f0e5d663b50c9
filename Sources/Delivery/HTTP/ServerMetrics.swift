package import Metrics
internal import Synchronization

/// What every server here counts about the connections that it accepts.
package final class ServerMetrics: Sendable {
    private let factory: any MetricsFactory
    private let requests = Mutex<[Int: Counter]>([:])
    private let sentBytes: Counter
    private let connections: Meter
    private let refusedConnections: Counter

    /// What the metrics mean, for a registry that tells.
    package static let help: [String: String] = [
        "headwater_http_requests_total": "Responses sent, by status code.",
        "headwater_http_sent_bytes_total": "Bytes written to clients, heads included.",
        "headwater_http_connections": "Client connections open now.",
        "headwater_http_refused_connections_total": "Connections refused because too many were open.",
    ]

    /// - Parameter factory: where the counters live; a server without administration takes `NOOPMetricsHandler`.
    package init(factory: any MetricsFactory) {
        self.factory = factory
        sentBytes = Counter(label: "headwater_http_sent_bytes_total", factory: factory)
        connections = Meter(label: "headwater_http_connections", factory: factory)
        refusedConnections = Counter(label: "headwater_http_refused_connections_total", factory: factory)
    }

    func connectionOpened() { connections.increment() }
    func connectionClosed() { connections.decrement() }
    func connectionRefused() { refusedConnections.increment() }
    func sent(bytes: Int) { sentBytes.increment(by: bytes) }

    func responded(status: Int) {
        let counter = requests.withLock { counters in
            if let counter = counters[status] { return counter }
            let counter = Counter(
                label: "headwater_http_requests_total", dimensions: [("status", String(status))], factory: factory)
            counters[status] = counter
            return counter
        }
        counter.increment()
    }
}

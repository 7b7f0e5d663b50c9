package import Metrics
internal import Routing
internal import Synchronization

/// What is counted where viewers are sent to edges.
package final class SteeringMetrics: Sendable {
    /// What the metrics mean, for a registry that tells.
    package static let help: [String: String] = [
        "headwater_routing_answers_total": "Answers by the edge that they name first.",
        "headwater_routing_decisions_total": "Decisions, by how they came out.",
        "headwater_routing_checks_total": "Health checks, by edge and outcome.",
        "headwater_routing_edge_up": "Whether an edge is well: 1, 0, or 0.5 when nobody looks.",
        "headwater_routing_edge_load": "Share of an edge's capacity that is in use, as it reports.",
    ]

    private let factory: any MetricsFactory
    private let counters = Mutex<[[String]: Counter]>([:])

    /// - Parameter factory: where the counters live.
    package init(factory: any MetricsFactory) { self.factory = factory }

    private func count(_ name: String, _ dimensions: (String, String)...) {
        let key = [name] + dimensions.map(\.1)
        let counter = counters.withLock { counters in
            if let known = counters[key] { return known }
            let new = Counter(label: "headwater_routing_" + name, dimensions: dimensions, factory: factory)
            counters[key] = new
            return new
        }
        counter.increment()
    }

    func checked(_ edge: String, succeeded: Bool) {
        count("checks_total", ("edge", edge), ("outcome", succeeded ? "succeeded" : "failed"))
    }

    func decided(_ decision: RoutingDecision) {
        count("decisions_total", ("verdict", decision.verdict.rawValue))
        if let edge = decision.edges.first { count("answers_total", ("edge", edge.name)) }
    }

    private func meter(_ name: String, _ edge: String) -> Meter {
        Meter(label: "headwater_routing_edge_" + name, dimensions: [("edge", edge)], factory: factory)
    }

    func show(_ edge: String, health: EdgeStatus.Health) {
        meter("up", edge).set(health == .healthy ? 1 : health == .ill ? 0 : 0.5)
    }

    func show(_ edge: String, load: Double) { meter("load", edge).set(load) }

    /// An edge is no more; what was counted of it stays.
    func forget(_ edge: String) {
        meter("up", edge).destroy()
        meter("load", edge).destroy()
    }
}

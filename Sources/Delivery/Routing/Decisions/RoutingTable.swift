/// Edges, where clients are, and policies: all that decisions are made from beside the edges' state.
package struct RoutingTable: Sendable {
    /// A policy and what can be worked out before anybody asks.
    struct Plan: Sendable {
        var policy: RoutingPolicy
        var edges: [RoutedEdge]
        /// How near each edge is, from 0, for each kind of location: those from which all edges are in the same order of
        /// nearness are one kind.
        var tiers: [[Int]] = []
        var kinds: [Location?: Int] = [:]
        var cells4 = AddressCells([], width: 32, rest: 0)
        var cells6 = AddressCells([], width: 128, rest: 0)
    }

    /// In the order of their names.
    package let edges: [RoutedEdge]
    /// For each region those that come next when none of its own edges can be used, the nearest first.
    package let regions: [String: [String]]
    package let clients: ClientMap
    package let health: HealthRules
    package let load: LoadRules
    private(set) var plans: [String: Plan] = [:]
    /// What is odd but can be used, one line each.
    package private(set) var warnings: [String] = []

    /// - Throws: ``RoutingError/Code/malformed`` for edges of one name, and policies without edges or with unknown ones.
    package init(
        edges: [RoutedEdge], regions: [String: [String]] = [:], clients: ClientMap = ClientMap(),
        policies: [RoutingPolicy], health: HealthRules = HealthRules(), load: LoadRules = LoadRules()
    ) throws(RoutingError) {
        self.edges = edges.sorted { $0.name < $1.name }
        self.regions = regions
        self.clients = clients
        self.health = health
        var load = load
        // A report that is just due is not old.
        load.staleness = max(load.staleness, health.staleness)
        self.load = load
        guard Set(edges.map(\.name)).count == edges.count else {
            throw RoutingError(.malformed, "two edges have the same name")
        }
        for policy in policies {
            var chosen = self.edges
            if let names = policy.edges {
                chosen = chosen.filter { names.contains($0.name) }
                if let unknown = names.first(where: { name in !chosen.contains { $0.name == name } }) {
                    throw RoutingError(
                        .malformed, "the policy \(policy.name) names the edge \(unknown), which is not among the edges")
                }
            }
            guard !chosen.isEmpty else { throw RoutingError(.malformed, "the policy \(policy.name) has no edges") }
            guard plans.updateValue(plan(policy, chosen), forKey: policy.name) == nil else {
                throw RoutingError(.malformed, "two policies are called \(policy.name)")
            }
        }
        warnings = oddities
    }

    package var policies: [RoutingPolicy] { plans.values.map(\.policy).sorted { $0.name < $1.name } }

    package func policy(_ name: String) -> RoutingPolicy? { plans[name]?.policy }

    private func plan(_ policy: RoutingPolicy, _ edges: [RoutedEdge]) -> Plan {
        var plan = Plan(policy: policy, edges: edges)
        var known: [[Int]: Int] = [:]
        func kind(of location: Location?) -> Int {
            if let kind = plan.kinds[location] { return kind }
            let distances = edges.map { distance(from: location, to: $0.location, policy) }
            let order = Set(distances).sorted()
            let tiers = distances.map { order.firstIndex(of: $0) ?? 0 }
            let kind = known[tiers] ?? plan.tiers.count
            if kind == plan.tiers.count { plan.tiers.append(tiers) }
            known[tiers] = kind
            plan.kinds[location] = kind
            return kind
        }
        plan.cells4 = clients.cells(isIPv6: false) { kind(of: $0) }
        plan.cells6 = clients.cells(isIPv6: true) { kind(of: $0) }
        return plan
    }

    /// How far an edge is from a client.
    func distance(from client: Location?, to edge: Location, _ policy: RoutingPolicy) -> Distance {
        guard let client, policy.prefersNear else { return .elsewhere }
        if client.region == edge.region {
            return client.site != nil && client.site == edge.site ? .site : .region
        }
        guard let choice = regions[client.region]?.firstIndex(of: edge.region) else { return .elsewhere }
        return .fallback(choice + 1)
    }

    private var oddities: [String] {
        let withEdges = Set(edges.map(\.location.region))
        var lines: [String] = []
        for region in Set(clients.locations.map(\.region)).sorted()
        where !withEdges.contains(region) && regions[region] == nil {
            lines.append("clients are in the region \(region), which has neither edges nor an order of others")
        }
        for (region, choices) in regions.sorted(by: { $0.key < $1.key }) {
            for choice in choices where !withEdges.contains(choice) {
                lines.append("the region \(region) falls back to \(choice), which has no edges")
            }
        }
        for policy in policies where edges.contains(where: { $0.check != nil }) {
            guard health.detectionTime > Double(policy.ttl) else { continue }
            let seconds = (health.detectionTime * 10).rounded() / 10
            lines.append(
                "the policy \(policy.name) has a ttl of \(policy.ttl) s, but a dead edge may be noticed only after "
                    + "\(seconds) s: check more often")
        }
        return lines
    }
}

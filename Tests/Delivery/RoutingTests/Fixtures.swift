import DNS

@testable import Routing

/// A table in few words.
func makeTable(
    _ edges: [RoutedEdge], regions: [String: [String]] = [:], clients: [String: String] = [:],
    health: HealthRules = HealthRules(), load: LoadRules = LoadRules(),
    _ change: (inout RoutingPolicy) -> Void = { _ in }
) throws -> RoutingTable {
    var locations: [IPNetwork: Location] = [:]
    for (network, location) in clients { locations[IPNetwork(network)!] = Location(location)! }
    var policy = RoutingPolicy(name: "p")
    change(&policy)
    return try RoutingTable(
        edges: edges, regions: regions, clients: ClientMap(locations), policies: [policy], health: health, load: load)
}

/// An edge at `location`, with addresses, 192.0.2.1 if none are given.
func edge(
    _ name: String, _ location: String, _ addresses: [String] = ["192.0.2.1"],
    _ change: (inout RoutedEdge) -> Void = { _ in }
) -> RoutedEdge {
    var edge = RoutedEdge(name: name, addresses: addresses.map { IPAddress($0)! }, location: Location(location)!)
    change(&edge)
    return edge
}

extension RoutingTable {
    /// A decision by the only policy.
    func decide(
        _ client: String, _ statuses: [String: EdgeStatus] = [:], name: String = "video.cdn.test.", bits: Int? = nil,
        wantsIPv6: Bool = false, kept: String? = nil, now: Double = 0
    ) -> RoutingDecision {
        decide(
            Request(
                name: try! DomainName(name), policy: "p", client: RoutedClient(address: IPAddress(client)!, bits: bits),
                wantsIPv6: wantsIPv6, kept: kept), statuses, now: now)!
    }
}

extension RoutingDecision {
    /// Names of the edges of the answer.
    var names: [String] { edges.map(\.name) }

    func outcome(_ edge: String) -> Outcome? { candidates.first { $0.edge.name == edge }?.outcome }
}

extension EdgeStatus {
    /// Of an edge that was just found ill.
    static func ill(_ complaint: String = "refused", at now: Double = 0) -> EdgeStatus {
        var status = EdgeStatus()
        status.checked(complaint, at: now, HealthRules())
        return status
    }

    /// Of an edge with so many of its connections in use.
    static func loaded(_ share: Double, at now: Double = 0) -> EdgeStatus {
        var status = EdgeStatus()
        status.reported(
            LoadReport(connections: share * 1_000, sentBytes: 0), at: now, RoutedEdge.Capacity(connections: 1_000),
            LoadRules())
        return status
    }
}

internal import DNS
internal import Routing

/// An edge and what is known of it, for people and programs.
package struct EdgeReport: Sendable, Codable, Hashable {
    package var name: String
    package var addresses: [String]
    package var location: String
    package var weight: Double
    /// What its operator wants: `active`, `drain` or `off`.
    package var state: String
    /// `healthy`, `ill` or `unknown`.
    package var health: String
    /// Why the last check failed.
    package var complaint: String?
    /// Checks of the same result, one after the other.
    package var streak: Int
    /// Seconds since the last check.
    package var checkedAgo: Double?
    /// Seconds since it became what it is.
    package var changedAgo: Double?
    package var connections: Double?
    /// Bits per second.
    package var rate: Double?
    /// Share of its capacity that is in use.
    package var load: Double?
    package var isOverloaded: Bool

    init(_ edge: RoutedEdge, _ status: EdgeStatus, _ table: RoutingTable, now: Double) {
        func rounded(_ value: Double) -> Double { (value * 1_000).rounded() / 1_000 }
        let load = status.load(at: now, table.load)
        name = edge.name
        addresses = edge.addresses.map(\.description)
        location = edge.location.description
        weight = edge.weight
        state = edge.state.rawValue
        health = status.health(at: now, table.health).rawValue
        complaint = status.complaint
        streak = status.streak
        checkedAgo = status.checkedAt.map { rounded(now - $0) }
        changedAgo = status.changedAt.map { rounded(now - $0) }
        connections = load?.connections
        rate = load?.rate.map { $0.rounded() }
        self.load = load?.share.map(rounded)
        isOverloaded = status.isOverloaded(at: now, table.load)
    }
}

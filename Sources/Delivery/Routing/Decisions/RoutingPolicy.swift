/// How viewers of a name are spread over edges.
package struct RoutingPolicy: Sendable, Hashable {
    /// What an edge is chosen by, among those that are equally near.
    package enum Affinity: String, Sendable, Hashable, CaseIterable {
        /// The name: each is asked of few edges, whose caches then have it.
        case name
        /// The name and the client's network: viewers of one name are spread over all edges.
        case client
    }

    package var name: String
    /// Names of the edges that may be chosen; nil for all.
    package var edges: [String]?
    /// Whether edges that are near the client come first; otherwise all are equally near, and answers do not depend on the
    /// client.
    package var prefersNear = true
    package var affinity = Affinity.name
    /// Seconds that an answer may be cached for.
    package var ttl: UInt32 = 20
    /// Edges of an answer at most; at least 1.
    package var answers = 1
    /// How much busier than the mean an edge may be before others are preferred: a factor, at least 1.
    package var balance = 1.25
    /// The share of its capacity up to which an edge is never too busy.
    package var calm = 0.5
    /// Seconds for which a client's network keeps its edge after it has asked last; 0 for not at all.
    package var stickiness = 0.0
    /// Bits of an address that make a client's network, for ``Affinity/client`` and ``stickiness``.
    package var network4 = 24
    /// The same for IPv6.
    package var network6 = 56

    package init(name: String) { self.name = name }

    /// Whether answers depend on the client's network, and not only on where it is.
    var dependsOnNetwork: Bool { affinity == .client || stickiness > 0 }
}

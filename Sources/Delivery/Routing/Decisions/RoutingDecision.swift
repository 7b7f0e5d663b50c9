package import DNS

/// Who is to be sent to an edge.
package struct RoutedClient: Sendable, Hashable {
    /// How its address is known.
    package enum Source: String, Sendable, Hashable {
        /// The resolver passed on a part of it (RFC 7871).
        case subnet
        /// It is that of the resolver, which is hopefully near its clients.
        case resolver
    }

    package var address: IPAddress
    /// Bits of the address that are known.
    package var bits: Int
    package var source: Source

    package init(address: IPAddress, bits: Int? = nil, source: Source = .subnet) {
        self.address = address
        self.bits = min(bits ?? address.bitWidth, address.bitWidth)
        self.source = source
    }

    /// The part of the address that a policy tells networks by, or less where less is known.
    package func network(_ policy: RoutingPolicy) -> IPNetwork? {
        IPNetwork(address, prefix: min(bits, address.isIPv6 ? policy.network6 : policy.network4))
    }
}

/// Which edges a client is sent to, and why.
package struct RoutingDecision: Sendable, Hashable {
    /// How it came to that.
    package enum Verdict: String, Sendable, Hashable {
        /// Edges can take the client.
        case chosen
        /// All edges that live are overloaded: those that are least so.
        case overloaded
        /// No edge is well, as far as one knows: all of them, as that is better than none.
        case lastResort
        /// There is no edge with such an address.
        case nobody
    }

    /// What became of an edge.
    package enum Outcome: Sendable, Hashable {
        /// It is in the answer, at this place from 1.
        case taken(Int)
        /// It would come next, at this place.
        case spare(Int)
        /// A nearer one can be used.
        case far
        /// It is busier than its neighbours are in the mean, times the policy's factor.
        case busy(share: Double, limit: Double)
        case overloaded(share: Double)
        case ill(String)
        case draining
        case off
        /// It has no address of the family that is asked for.
        case noAddress
    }

    /// An edge as it was weighed.
    package struct Candidate: Sendable, Hashable {
        package var edge: RoutedEdge
        package var distance: Distance
        /// From 0, the nearest.
        package var tier: Int
        package var health: EdgeStatus.Health
        /// Why the last check failed; nil when it did not.
        package var complaint: String?
        package var load: EdgeStatus.Load?
        /// By consistent hashing; the highest of those that are equally near wins.
        package var score: Double
        /// Whether the client's network was sent there before.
        package var isKept: Bool
        package var outcome: Outcome
    }

    package var name: DomainName
    package var policy: RoutingPolicy
    package var client: RoutedClient
    /// What the client map has of the client; nil for nothing.
    package var entry: ClientMap.Entry?
    package var verdict: Verdict
    /// All edges of the policy, those of the answer first.
    package var candidates: [Candidate]
    /// Bits of the client's address that the answer depends on (RFC 7871 §7.2.1).
    package var scope: Int
    /// The edge that the client's network is to keep; nil where none is.
    package var keep: String?

    /// The edges of the answer, the best first.
    package var edges: [RoutedEdge] {
        candidates.compactMap { candidate in
            if case .taken = candidate.outcome { candidate.edge } else { nil }
        }
    }
    /// The addresses of one family that they have, each once.
    package func addresses(areIPv6: Bool) -> [IPAddress] {
        var seen: Set<IPAddress> = []
        return edges.flatMap(\.addresses).filter { $0.isIPv6 == areIPv6 && seen.insert($0).inserted }
    }
}

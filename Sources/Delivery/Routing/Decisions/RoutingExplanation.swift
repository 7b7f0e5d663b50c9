package import DNS

/// A decision in words, for people and programs.
package struct RoutingExplanation: Sendable, Codable, Hashable {
    /// Whom a decision is for, as the client map sees them.
    package struct Client: Sendable, Codable, Hashable {
        package var address: String
        /// Bits of the address that are known.
        package var bits: Int
        /// The client map's entry: its prefix and where that is.
        package var network: String?
        package var location: String?
    }

    /// An edge of the policy: what is known of it, and why it is or is not in the answer.
    package struct Edge: Sendable, Codable, Hashable {
        package var name: String
        package var addresses: [String]
        package var location: String
        /// How far it is from the client, in words, and in tiers from 0.
        package var distance: String
        package var tier: Int
        package var weight: Double
        /// `healthy`, `ill` or `unknown`.
        package var health: String
        package var connections: Double?
        /// Bits per second.
        package var rate: Double?
        /// Share of its capacity that is in use.
        package var load: Double?
        /// By consistent hashing, rounded to thousandths; the highest of those that are equally near wins.
        package var score: Double
        /// Whether the client's network was sent there before.
        package var isKept: Bool
        /// Whether it is in the answer, and why it is or is not.
        package var isTaken: Bool
        package var reason: String
    }

    package var name: String
    /// Names that led to this one.
    package var aliases: [String]
    /// A or AAAA.
    package var type: String
    /// Name of the policy that the name has.
    package var policy: String
    package var client: Client
    /// All edges of the policy, those of the answer first.
    package var edges: [Edge]
    /// `chosen`, `overloaded`, `lastResort` or `nobody`, and in words.
    package var verdict: String
    package var reason: String
    /// Addresses, in the order of the answer.
    package var answer: [String]
    /// Seconds.
    package var ttl: UInt32
    /// Bits of the client's address that the answer depends on.
    package var scope: Int
    /// Whether checks and reports counted; otherwise all edges were taken to be well.
    package var isLive: Bool

    /// - Parameters:
    ///   - decision: to be told.
    ///   - aliases: names that led to the one that it is about.
    ///   - wantsIPv6: what was asked for.
    ///   - isLive: whether the state of edges is known.
    package init(_ decision: RoutingDecision, aliases: [DomainName] = [], wantsIPv6: Bool = false, isLive: Bool) {
        name = decision.name.description
        self.aliases = aliases.map(\.description)
        type = wantsIPv6 ? "AAAA" : "A"
        policy = decision.policy.name
        client = Client(
            address: decision.client.address.description, bits: decision.client.bits,
            network: decision.entry?.network.description, location: decision.entry?.location.description)
        edges = decision.candidates.map { Edge($0, decision) }
        verdict = decision.verdict.rawValue
        reason = decision.reason
        answer = decision.addresses(areIPv6: wantsIPv6).map(\.description)
        ttl = decision.policy.ttl
        scope = decision.scope
        self.isLive = isLive
    }
}

extension RoutingExplanation.Edge {
    fileprivate init(_ candidate: RoutingDecision.Candidate, _ decision: RoutingDecision) {
        let thousandths = { (value: Double) in (value * 1_000).rounded() / 1_000 }
        name = candidate.edge.name
        addresses = candidate.edge.addresses.map(\.description)
        location = candidate.edge.location.description
        distance = candidate.distance.description
        tier = candidate.tier
        weight = candidate.edge.weight
        health = candidate.health.rawValue
        connections = candidate.load?.connections
        rate = candidate.load?.rate.map { $0.rounded() }
        load = candidate.load?.share.map(thousandths)
        score = thousandths(candidate.score)
        isKept = candidate.isKept
        if case .taken = candidate.outcome { isTaken = true } else { isTaken = false }
        reason = candidate.reason(decision.verdict)
    }
}

extension RoutingDecision {
    /// How it came to the answer, in words.
    package var reason: String {
        switch verdict {
        case .chosen: "the nearest that can be used, by consistent hashing of the \(policy.affinity.words)"
        case .overloaded: "every edge that lives is overloaded: the least loaded"
        case .lastResort: "no edge is well as far as is known: all of them, as that is better than none"
        case .nobody: "no edge has such an address"
        }
    }
}

extension RoutingPolicy.Affinity {
    fileprivate var words: String {
        switch self {
        case .name: "name"
        case .client: "name and the client's network"
        }
    }
}

extension RoutingDecision.Candidate {
    /// Why it is in the answer or not, in words.
    package func reason(_ verdict: RoutingDecision.Verdict) -> String {
        switch outcome {
        case .taken where verdict == .lastResort:
            "last resort" + (complaint.map { ", though ill: \($0)" } ?? "")
        case .taken where verdict == .overloaded: "the least loaded"
        case .taken(1) where isKept: "the client's network keeps it"
        case .taken(1): "the highest score of the nearest"
        case .taken(let place): "no. \(place) of the nearest"
        case .spare(let place): "no. \(place) of the nearest, not needed"
        case .far: "a nearer one can be used"
        case .busy(let share, let limit): "busy: \(percent(share)), others would take it from \(percent(limit))"
        case .overloaded(let share): "overloaded: \(percent(share))"
        case .ill(let complaint): "ill: \(complaint)"
        case .draining: "it is drained"
        case .off: "it is switched off"
        case .noAddress: "no address of this family"
        }
    }

    private func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }
}

package import DNS

/// Making decisions.
extension RoutingTable {
    /// What a decision is about.
    package struct Request: Sendable {
        package var name: DomainName
        package var policy: String
        package var client: RoutedClient
        /// Whether an IPv6 address is asked for.
        package var wantsIPv6: Bool
        /// The edge that the client's network was sent to before; nil for none.
        package var kept: String?

        package init(
            name: DomainName, policy: String, client: RoutedClient, wantsIPv6: Bool = false, kept: String? = nil
        ) {
            self.name = name
            self.policy = policy
            self.client = client
            self.wantsIPv6 = wantsIPv6
            self.kept = kept
        }
    }

    /// Chooses edges: of those that can be used the nearest; among these by consistent hashing, but not those that are much
    /// busier than their neighbours; a client's network keeps its edge as long as that is one of the nearest.
    ///
    /// - Parameters:
    ///   - request: who asks for what.
    ///   - statuses: of edges by name; nothing is known of those that are missing.
    ///   - now: seconds, of the clock that the statuses were made with.
    /// - Returns: nil when there is no such policy.
    package func decide(
        _ request: Request, _ statuses: [String: EdgeStatus] = [:], now: Double
    ) -> RoutingDecision? {
        guard let plan = plans[request.policy] else { return nil }
        let (policy, client) = (plan.policy, request.client)
        let entry = clients.entry(for: client.address, bits: client.bits)
        var (kind, scope) = (client.address.isIPv6 ? plan.cells6 : plan.cells4).find(client.address.number)
        // What is known of the address is not enough to tell: what holds for all of it counts.
        if scope > client.bits { kind = plan.kinds[entry?.location] ?? kind }
        if policy.dependsOnNetwork { scope = max(scope, client.address.isIPv6 ? policy.network6 : policy.network4) }

        let network = client.network(policy)
        var key = request.name.canonical.wire
        if policy.affinity == .client, let network { key += network.address.octets + [UInt8(network.prefix)] }
        let hash = Rendezvous(key: key)
        let candidates = plan.edges.indices.map { index in
            let edge = plan.edges[index]
            let status = statuses[edge.name] ?? EdgeStatus()
            return RoutingDecision.Candidate(
                edge: edge, distance: distance(from: entry?.location, to: edge.location, policy),
                tier: plan.tiers[kind][index], health: status.health(at: now, health),
                complaint: status.complaint,
                load: status.load(at: now, load), score: hash.score(of: edge.name, weight: edge.weight),
                isKept: policy.stickiness > 0 && edge.name == request.kept,
                outcome: obstacle(edge, status, wantsIPv6: request.wantsIPv6, now) ?? .far)
        }
        var decision = RoutingDecision(
            name: request.name, policy: policy, client: client, entry: entry, verdict: .chosen, candidates: candidates,
            scope: scope)
        decision.settle()
        if policy.stickiness > 0, decision.verdict == .chosen {
            // An edge without an address of this family may still be the one for the other.
            let stays = candidates.contains { $0.isKept && $0.outcome == .noAddress }
            decision.keep = stays ? request.kept : decision.edges.first?.name
        }
        return decision
    }

    /// Why an edge cannot be used at all; nil when it can.
    private func obstacle(
        _ edge: RoutedEdge, _ status: EdgeStatus, wantsIPv6: Bool, _ now: Double
    ) -> RoutingDecision.Outcome? {
        guard edge.addresses.contains(where: { $0.isIPv6 == wantsIPv6 }) else { return .noAddress }
        switch edge.state {
        case .off: return .off
        case .drain: return .draining
        case .active: break
        }
        if status.health(at: now, health) == .ill { return .ill(status.complaint ?? "it was ill before") }
        if status.isOverloaded(at: now, load), let share = status.load(at: now, load)?.share {
            return .overloaded(share: share)
        }
        return nil
    }
}

extension RoutingDecision {
    /// Gives places to candidates, of which those that can be used are marked as far.
    fileprivate mutating func settle() {
        let usable = candidates.indices.filter { candidates[$0].outcome == .far }
        if let nearest = usable.map({ candidates[$0].tier }).min() {
            place(ranked(usable.filter { candidates[$0].tier == nearest }))
        } else {
            settleForLess()
        }
        candidates.sort { ($0.outcome.order, $0.tier, -$0.score) < ($1.outcome.order, $1.tier, -$1.score) }
    }

    /// Equally near edges, the best first.
    private mutating func ranked(_ indices: [Int]) -> [Int] {
        let shares = indices.compactMap { candidates[$0].load?.share }
        let mean = shares.reduce(0, +) / Double(max(1, shares.count))
        let limit = max(mean * policy.balance, policy.calm)
        let busy = Set(indices.filter { (candidates[$0].load?.share ?? 0) > limit && !candidates[$0].isKept })
        for index in busy {
            candidates[index].outcome = .busy(share: candidates[index].load?.share ?? 0, limit: limit)
        }
        func isBetter(_ left: Candidate, _ right: Candidate) -> Bool {
            if left.isKept != right.isKept { return left.isKept }
            return (left.score, right.edge.name) > (right.score, left.edge.name)
        }
        let order = indices.sorted { isBetter(candidates[$0], candidates[$1]) }
        return order.filter { !busy.contains($0) } + order.filter(busy.contains)
    }

    private mutating func place(_ order: [Int]) {
        for (place, index) in order.enumerated() {
            if place < policy.answers {
                candidates[index].outcome = .taken(place + 1)
            } else if candidates[index].outcome == .far {
                candidates[index].outcome = .spare(place + 1)
            }
        }
    }

    /// No edge can be used: whoever lives, though overloaded; else whoever there is. Neither depends on the client.
    private mutating func settleForLess() {
        scope = 0
        let living = candidates.indices.filter {
            if case .overloaded = candidates[$0].outcome { true } else { false }
        }
        if !living.isEmpty {
            verdict = .overloaded
            place(living.sorted { (candidates[$0].load?.share ?? 0) < (candidates[$1].load?.share ?? 0) })
            return
        }
        let rest = candidates.indices.filter { ![.off, .noAddress].contains(candidates[$0].outcome) }
        verdict = rest.isEmpty ? .nobody : .lastResort
        for (place, index) in rest.enumerated() { candidates[index].outcome = .taken(place + 1) }
    }
}

extension RoutingDecision.Outcome {
    /// For showing: the answer first, then what comes nearest to it.
    fileprivate var order: Int {
        switch self {
        case .taken(let place): place
        case .spare(let place): 100_000 + place
        case .busy: 200_000
        case .far: 300_000
        default: 400_000
        }
    }
}

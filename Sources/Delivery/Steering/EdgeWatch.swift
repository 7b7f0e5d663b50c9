package import DNS
package import Logging
package import Routing
internal import Synchronization

/// Knows how edges are, and answers which of them a client is sent to.
///
/// Decisions themselves are values, made by `RoutingTable`; here is what changes: the table, what checks and reports say,
/// and which networks keep which edge.
package final class EdgeWatch: AnswerSource {
    private struct State {
        var table: RoutingTable
        var statuses: [String: EdgeStatus] = [:]
        var kept = StickyEdges()
    }

    private let state: Mutex<State>
    private let clock: @Sendable () -> Double
    private let metrics: SteeringMetrics
    private let logger: Logger
    /// Tables that have replaced others; who checks edges begins anew with them.
    let replacements: AsyncStream<RoutingTable>
    private let announce: AsyncStream<RoutingTable>.Continuation

    /// - Parameters:
    ///   - table: edges, clients and policies.
    ///   - metrics: what is counted.
    ///   - logger: told when an edge falls ill or recovers.
    ///   - clock: seconds; it does not go back.
    package init(
        table: RoutingTable, metrics: SteeringMetrics, logger: Logger,
        clock: @escaping @Sendable () -> Double = SteeringClock.now
    ) {
        state = Mutex(State(table: table))
        self.clock = clock
        self.metrics = metrics
        self.logger = logger
        (replacements, announce) = AsyncStream.makeStream(of: RoutingTable.self, bufferingPolicy: .bufferingNewest(1))
        for edge in table.edges { metrics.show(edge.name, health: .unknown) }
    }

    package var table: RoutingTable { state.withLock { $0.table } }

    /// Decides by another table from now on. What is known of edges that are as they were stays.
    package func replace(_ table: RoutingTable) {
        let (gone, unknown): (Set<String>, Set<String>) = state.withLock { state in
            let new = Dictionary(uniqueKeysWithValues: table.edges.map { ($0.name, $0) })
            for edge in state.table.edges {
                let now = new[edge.name]
                if edge.addresses == now?.addresses, edge.check == now?.check, edge.report == now?.report { continue }
                state.statuses[edge.name] = nil
            }
            let gone = Set(state.table.edges.map(\.name)).subtracting(new.keys)
            state.table = table
            return (gone, Set(new.keys).subtracting(state.statuses.keys))
        }
        for name in gone { metrics.forget(name) }
        for name in unknown { metrics.show(name, health: .unknown) }
        announce.yield(table)
    }

    // MARK: What becomes known

    /// A check has ended.
    ///
    /// - Parameter complaint: why it failed, in a few words; nil when it did not.
    package func checked(_ edge: RoutedEdge, _ complaint: String?) {
        let now = clock()
        let change: EdgeStatus.Health? = state.withLock { state in
            // One that is gone meanwhile, or has become another.
            guard state.table.edges.contains(edge) else { return nil }
            return state.statuses[edge.name, default: EdgeStatus()].checked(complaint, at: now, state.table.health)
        }
        metrics.checked(edge.name, succeeded: complaint == nil)
        guard let change else { return }
        metrics.show(edge.name, health: change)
        if change == .ill {
            logger.warning("an edge is ill", metadata: ["edge": "\(edge.name)", "reason": "\(complaint ?? "")"])
        } else {
            logger.notice("an edge is well", metadata: ["edge": "\(edge.name)"])
        }
    }

    /// An edge has told its load.
    package func reported(_ edge: RoutedEdge, _ load: LoadReport) {
        let now = clock()
        let share: Double? = state.withLock { state in
            guard state.table.edges.contains(edge) else { return nil }
            state.statuses[edge.name, default: EdgeStatus()].reported(
                load, at: now, edge.capacity, state.table.load)
            return state.statuses[edge.name]?.load(at: now, state.table.load)?.share
        }
        if let share { metrics.show(edge.name, load: share) }
    }

    // MARK: What is asked

    /// Answers a question, and remembers which edge the client's network keeps.
    package func answer(to question: TailoredQuestion) -> TailoredAnswer? {
        let now = clock()
        let client = RoutedClient(
            address: question.client, bits: question.bits, source: question.isResolver ? .resolver : .subnet)
        guard let decision = decide(question.name, question.policy, client, wantsIPv6: question.type == .aaaa, now)
        else { return nil }
        if let keep = decision.keep, let key = Self.key(question.name, client, decision.policy) {
            state.withLock { $0.kept.keep(keep, for: key, until: now + decision.policy.stickiness) }
        }
        metrics.decided(decision)
        return TailoredAnswer(
            addresses: decision.addresses(areIPv6: question.type == .aaaa), ttl: decision.policy.ttl,
            scope: decision.scope)
    }

    /// What would be answered now, and why; nothing is remembered.
    ///
    /// - Returns: nil when there is no such policy.
    package func decide(
        _ name: DomainName, policy: String, client: RoutedClient, wantsIPv6: Bool
    ) -> RoutingDecision? {
        decide(name, policy, client, wantsIPv6: wantsIPv6, clock())
    }

    private func decide(
        _ name: DomainName, _ policy: String, _ client: RoutedClient, wantsIPv6: Bool, _ now: Double
    ) -> RoutingDecision? {
        var request = RoutingTable.Request(name: name, policy: policy, client: client, wantsIPv6: wantsIPv6)
        let (table, statuses): (RoutingTable, [String: EdgeStatus]) = state.withLock { state in
            if let policy = state.table.policy(policy), let key = Self.key(name, client, policy) {
                request.kept = state.kept.edge(for: key, now: now)
            }
            return (state.table, state.statuses)
        }
        return table.decide(request, statuses, now: now)
    }

    private static func key(_ name: DomainName, _ client: RoutedClient, _ policy: RoutingPolicy) -> StickyEdges.Key? {
        guard policy.stickiness > 0, let network = client.network(policy) else { return nil }
        return StickyEdges.Key(name: name, network: network)
    }

    /// Every edge and what is known of it, by name.
    package func report() -> [EdgeReport] {
        let now = clock()
        let (table, statuses) = state.withLock { ($0.table, $0.statuses) }
        return table.edges.map { EdgeReport($0, statuses[$0.name] ?? EdgeStatus(), table, now: now) }
    }

    /// What keeps viewers from being served: that no edge is well; nil when one is.
    package func fault() -> String? {
        let edges = report().filter { $0.state != RoutedEdge.State.off.rawValue }
        guard edges.allSatisfy({ $0.health == EdgeStatus.Health.ill.rawValue }) else { return nil }
        return "no edge is well: \(edges.map(\.name).joined(separator: ", "))"
    }
}

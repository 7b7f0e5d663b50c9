import Adaptation
package import Logging
import NetworkEmulation
package import Player
package import Presentation
import QoE
import Synchronization

/// Runs the matrix over HTTP, all cells side by side, each on a shaping link of its own; clients of one cell share theirs.
package struct RealRuns: Sendable {
    private let plan: BenchmarkPlan
    private let presentation: Presentation
    private let transport: Transport
    private let logger: Logger

    /// Seconds between the starts of cells: at the start every client fetches as fast as it can, and a machine that is
    /// busy with all of them at once would be measured instead of their links.
    private static let cellStagger = 0.1

    /// - Parameter transport: how clients connect.
    package init(
        plan: BenchmarkPlan, presentation: Presentation, transport: Transport = .standard, logger: Logger
    ) {
        self.plan = plan
        self.presentation = presentation
        // All cells play at once.
        self.transport = plan.cellCount * plan.clients > 16 ? transport.forManyClients : transport
        self.logger = logger
    }

    /// Runs the sessions of the matrix from the one at `first` on.
    ///
    /// - Parameters:
    ///   - first: how many sessions at the matrix's start to leave out. Clients of one cell belong together: of a cell that
    ///     is begun, all play, and those before `first` count for nothing.
    ///   - finish: makes of a session's place and result what is to be kept of it; called in parallel.
    ///   - emit: gets that, in the order of the matrix.
    /// - Throws: `SessionError` when the presentation cannot be played, `ListenError` when a link cannot be made, and what the
    ///   closures throw.
    package func run<Row: Sendable>(
        from first: Int = 0, finish: @escaping @Sendable (Int, SessionResult) throws -> Row, emit: (Row) throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: (Int, [Row]).self) { group in
            var results = OrderedResults<[Row]>(from: first / plan.clients)
            let begin = first / plan.clients
            for index in begin..<max(begin, plan.cellCount) {
                group.addTask {
                    try await Task.sleep(for: .seconds(Double(index - begin) * Self.cellStagger))
                    let sessions = try await run(plan.cell(index))
                    let rows = try sessions.enumerated().compactMap { client, session in
                        let place = index * plan.clients + client
                        return place < first ? nil : try finish(place, session)
                    }
                    return (index, rows)
                }
            }
            for try await (index, rows) in group {
                for row in results.add(rows, at: index).joined() { try emit(row) }
            }
        }
    }

    /// All clients of one cell.
    private func run(_ cell: BenchmarkCell) async throws -> [SessionResult] {
        try await AccessLink(profile: cell.profile, clients: plan.clients, logger: logger).connecting(
            presentation
        ) { authorityMap in
            try await withThrowingTaskGroup(of: SessionResult.self) { group in
                for client in 1...plan.clients {
                    group.addTask {
                        try await Task.sleep(for: .seconds(Double(client - 1) * plan.stagger))
                        return try await play(cell, client: client, through: authorityMap)
                    }
                }
                var results: [SessionResult] = []
                for try await result in group { results.append(result) }
                return results.sorted { $0.client < $1.client }
            }
        }
    }

    private func play(
        _ cell: BenchmarkCell, client: Int, through authorityMap: AuthorityMap
    ) async throws -> SessionResult {
        let trace = Mutex<[TraceEvent]>([])
        let result = try await PlaybackHTTPClient.withClient(
            transport, connecting: authorityMap.hosts
        ) { httpClient in
            try await Player(
                presentation: presentation, url: plan.url, configuration: plan.configuration(for: cell.rule),
                profile: cell.profile.name, seed: cell.seed, authorityMap: authorityMap, httpClient: httpClient,
                transport: transport, logger: logger
            ).run(onTrace: { event in trace.withLock { $0.append(event) } })
        }
        return SessionResult(
            mode: .real, url: plan.url, rule: cell.rule.description, profile: cell.profile, seed: cell.seed,
            client: client,
            summary: result.summary,
            trace: trace.withLock { $0 })
    }
}

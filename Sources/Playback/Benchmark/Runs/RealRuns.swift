import Adaptation
package import Logging
import NetworkEmulation
import Player
package import Presentation
import QoE
import Synchronization

/// Runs the matrix over HTTP, all cells at once, each on a shaping link of its own; clients of one cell share theirs.
package struct RealRuns: Sendable {
    private let plan: BenchmarkPlan
    private let presentation: Presentation
    private let logger: Logger

    package init(plan: BenchmarkPlan, presentation: Presentation, logger: Logger) {
        self.plan = plan
        self.presentation = presentation
        self.logger = logger
    }

    /// - Parameter progress: is told how many sessions are done.
    /// - Throws: `SessionError` when the presentation cannot be played, `LinkError` when a link cannot be made.
    package func run(progress: @escaping @Sendable (Int) -> Void = { _ in }) async throws -> [SessionResult] {
        let cells = plan.cells
        return try await withThrowingTaskGroup(of: (Int, [SessionResult]).self) { group in
            var results: [[SessionResult]] = Array(repeating: [], count: cells.count)
            var done = 0
            for (index, cell) in cells.enumerated() {
                group.addTask { (index, try await run(cell)) }
            }
            for try await (index, sessions) in group {
                results[index] = sessions
                done += sessions.count
                progress(done)
            }
            return results.flatMap { $0 }
        }
    }

    /// All clients of one cell.
    private func run(_ cell: BenchmarkCell) async throws -> [SessionResult] {
        try await AccessLink(profile: cell.profile, logger: logger).connecting(presentation) { authorityMap in
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
        let result = try await PlaybackHTTPClient.withClient { httpClient in
            try await Player(
                presentation: presentation, url: plan.url, configuration: plan.configuration(for: cell.rule),
                profile: cell.profile.name, seed: plan.seed, authorityMap: authorityMap, httpClient: httpClient,
                logger: logger
            ).run(onTrace: { event in trace.withLock { $0.append(event) } })
        }
        return SessionResult(
            mode: .real, url: plan.url, rule: cell.rule.description, profile: cell.profile, client: client,
            summary: result.summary,
            trace: trace.withLock { $0 })
    }
}

import Adaptation
import Client
import NetworkEmulation
import Player
package import Presentation
import QoE
package import Simulator

/// Runs the matrix in virtual time, on all cores. Results depend on nothing but the plan and the sizes.
package struct SimulatedRuns: Sendable {
    private let plan: BenchmarkPlan
    private let presentation: Presentation
    private let sizes: SegmentSizes

    package init(plan: BenchmarkPlan, presentation: Presentation, sizes: SegmentSizes) {
        self.plan = plan
        self.presentation = presentation
        self.sizes = sizes
    }

    /// - Parameter progress: is told how many sessions are done.
    /// - Throws: `SessionError` when the presentation cannot be played.
    package func run(progress: @escaping @Sendable (Int) -> Void = { _ in }) async throws -> [SessionResult] {
        let cells = plan.cells
        return try await withThrowingTaskGroup(of: (Int, SessionResult).self) { group in
            var results: [SessionResult?] = Array(repeating: nil, count: cells.count)
            var done = 0
            for (index, cell) in cells.enumerated() {
                group.addTask(executorPreference: cell.rule.blocks ? BlockingExecutor.shared : nil) {
                    (index, try simulate(cell))
                }
            }
            for try await (index, result) in group {
                results[index] = result
                done += 1
                progress(done)
            }
            return results.compactMap { $0 }
        }
    }

    private func simulate(_ cell: BenchmarkCell) throws -> SessionResult {
        try Task.checkCancellation()
        let simulation = Simulation(
            presentation: presentation, sizes: sizes, profile: cell.profile,
            configuration: plan.configuration(for: cell.rule))
        let result = try simulation.run()
        let head = plan.head(of: cell, presentation: presentation, simulated: true)
        return SessionResult(
            mode: .simulated, url: plan.url, rule: cell.rule.description, profile: cell.profile, client: 1,
            summary: result.summary, trace: [.session(head)] + result.trace)
    }
}

extension BenchmarkPlan {
    /// The first line of the trace of a session in `cell`.
    func head(of cell: BenchmarkCell, presentation: Presentation, simulated: Bool) -> SessionRecord {
        let set = presentation.switchingSet(.video) ?? presentation.switchingSet(.audio)
        return SessionRecord(
            url: url, rule: cell.rule.description, profile: cell.profile.name, seed: seed, simulated: simulated,
            duration: min(presentation.duration, duration ?? .infinity),
            ladder: set?.tracks.map(\.bandwidth) ?? [], maxBuffer: maxBuffer,
            versions: VersionRecord.versions(of: presentation))
    }
}

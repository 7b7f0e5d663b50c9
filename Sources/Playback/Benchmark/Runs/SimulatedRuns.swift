import Adaptation
import Client
import Foundation
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

    /// Runs the sessions of the matrix from the one at `first` on. No more than a few are held at a time, however many there
    /// are.
    ///
    /// - Parameters:
    ///   - first: how many sessions at the matrix's start to leave out.
    ///   - finish: makes of a session's place and result what is to be kept of it; called in parallel.
    ///   - emit: gets that, in the order of the matrix.
    /// - Throws: `SessionError` when the presentation cannot be played, and what the closures throw.
    package func run<Row: Sendable>(
        from first: Int = 0, finish: @escaping @Sendable (Int, SessionResult) throws -> Row, emit: (Row) throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: (Int, Row).self) { group in
            var results = OrderedResults<Row>(from: first)
            var started = first
            // One session that takes long must not let the others pile up behind it.
            let ahead = 4 * ProcessInfo.processInfo.activeProcessorCount
            func start() {
                while started < plan.cellCount, started < results.given + ahead {
                    let index = started
                    let cell = plan.cell(index)
                    group.addTask(executorPreference: cell.rule.blocks ? BlockingExecutor.shared : nil) {
                        (index, try finish(index, try simulate(cell)))
                    }
                    started += 1
                }
            }
            start()
            while let (index, row) = try await group.next() {
                for row in results.add(row, at: index) { try emit(row) }
                start()
            }
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
            mode: .simulated, url: plan.url, rule: cell.rule.description, profile: cell.profile, seed: cell.seed,
            summary: result.summary, trace: [.session(head)] + result.trace)
    }
}

extension BenchmarkPlan {
    /// The first line of the trace of a session in `cell`.
    func head(of cell: BenchmarkCell, presentation: Presentation, simulated: Bool) -> SessionRecord {
        let set = presentation.switchingSet(.video) ?? presentation.switchingSet(.audio)
        return SessionRecord(
            url: url, rule: cell.rule.description, profile: cell.profile.name, seed: cell.seed, simulated: simulated,
            duration: min(presentation.duration, duration ?? .infinity),
            ladder: set?.tracks.map(\.bandwidth) ?? [], maxBuffer: maxBuffer,
            versions: VersionRecord.versions(of: presentation))
    }
}

import Adaptation
import Client
import Foundation
import NetworkEmulation
import Player
package import Presentation
import QoE
package import Simulator

/// Runs the matrix in virtual time, on all cores; clients of one cell share a link. Results depend on nothing but the plan
/// and the sizes.
package struct SimulatedRuns: Sendable {
    private let plan: BenchmarkPlan
    private let presentation: Presentation
    private let sizes: SegmentSizes
    private let keepsTraces: Bool
    /// How each of the plan's rules plays.
    private let sessionPlans: [SessionPlan]

    /// - Parameters:
    ///   - plan: what is run.
    ///   - presentation: what is played.
    ///   - sizes: what its segments weigh.
    ///   - keepsTraces: whether anybody wants the sessions' traces; else they are no more than their first and last line.
    /// - Throws: `SessionError` when the presentation cannot be played.
    package init(
        plan: BenchmarkPlan, presentation: Presentation, sizes: SegmentSizes, keepsTraces: Bool = true
    ) throws {
        self.plan = plan
        self.presentation = presentation
        self.sizes = sizes
        self.keepsTraces = keepsTraces
        sessionPlans = try plan.rules.map { rule in
            var configuration = plan.configuration(for: rule)
            configuration.records = keepsTraces
            return try SessionPlan(presentation: presentation, configuration: configuration)
        }
    }

    /// Runs the sessions of the matrix from the one at `first` on. No more than a few cells are held at a time, however
    /// many there are.
    ///
    /// - Parameters:
    ///   - first: how many sessions at the matrix's start to leave out. Of a cell that is begun, all clients play, and
    ///     those before `first` count for nothing.
    ///   - finish: makes of a session's place and result what is to be kept of it; called in parallel.
    ///   - emit: gets that, in the order of the matrix.
    /// - Throws: what the closures throw.
    package func run<Row: Sendable>(
        from first: Int = 0, finish: @escaping @Sendable (Int, SessionResult) throws -> Row, emit: (Row) throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: (Int, [Row]).self) { group in
            var started = first / plan.clients
            var results = OrderedResults<[Row]>(from: started)
            // One session that takes long must not let the others pile up behind it.
            let ahead = 4 * ProcessInfo.processInfo.activeProcessorCount
            func start() {
                while started < plan.cellCount, started < results.given + ahead {
                    let index = started
                    let cell = plan.cell(index)
                    group.addTask(executorPreference: cell.rule.blocks ? BlockingExecutor.shared : nil) {
                        let places = index * plan.clients..<(index + 1) * plan.clients
                        let rows = try zip(places, simulate(index)).compactMap { place, result in
                            place < first ? nil : try finish(place, result)
                        }
                        return (index, rows)
                    }
                    started += 1
                }
            }
            start()
            while let (index, rows) = try await group.next() {
                for row in results.add(rows, at: index).joined() { try emit(row) }
                start()
            }
        }
    }

    /// The sessions of one cell, by client.
    private func simulate(_ index: Int) throws -> [SessionResult] {
        try Task.checkCancellation()
        let cell = plan.cell(index)
        let simulation = Simulation(
            sessionPlans[index % plan.rules.count], sizes: sizes, profile: cell.profile, bottleneck: plan.bottleneck)
        let head = TraceEvent.session(plan.head(of: cell, presentation: presentation, simulated: true))
        return simulation.run().enumerated().map { client, result in
            SessionResult(
                mode: .simulated, url: plan.url, rule: cell.rule.description, profile: cell.profile, seed: cell.seed,
                client: client + 1, summary: result.summary,
                trace: [head] + (keepsTraces ? result.trace : [.end(result.end)]))
        }
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

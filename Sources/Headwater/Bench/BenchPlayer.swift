import AsyncHTTPClient
import Benchmark
import Logging
import Player
import Presentation
import QoE

/// Plays the sessions of a benchmark and keeps what is wanted of each.
struct BenchPlayer: Sendable {
    let schedule: BenchmarkSchedule
    /// Where sessions are recorded as they end; nil to keep only what the results need.
    let recording: BenchRecording?
    let transport: Transport
    let logger: Logger

    /// The sessions of the schedule; every manifest is read before the first of them is played.
    ///
    /// - Parameter done: sessions at the start that a former run has played.
    func play(after done: [SessionRow]) async throws -> [SessionRow] {
        guard done.count < schedule.identities.count else { return done }
        return try await PlaybackHTTPClient.withClient(transport) { httpClient in
            let loader = ManifestLoader(httpClient: httpClient, transport: transport, logger: logger)
            var presentations: [Presentation] = []
            for part in schedule.parts {
                let plan = part.plan
                presentations.append(try await loader.presentation(at: plan.url, edges: plan.baseURLs))
            }
            var rows = done
            for (part, presentation) in zip(schedule.parts, presentations) where rows.count < part.places.upperBound {
                try await play(part, presentation, &rows, httpClient)
            }
            return rows
        }
    }

    /// The sessions of one part that are not among `rows` yet.
    private func play(
        _ part: BenchmarkSchedule.Part, _ presentation: Presentation, _ rows: inout [SessionRow],
        _ httpClient: HTTPClient
    ) async throws {
        let (plan, before) = (part.plan, part.places.lowerBound)
        let first = rows.count - before
        let verb = part.mode == .simulated ? "simulated" : "played"
        let progress = BenchProgress(verb, of: part.places.count, from: first)
        defer { progress.finish() }
        // Versions chosen are compared where there are both modes.
        let keepsChoices = schedule.modes.count > 1
        let areShared = plan.clients > 1
        var activities: [SessionActivity] = []
        let recording = recording
        let finish = { @Sendable (index: Int, result: SessionResult) throws -> (SessionRow, SessionActivity?) in
            try recording?.write(result.trace, ofSession: before + index)
            return (
                SessionRow(result, keepingChoices: keepsChoices),
                areShared ? result.activity(stagger: plan.stagger) : nil
            )
        }
        func emit(_ row: SessionRow, _ activity: SessionActivity?) throws {
            try recording?.append(row)
            rows.append(row)
            if let activity { activities.append(activity) }
            if areShared, activities.count == plan.clients {
                let place = rows.count - plan.clients
                let profile = plan.profile(ofSession: place - before)
                rows[place].sharing = LinkSharing(of: rows[place...], activities, on: profile)
                activities = []
            }
            progress.update(rows.count - before)
        }
        switch part.mode {
        case .simulated:
            let sizes = try await SegmentSizesLoader(httpClient: httpClient, logger: logger).sizes(of: presentation)
            let keepsTraces = recording != nil || keepsChoices || areShared
            try await SimulatedRuns(plan: plan, presentation: presentation, sizes: sizes, keepsTraces: keepsTraces)
                .run(from: first, finish: finish, emit: emit)
        case .real:
            try await RealRuns(plan: plan, presentation: presentation, transport: transport, logger: logger)
                .run(from: first, finish: finish, emit: emit)
        }
    }
}

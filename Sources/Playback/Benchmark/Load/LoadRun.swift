import Client
package import Logging
import NetworkEmulation
package import Player
package import Presentation
package import QoE
import Synchronization

/// Where the trace of one session of a load goes.
package struct TraceSink: Sendable {
    /// Takes each event, in order.
    package var write: @Sendable (TraceEvent) -> Void
    /// Called once after the last event.
    package var close: @Sendable () throws -> Void

    package init(write: @escaping @Sendable (TraceEvent) -> Void, close: @escaping @Sendable () throws -> Void) {
        self.write = write
        self.close = close
    }
}

/// Plays one presentation many times at once over HTTP, from one process: sessions like those of separate viewers, one
/// started after the other, all through one shaping link where there is a profile.
///
/// The manifest is read once for all. What is kept of a session is its summary and some bytes for each second; traces go to
/// whoever wants them, event by event.
package struct LoadRun: Sendable {
    private let plan: LoadPlan
    private let presentation: Presentation
    private let transport: Transport
    private let logger: Logger

    /// - Parameters:
    ///   - presentation: with located tracks, as `ManifestLoader` gives it.
    ///   - transport: how each client connects.
    package init(plan: LoadPlan, presentation: Presentation, transport: Transport = .standard, logger: Logger) {
        self.plan = plan
        self.presentation = presentation
        self.transport = transport.forManyClients
        self.logger = logger
    }

    /// Plays all sessions to their end; when the task is cancelled, those that run are stopped, and the others do not begin.
    ///
    /// - Parameters:
    ///   - sink: makes the place for the trace of a client, counted from 1, when its session begins; nil for no traces.
    ///   - onStatus: takes the state twice a second; nil to save the work.
    /// - Throws: `SessionError` when there is nothing to play, ``BenchmarkError`` when a server cannot be put behind a link,
    ///   `ListenError` when a link cannot be made, and what `sink` throws.
    package func run(
        sink: (@Sendable (Int) throws -> TraceSink)? = nil, onStatus: (@Sendable (LoadStatus) -> Void)? = nil
    ) async throws -> LoadResults {
        guard let profile = plan.profile else { return try await play([:], sink, onStatus) }
        let link = AccessLink(profile: profile, clients: plan.clients, logger: logger)
        return try await link.connecting(presentation) { authorityMap in
            // The profile begins with the first session.
            await link.begin()
            return try await play(authorityMap, sink, onStatus)
        }
    }

    private func play(
        _ authorityMap: AuthorityMap, _ sink: (@Sendable (Int) throws -> TraceSink)?,
        _ onStatus: (@Sendable (LoadStatus) -> Void)?
    ) async throws -> LoadResults {
        let recorder = LoadRecorder()
        let clock = LoadClock()
        let before = ProcessUsage.now
        let stagger = plan.stagger(for: presentation)
        let ticker = onStatus.map { onStatus in
            Task { await watch(recorder, clock, stagger, onStatus) }
        }
        defer { ticker?.cancel() }
        let sessions = try await withThrowingTaskGroup(of: LoadSession?.self) { group in
            for client in 1...max(plan.clients, 1) {
                group.addTask {
                    guard await clock.sleep(until: Double(client - 1) * stagger) else { return nil }
                    recorder.begin()
                    let session = try await play(client, at: clock.now, authorityMap, recorder, try sink?(client))
                    recorder.end(failed: session.failure != nil)
                    return session
                }
            }
            var sessions: [LoadSession] = []
            for try await session in group { if let session { sessions.append(session) } }
            return sessions.sorted { $0.client < $1.client }
        }
        return LoadResults(
            plan: plan, stagger: stagger, duration: clock.now, sessions: sessions, counts: recorder.counts,
            usage: ProcessUsage.now.since(before))
    }

    private func play(
        _ client: Int, at start: Double, _ authorityMap: AuthorityMap, _ recorder: LoadRecorder, _ sink: TraceSink?
    ) async throws -> LoadSession {
        let activity = Mutex(SessionActivity(startingAt: start))
        let reporting = plan.reporting.map { ClientReporting($0, of: plan.url) }
        let result = try await PlaybackHTTPClient.withClient(transport, connecting: authorityMap.hosts) { httpClient in
            try await Player(
                presentation: presentation, url: plan.url, configuration: plan.configuration,
                profile: plan.profile?.name, seed: plan.seed, authorityMap: authorityMap, httpClient: httpClient,
                transport: transport, reporting: reporting, logger: logger
            ).run(onTrace: { event in
                recorder.add(event)
                activity.withLock { $0.add(event) }
                sink?.write(event)
            })
        }
        try sink?.close()
        var failure: String?
        if case .failed(let message) = result.outcome { failure = message }
        return LoadSession(
            client: client, summary: result.summary, failure: failure, activity: activity.withLock { $0 })
    }

    /// Tells twice a second how far the sessions are.
    private func watch(
        _ recorder: LoadRecorder, _ clock: LoadClock, _ stagger: Double, _ onStatus: @Sendable (LoadStatus) -> Void
    ) async {
        let length = Double(plan.clients - 1) * stagger + plan.length(of: presentation)
        var (time, bytes) = (clock.now, 0)
        while await clock.sleep(until: time + 0.5) {
            let now = clock.now
            let progress = recorder.progress
            onStatus(
                LoadStatus(
                    time: now, clients: plan.clients, running: progress.running, ended: progress.ended,
                    failed: progress.failed, throughput: Double(progress.bytes - bytes) * 8 / max(now - time, 0.001),
                    remaining: max(length - now, 0)))
            (time, bytes) = (now, progress.bytes)
        }
    }
}

/// Seconds since the first session's start.
private struct LoadClock: Sendable {
    private let start = ContinuousClock.now

    var now: Double {
        let elapsed = (ContinuousClock.now - start).components
        return Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
    }

    /// Whether `time` came, rather than the end of the task.
    func sleep(until time: Double) async -> Bool {
        try? await Task.sleep(until: start + .seconds(time), clock: .continuous)
        return !Task.isCancelled
    }
}

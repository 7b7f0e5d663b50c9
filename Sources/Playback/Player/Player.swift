import Adaptation
package import AsyncHTTPClient
package import Client
package import Logging
package import Presentation
package import QoE

/// Plays a presentation over HTTP without showing it: `Session` decides, this fetches, checks and keeps the time.
///
/// Segments are checked as they arrive, and not kept.
package struct Player: Sendable {
    let presentation: Presentation
    let url: String
    let configuration: SessionConfiguration
    let profile: String?
    let seed: UInt64?
    let authorityMap: AuthorityMap
    let httpClient: HTTPClient
    let transport: Transport
    let reporting: ClientReporting?
    let logger: Logger

    /// - Parameters:
    ///   - presentation: with located tracks, as ``ManifestLoader`` gives it.
    ///   - url: the manifest's, for the trace.
    ///   - profile: name of the bandwidth profile that shapes the way, for the trace.
    ///   - seed: of that profile, where it is random.
    ///   - authorityMap: where to connect instead of the servers that URLs name.
    ///   - httpClient: see ``PlaybackHTTPClient``.
    ///   - transport: that the client was made for.
    ///   - reporting: what servers are told of the player; nil for nothing.
    package init(
        presentation: Presentation, url: String, configuration: SessionConfiguration, profile: String? = nil,
        seed: UInt64? = nil, authorityMap: AuthorityMap = [:], httpClient: HTTPClient,
        transport: Transport = .standard, reporting: ClientReporting? = nil, logger: Logger
    ) {
        self.presentation = presentation
        self.url = url
        self.configuration = configuration
        self.profile = profile
        self.seed = seed
        self.authorityMap = authorityMap
        self.httpClient = httpClient
        self.transport = transport
        self.reporting = reporting
        self.logger = logger
    }

    /// Plays to the end. When the task is cancelled the session stops, and what was seen so far is the result.
    ///
    /// - Parameters:
    ///   - onTrace: takes each event of the trace as it occurs, in order.
    ///   - onStatus: takes the state ten times a second; nil to save the work.
    /// - Throws: ``SessionError`` when there is nothing to play.
    package func run(
        onTrace: @escaping @Sendable (TraceEvent) -> Void = { _ in },
        onStatus: (@Sendable (SessionStatus) -> Void)? = nil
    ) async throws(SessionError) -> PlayerResult {
        guard configuration.rule.blocks else { return try await play(onTrace, onStatus) }
        return try await withTaskExecutorPreference(BlockingExecutor.shared) {
            () async throws(SessionError) -> PlayerResult in
            try await play(onTrace, onStatus)
        }
    }

    private func play(
        _ onTrace: @escaping @Sendable (TraceEvent) -> Void, _ onStatus: (@Sendable (SessionStatus) -> Void)?
    ) async throws(SessionError) -> PlayerResult {
        let session = try Session(presentation: presentation, configuration: configuration)
        if configuration.records {
            onTrace(
                .session(
                    SessionRecord(
                        url: url, rule: configuration.rule.description, profile: profile, seed: seed,
                        startAt: configuration.startAt > 0 ? configuration.startAt : nil,
                        duration: session.end - configuration.startAt, ladder: session.ladder.bitRates.map { Int($0) },
                        maxBuffer: session.ladder.maxBuffer, versions: VersionRecord.versions(of: presentation))))
        }
        let (inputs, sender) = AsyncStream.makeStream(of: PlayerInput.self)
        var driver = PlayerDriver(
            session: session,
            transfer: SegmentTransfer(
                sender: RequestSender(
                    httpClient: httpClient, authorityMap: authorityMap, transport: transport, reporting: reporting,
                    logger: logger)),
            sender: sender, logger: logger, onTrace: onTrace)
        return await withTaskCancellationHandler {
            let ticker = onStatus.map { _ in
                Task {
                    while !Task.isCancelled {
                        try? await Task.sleep(for: .milliseconds(100))
                        sender.yield(.tick)
                    }
                }
            }
            defer { ticker?.cancel() }
            driver.start()
            for await input in inputs {
                if case .tick = input { onStatus?(driver.status) } else { driver.handle(input) }
                if driver.session.outcome != nil { break }
            }
            // In a cancelled task the stream ends before it hands over what tells so.
            if driver.session.outcome == nil { driver.handle(.stop) }
            await driver.finish()
            onStatus?(driver.status)
            return driver.result
        } onCancel: {
            sender.yield(.stop)
        }
    }
}

package import AsyncHTTPClient
package import Client
package import Logging
package import QoE

/// Plays one file while it arrives, without showing it: a single request, a buffer, a threshold.
///
/// The older way of video over HTTP, and the measure for the adaptive one: what it costs shows in the same trace.
package struct ProgressivePlayer: Sendable {
    private let url: String
    private let threshold: Double
    private let limit: Double?
    private let profile: String?
    private let seed: UInt64?
    private let sender: RequestSender
    /// Without a byte for this long the session fails, in seconds.
    private let patience: Double

    /// - Parameters:
    ///   - url: of an MP4 file.
    ///   - threshold: seconds that must be buffered before playback starts, or goes on after a stall.
    ///   - duration: play no further than this, in seconds; nil for the whole.
    ///   - profile: name of the bandwidth profile that shapes the way, for the trace.
    ///   - seed: of that profile, where it is random.
    ///   - patience: without a byte for this long the session fails, in seconds.
    ///   - authorityMap: where to connect instead of the server that the URL names.
    ///   - transport: that the client was made for.
    package init(
        url: String, threshold: Double = 2, duration: Double? = nil, profile: String? = nil, seed: UInt64? = nil,
        patience: Double = 30, authorityMap: AuthorityMap = [:], httpClient: HTTPClient,
        transport: Transport = .standard, logger: Logger
    ) {
        self.url = url
        self.threshold = threshold
        limit = duration
        self.profile = profile
        self.seed = seed
        self.patience = patience
        sender = RequestSender(
            httpClient: httpClient, authorityMap: authorityMap, transport: transport, logger: logger)
    }

    /// Plays to the end. When the task is cancelled the session stops, and what was seen so far is the result.
    ///
    /// The session's time begins with the request for the file; that its header was read before, to learn how long it
    /// lasts, does not count.
    /// - Parameters: as of ``Player/run(onTrace:onStatus:)``.
    /// - Throws: ``PlayerError`` when there is no such file, or none that can be played.
    package func run(
        onTrace: @escaping @Sendable (TraceEvent) -> Void = { _ in },
        onStatus: (@Sendable (SessionStatus) -> Void)? = nil
    ) async throws(PlayerError) -> PlayerResult {
        try ManifestLoader.checkURL(url)
        let file = try await ProgressiveFileProbe(sender: sender, url: url).file()
        let bitRate = Int((Double(file.bytes) * 8 / file.duration).rounded())
        onTrace(
            .session(
                SessionRecord(
                    url: url, profile: profile, seed: seed, duration: file.duration, ladder: [bitRate])))
        let download = ProgressiveDownload(
            sender: sender, url: url, file: file, patience: patience)
        return await play(file, download, onTrace, onStatus)
    }

    private func play(
        _ file: ProgressiveFile, _ download: ProgressiveDownload, _ onTrace: @escaping @Sendable (TraceEvent) -> Void,
        _ onStatus: (@Sendable (SessionStatus) -> Void)?
    ) async -> PlayerResult {
        let (inputs, continuation) = AsyncStream.makeStream(of: ProgressiveInput.self)
        var driver = ProgressiveDriver(
            url: url, file: file, threshold: threshold, limit: limit, sender: continuation, onTrace: onTrace)
        return await withTaskCancellationHandler {
            let clock = driver.clock
            let downloading = Task {
                await download.run { continuation.yield(.download($0, at: clock.now)) }
            }
            let ticker = Task {
                while !Task.isCancelled {
                    try? await Task.sleep(for: .milliseconds(100))
                    continuation.yield(.tick)
                }
            }
            for await input in inputs {
                driver.handle(input)
                if case .tick = input { onStatus?(driver.status) }
                if driver.outcome != nil { break }
            }
            // In a cancelled task the stream ends before it hands over what tells so.
            if driver.outcome == nil { driver.handle(.stop) }
            ticker.cancel()
            downloading.cancel()
            driver.finish()
            await downloading.value
            onStatus?(driver.status)
            return driver.result
        } onCancel: {
            continuation.yield(.stop)
        }
    }
}

internal import HTTP
internal import HTTPSemantics
internal import ServiceLifecycle

/// The part of an edge that talks to origins. Its ``responder`` goes into a `DeliveryServer`; the service runs
/// beside it and is to stop after it.
package final class EdgeService: Service {
    package let responder: EdgeResponder
    private let configuration: EdgeConfiguration
    private let cache: EdgeCache
    private let metrics: EdgeMetrics
    private let health: SharedOriginHealth
    private let fills: AsyncStream<Fill>
    private let enqueue: AsyncStream<Fill>.Continuation

    package init(configuration: EdgeConfiguration, metrics: EdgeMetrics) {
        self.configuration = configuration
        self.metrics = metrics
        health = SharedOriginHealth(count: configuration.origins.count)
        cache = EdgeCache(capacity: configuration.memory, metrics: metrics)
        // Unbounded, but each element has a client waiting, of which there are only so many, or a stored response that
        // it refreshes.
        let (fills, enqueue) = AsyncStream.makeStream(of: Fill.self)
        self.fills = fills
        self.enqueue = enqueue
        responder = EdgeResponder(configuration: configuration, cache: cache, health: health, metrics: metrics) {
            enqueue.yield($0)
        }
    }

    /// Carries out fills until a graceful shutdown; those that are under way then are given up.
    package func run() async throws {
        let client = OriginClient(configuration: configuration, health: health, metrics: metrics)
        let fetcher = Fetcher(configuration: configuration, cache: cache, client: client, metrics: metrics)
        await withDiscardingTaskGroup { group in
            for await fill in fills.cancelOnGracefulShutdown() {
                group.addTask { await fetcher.run(fill) }
            }
            group.cancelAll()
        }
        try await client.shutdown()
    }

    /// Seconds for which an origin's answer proves that it lives.
    private static let proofTime = 10.0

    /// What keeps this edge from doing all of its work: that no origin answers; nil when one does. Asks the origins, and
    /// waits for them, when none has answered lately: an edge that gets no clients because it was ill must still notice
    /// that it is well.
    package func fault() async -> String? {
        let isKnown = health.withLock { $0.answered(within: Self.proofTime, of: configuration.clock()) }
        if !isKnown { await probe() }
        guard !health.isAnyAlive else { return nil }
        return "no origin answers: \(configuration.origins.map(\.description).joined(separator: ", "))"
    }

    /// Asks the origins for their root; whatever one says, it answers.
    private func probe() async {
        let fill = Fill(
            plan: FetchPlan(purpose: .pass, method: .head, target: "/", fields: [:]), configuration: configuration)
        await withCheckedContinuation { continuation in
            _ = fill.whenHead { _ in continuation.resume() }
            if case .terminated = enqueue.yield(fill) { fill.begin(.failed(status: 503)) }
        }
    }
}

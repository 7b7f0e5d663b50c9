internal import HTTP
internal import ServiceLifecycle

/// The part of an edge that talks to origins. Its ``responder`` goes into a ``DeliveryServer``; the service runs
/// beside it and is to stop after it.
package final class EdgeService: Service {
    package let responder: EdgeResponder
    private let configuration: EdgeConfiguration
    private let cache: EdgeCache
    private let metrics: EdgeMetrics
    private let fills: AsyncStream<Fill>
    private let enqueue: AsyncStream<Fill>.Continuation

    package init(configuration: EdgeConfiguration, metrics: EdgeMetrics) {
        self.configuration = configuration
        self.metrics = metrics
        cache = EdgeCache(capacity: configuration.memory, metrics: metrics)
        // Unbounded, but each element has a client waiting, of which there are only so many, or a stored response that
        // it refreshes.
        let (fills, enqueue) = AsyncStream.makeStream(of: Fill.self)
        self.fills = fills
        self.enqueue = enqueue
        responder = EdgeResponder(configuration: configuration, cache: cache, metrics: metrics) { enqueue.yield($0) }
    }

    /// Carries out fills until a graceful shutdown; those that are under way then are given up.
    package func run() async throws {
        let client = OriginClient(configuration: configuration, metrics: metrics)
        let fetcher = Fetcher(configuration: configuration, cache: cache, client: client, metrics: metrics)
        await withDiscardingTaskGroup { group in
            for await fill in fills.cancelOnGracefulShutdown() {
                group.addTask { await fetcher.run(fill) }
            }
            group.cancelAll()
        }
        try await client.shutdown()
    }
}

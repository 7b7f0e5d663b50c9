package import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// The HTTP client as players use it.
package enum PlaybackHTTPClient {
    /// A client of its own for a player, so that players do not share connections. To be shut down by the caller.
    package static func make() -> HTTPClient {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .follow(max: 5, allowCycles: false),
            // Sessions give up a silent server earlier; this is for requests outside of them.
            timeout: HTTPClient.Configuration.Timeout(connect: .seconds(10), read: .seconds(30)))
        // The session itself retries, and knows of other locations: a dead server must be noticed at once.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Runs `body` with a client that is shut down afterwards.
    package static func withClient<Result>(
        _ body: (HTTPClient) async throws -> Result
    ) async throws -> Result {
        let client = make()
        let result: Result
        do {
            result = try await body(client)
        } catch {
            try? await client.shutdown()
            throw error
        }
        try await client.shutdown()
        return result
    }
}

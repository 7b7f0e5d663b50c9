package import AsyncHTTPClient

/// The HTTP client as players use it.
package enum PlaybackHTTPClient {
    /// A client of its own for a player, so that players do not share connections. To be shut down by the caller.
    ///
    /// - Parameters:
    ///   - transport: how it connects.
    ///   - overrides: addresses to connect to instead of the hosts that URLs name; certificates are still to be those
    ///     hosts'.
    package static func make(
        _ transport: Transport = .standard, connecting overrides: [String: String] = [:]
    ) -> HTTPClient {
        HTTPClient(
            eventLoopGroupProvider: .singleton, configuration: transport.configuration(connecting: overrides))
    }

    /// Runs `body` with a client that is shut down afterwards.
    package static func withClient<Result>(
        _ transport: Transport = .standard, connecting overrides: [String: String] = [:],
        _ body: (HTTPClient) async throws -> Result
    ) async throws -> Result {
        let client = make(transport, connecting: overrides)
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

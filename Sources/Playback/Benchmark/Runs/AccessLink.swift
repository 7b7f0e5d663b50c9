package import Logging
package import NetworkEmulation
package import Player
package import Presentation

/// The link between a client and the rest of the network: one bottleneck, whichever server is asked.
package struct AccessLink: Sendable {
    private let profile: BandwidthProfile
    private let logger: Logger

    package init(profile: BandwidthProfile, logger: Logger) {
        self.profile = profile
        self.logger = logger
    }

    /// Runs `body` while every server that `presentation` names can be reached through the link; `body` is told by which
    /// addresses.
    ///
    /// - Throws: ``BenchmarkError`` when a server cannot be put behind a link, `LinkError` when the link cannot be made,
    ///   and what `body` throws.
    package func connecting<Result: Sendable>(
        _ presentation: Presentation, body: (AuthorityMap) async throws -> Result
    ) async throws -> Result {
        try await connecting(servers: try UpstreamServer.all(of: presentation), body: body)
    }

    /// The same for the servers of `urls`.
    package func connecting<Result: Sendable>(
        urls: [String], body: (AuthorityMap) async throws -> Result
    ) async throws -> Result {
        try await connecting(servers: try UpstreamServer.all(in: urls), body: body)
    }

    private func connecting<Result: Sendable>(
        servers: [UpstreamServer], body: (AuthorityMap) async throws -> Result
    ) async throws -> Result {
        let pacer = LinkPacer(profile: profile)
        var links: [ShapingLink] = []
        var addresses: [String: String] = [:]
        do {
            for server in servers {
                let link = ShapingLink(
                    pacer: pacer, upstreamHost: server.host, upstreamPort: server.port, logger: logger)
                addresses[server.authority] = "127.0.0.1:\(try await link.start())"
                links.append(link)
            }
            let result = try await body(AuthorityMap(addresses))
            for link in links { await link.stop() }
            return result
        } catch {
            for link in links { await link.stop() }
            throw error
        }
    }
}

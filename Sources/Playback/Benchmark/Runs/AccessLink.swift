package import Logging
package import NetworkEmulation
package import Player
package import Presentation

/// The link between some clients and the rest of the network: one bottleneck, whichever server is asked.
package struct AccessLink: Sendable {
    private let pacer: LinkPacer
    private let clients: Int
    private let logger: Logger

    /// - Parameter clients: that share the link.
    package init(profile: BandwidthProfile, clients: Int = 1, logger: Logger) {
        pacer = LinkPacer(profile: profile, clients: clients)
        self.clients = clients
        self.logger = logger
    }

    /// Starts the profile's clock, unless a connection has done that.
    package func begin() async { await pacer.begin() }

    /// Runs `body` while every server that `presentation` names can be reached through the link; `body` is told by which
    /// addresses. HTTP clients that ask servers which speak TLS have to be made for ``AuthorityMap/hosts``.
    ///
    /// - Throws: ``BenchmarkError`` when a server cannot be put behind a link, `ListenError` when the link cannot be made,
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
        var links: [ShapingLink] = []
        var map = AuthorityMap()
        do {
            for server in servers {
                let link = link(to: server)
                let port = try await link.start()
                links.append(link)
                if server.isSecure {
                    map.securePorts[server.authority] = port
                    if !server.isAddress { map.hosts[server.host] = Self.address }
                } else {
                    map.addresses[server.authority] = "\(Self.address):\(port)"
                }
            }
            let result = try await body(map)
            for link in links { await link.stop() }
            return result
        } catch {
            for link in links { await link.stop() }
            throw error
        }
    }

    /// Where links listen.
    private static let address = "127.0.0.1"

    private func link(to server: UpstreamServer) -> ShapingLink {
        ShapingLink(
            pacer: pacer, upstreamHost: server.host, upstreamPort: server.port,
            // A certificate for an address is checked against the one that is connected to.
            host: server.isSecure && server.isLoopback ? server.host : Self.address,
            // A client opens eight to a server at most, and others while old ones close.
            maximumConnections: max(ShapingLink.maximumConnections, clients * 16), logger: logger)
    }
}

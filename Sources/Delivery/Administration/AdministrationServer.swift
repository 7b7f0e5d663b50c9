internal import HTTPTypes
internal import Hummingbird
package import Logging
internal import NIOCore
internal import ServiceLifecycle

/// The administration listener of a server: `/healthz` and `/metrics`, apart from the traffic that it reports on.
package struct AdministrationServer: Service {
    private let host: String
    private let port: Int
    private let registry: PrometheusRegistry
    private let isHealthy: @Sendable () -> Bool
    private let onListening: @Sendable (_ host: String, _ port: Int) -> Void
    private let logger: Logger

    /// - Parameters:
    ///   - host: a name or an address without brackets.
    ///   - port: 0 lets the system choose.
    ///   - isHealthy: whether the server can do its work; `/healthz` answers 200 or 503.
    ///   - onListening: told the real address once it listens.
    package init(
        host: String, port: Int, registry: PrometheusRegistry, logger: Logger,
        isHealthy: @escaping @Sendable () -> Bool = { true },
        onListening: @escaping @Sendable (_ host: String, _ port: Int) -> Void = { _, _ in }
    ) {
        self.host = host
        self.port = port
        self.registry = registry
        self.logger = logger
        self.isHealthy = isHealthy
        self.onListening = onListening
    }

    /// Serves until a graceful shutdown.
    ///
    /// Throws ``AdministrationError`` when it cannot listen.
    package func run() async throws {
        do {
            try await application().run()
        } catch let error as IOError {
            throw AdministrationError(host: host, port: port, cause: error)
        }
    }

    func application() -> some ApplicationProtocol {
        let onListening = onListening
        let configured = port
        return Application(
            router: router(),
            configuration: .init(address: .hostname(host, port: port)),
            onServerRunning: { channel in
                onListening(channel.localAddress?.ipAddress ?? host, channel.localAddress?.port ?? configured)
            },
            logger: logger)
    }

    private func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.get("healthz") { [isHealthy] _, _ in
            isHealthy()
                ? Self.text("ok\n", status: .ok, type: "text/plain; charset=utf-8")
                : Self.text("unavailable\n", status: .serviceUnavailable, type: "text/plain; charset=utf-8")
        }
        router.get("metrics") { [registry] _, _ in
            Self.text(registry.exposition(), status: .ok, type: "text/plain; version=0.0.4; charset=utf-8")
        }
        return router
    }

    private static func text(_ text: String, status: HTTPResponse.Status, type: String) -> Response {
        Response(
            status: status, headers: [.contentType: type, .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(string: text)))
    }
}

/// The administration listener cannot listen.
package struct AdministrationError: Error, Sendable, CustomStringConvertible {
    /// What, where, and what to do: one line.
    package var description: String

    init(host: String, port: Int, cause: IOError) {
        let reason = cause.description
        let address = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        description =
            "cannot listen on \(address) for administration: \(reason); choose another port, or 0 for a free one"
    }
}

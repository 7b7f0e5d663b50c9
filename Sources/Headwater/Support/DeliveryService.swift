import Administration
import ArgumentParser
import HTTP
import Logging
import ServiceLifecycle
import UnixSignals

/// What origin and edge have in common: a delivery listener, perhaps an administration listener, a line on standard
/// output for each, and a graceful end.
struct DeliveryService {
    var server: DeliveryServer
    var admin: ListenAddress?
    var registry: PrometheusRegistry
    /// What keeps the server from its work, for `/healthz`; nil when nothing does.
    var fault: @Sendable () async -> String?
    var logger: Logger
    /// Runs beside the server and stops after it.
    var companions: [any Service] = []

    /// Serves until SIGTERM or SIGINT.
    func run() async throws {
        let address = try await server.bind()
        StandardStream.output.writeLine("listening on http://\(address)")
        var services = companions + [server]
        if let admin {
            services.append(
                AdministrationServer(
                    host: admin.host, port: admin.port, registry: registry, logger: logger, fault: fault,
                    onListening: { host, port in
                        StandardStream.output.writeLine("admin on http://\(ListenAddress(host: host, port: port))")
                    }))
        }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
    }
}

extension ListenAddress: ExpressibleByArgument {
    /// Reads an option's value: `HOST:PORT`.
    init?(argument: String) { self.init(argument) }
}

extension ServerError: ExitStatusProviding {
    var systemExit: SystemExit {
        switch code {
        case .addressInUse, .system: .unavailable
        case .notPermitted: .noPermission
        case .addressNotAvailable: .noHost
        }
    }
}

extension AdministrationError: ExitStatusProviding {
    var systemExit: SystemExit { .unavailable }
}

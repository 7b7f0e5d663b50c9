import Administration
import ArgumentParser
import HTTP
import Logging
import ServiceLifecycle

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

    /// Serves until SIGTERM or SIGINT, which lets running responses finish; a second one does not.
    func run() async throws {
        let signals = await TerminationSignals()
        let address = try await server.bind()
        var services = companions + [server]
        if let admin {
            services.append(
                AdministrationServer(
                    host: admin.host, port: admin.port, registry: registry, logger: logger, fault: fault,
                    onListening: { host, port in
                        // Only now do both listen: nobody is told of a server that is about to fail.
                        StandardStream.output.writeLine("listening on http://\(address)")
                        StandardStream.output.writeLine("admin on http://\(ListenAddress(host: host, port: port))")
                    }))
        } else {
            StandardStream.output.writeLine("listening on http://\(address)")
        }
        try await signals.run(services, logger: logger)
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

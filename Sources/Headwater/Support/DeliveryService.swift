import Administration
import HTTP
import Logging
import ServiceLifecycle

/// What origin and edge have in common: a delivery listener, perhaps an administration listener, and a graceful end.
struct DeliveryService {
    var server: DeliveryServer
    var administration: AdministrationOptions
    var registry: PrometheusRegistry
    /// What keeps the server from its work, for `/healthz`; nil when nothing does.
    var fault: @Sendable () async -> String?
    var logger: Logger
    /// Runs beside the server and stops after it.
    var companions: [any Service] = []

    /// Serves until SIGTERM or SIGINT, which lets running responses finish; a second one does not.
    func run() async throws {
        let signals = await TerminationSignals()
        var listeners = Listeners()
        listeners.add(server, at: ["http://\(try await server.bind())"])
        try await listeners.serve(beside: companions, until: signals, logger: logger) { announce in
            administration.server(registry: registry, logger: logger, fault: fault, announce: announce)
        }
    }
}

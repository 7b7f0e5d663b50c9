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

    /// Serves until SIGTERM or SIGINT, which lets running responses finish; a second one does not.
    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
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
        let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: services, logger: logger))
        try await withThrowingTaskGroup(of: Ending.self) { tasks in
            tasks.addTask {
                try await group.run()
                return .orderly
            }
            tasks.addTask {
                var received = signals.makeAsyncIterator()
                guard await received.next() != nil else { return .orderly }
                await group.triggerGracefulShutdown()
                return await received.next() == nil ? .orderly : .hurried
            }
            let ending = try await tasks.next()
            tasks.cancelAll()
            // What is cancelled half-way may say so.
            if ending == .hurried { while let result = await tasks.nextResult() { _ = result } }
        }
    }

    private enum Ending {
        case orderly
        case hurried
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

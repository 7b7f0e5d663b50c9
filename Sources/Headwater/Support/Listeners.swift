import Administration
import ArgumentParser
import Listening
import Logging
import ServiceLifecycle

/// The listeners of a server, announced on standard output when all of them listen: nobody is told of a server that is
/// about to fail.
struct Listeners {
    private var lines: [String] = []
    private var services: [any Service] = []

    /// Adds a service that listens already.
    ///
    /// - Parameter urls: where it listens.
    mutating func add(_ service: any Service, at urls: [String]) {
        services.append(service)
        lines += urls.map { "listening on \($0)" }
    }

    /// Announces all listeners and serves until SIGTERM or SIGINT, which lets what is going on finish; a second one does not.
    ///
    /// - Parameters:
    ///   - companions: services that run beside the listeners and stop after them.
    ///   - logger: told when services start and stop.
    ///   - last: a service that listens only once it runs, and then says so with the line that it is given a way to write;
    ///     nil if none is wanted.
    func serve(
        beside companions: [any Service] = [], until signals: TerminationSignals, logger: Logger,
        last: (_ announce: @escaping @Sendable (_ line: String) -> Void) throws -> (any Service)? = { _ in nil }
    ) async throws {
        let last = try last { [lines] line in
            for line in lines + [line] { StandardStream.output.writeLine(line) }
        }
        if last == nil { for line in lines { StandardStream.output.writeLine(line) } }
        try await signals.run(companions + services + [last].compactMap(\.self), logger: logger)
    }
}

/// The listener on which a server tells how it is.
struct AdministrationOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Where to serve /healthz and /metrics; nowhere if not given.", valueName: "host:port"))
    var admin: ListenAddress?

    /// The listener; nil if none is wanted.
    ///
    /// - Parameters:
    ///   - registry: what `/metrics` shows.
    ///   - fault: what keeps the server from its work, for `/healthz`; nil when nothing does.
    ///   - documents: what else it shows.
    ///   - announce: told in one line where it listens, once it does.
    func server(
        registry: PrometheusRegistry, logger: Logger, fault: @escaping @Sendable () async -> String? = { nil },
        documents: [AdministrationDocument] = [], announce: @escaping @Sendable (_ line: String) -> Void
    ) -> AdministrationServer? {
        admin.map {
            AdministrationServer(
                host: $0.host, port: $0.port, registry: registry, logger: logger, fault: fault, documents: documents,
                onListening: { host, port in announce("admin on http://\(ListenAddress(host: host, port: port))") })
        }
    }
}

extension ListenAddress: ExpressibleByArgument {
    /// Reads an option's value: `HOST:PORT`.
    init?(argument: String) { self.init(argument) }
}

extension ListenError: ExitStatusProviding {
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

import Administration
import ArgumentParser
import DNS
import Foundation
import Listening
import LineProtocol
import Logging
import NIOPosix
import NameServer
import Routing
import ServiceLifecycle
import Steering

/// `headwater dns`: an authoritative name server.
struct DNSCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dns",
        abstract: "Answer for zones, as an authoritative name server over UDP and TCP.",
        discussion: """
            Each file holds one zone (RFC 1035 §5): its name is that of the first $ORIGIN, else that of the file without \
            .zone or .db, or what stands before "=". Files are read anew when they change; one that is broken leaves the \
            zone as it was. Zones can be in a database too (headwater zone), also copies of other servers' zones. Prints one \
            line once it listens, and stops on SIGTERM.

            Names for which a zone names a policy (_routing.video TXT "policy=nearest") are answered with edges as \
            --routing says: near the client, alive, not overloaded. --admin shows /edges and /explain then.

            Example:
              headwater dns --listen 127.0.0.1:5353 --zone cdn.test.zone --transfer-to 127.0.0.0/8
              headwater dns --listen 127.0.0.1:5354 --zone-data zones.sqlite --secondary cdn.test@127.0.0.1:5353
            """)

    @Option(help: ArgumentHelp("Where to answer, over UDP and TCP; port 0 takes any free one.", valueName: "host:port"))
    var listen = ListenAddress(host: "127.0.0.1", port: 5353)

    @Option(help: ArgumentHelp("A zone to answer for; may be given several times.", valueName: "[name=]file"))
    var zone: [ZoneArgument] = []

    @Option(help: ArgumentHelp("A database of zones to answer for, as headwater zone makes it.", valueName: "db"))
    var zoneData: String?

    @Option(
        help: ArgumentHelp(
            "A zone to keep a copy of in --zone-data, and the server that has it; may be given several times.",
            valueName: "zone@address[:port]"))
    var secondary: [SecondaryArgument] = []

    @Option(
        help: ArgumentHelp(
            "Who is told when a zone changes (NOTIFY), besides the servers that its NS records name.",
            valueName: "address[:port]"))
    var notify: [NameServerArgument] = []

    @Option(
        help: ArgumentHelp("Who may have whole zones (AXFR); nobody if not given.", valueName: "address/bits"))
    var transferTo: [IPNetwork] = []

    @Option(help: ArgumentHelp("What NSID and id.server tell.", valueName: "name"))
    var serverID: String?

    @Option(
        help: ArgumentHelp(
            "Responses that are alike a second and network over UDP; 0 for no limit.", valueName: "n"))
    var responseRate = 20

    @Option(
        help: ArgumentHelp(
            "32 hexadecimal digits that servers share to know each other's cookies; random if not given.",
            valueName: "hex"))
    var cookieSecret: String?

    @Option(help: ArgumentHelp("Edges, where clients are, and policies that zones name (YAML).", valueName: "file"))
    var routing: String?

    @OptionGroup var administration: AdministrationOptions

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if zone.isEmpty, zoneData == nil { throw ValidationError("--zone or --zone-data is missing") }
        if zoneData == nil, !secondary.isEmpty { throw ValidationError("--secondary needs --zone-data") }
        if responseRate < 0 { throw ValidationError("--response-rate is 0 or more") }
        if let cookieSecret, Self.secret(cookieSecret) == nil {
            throw ValidationError("--cookie-secret needs 32 hexadecimal digits")
        }
        if let serverID, serverID.isEmpty || serverID.utf8.count > 255 {
            throw ValidationError("--server-id has 1 to 255 octets")
        }
    }

    private static func secret(_ text: String) -> DNSCookies? {
        let digits = Array(text)
        guard digits.count == 32, digits.allSatisfy(\.isHexDigit) else { return nil }
        return DNSCookies(
            secret: stride(from: 0, to: 32, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) })
    }

    func run() async throws {
        let logger = common.logger("dns")
        let signals = await TerminationSignals()
        let sources = try await sources(logger)
        let registry = PrometheusRegistry(help: SteeringMetrics.help)
        let routing = try routing.map { path throws(RoutingError) in
            try DNSRouting(path: path, registry: registry, logger: logger)
        }
        let responder = responder(sources, routing, logger)
        let server = NameServer(
            configuration: NameServer.Configuration(host: listen.host, port: listen.port, logger: logger),
            group: Self.group, responder: responder)
        var listeners = Listeners()
        listeners.add(server, at: ["dns://\(try await server.bind())"])
        let notifier = notifier(server, logger)
        sources.whenChanged { zones in
            DNSRouting.warn(zones, routing?.watch.table, logger)
            responder.replace(zones)
            notifier.serve(zones)
        }
        let companions: [(any Service)?] = [
            sources.files, sources.database, sources.secondaries, notifier, routing?.file, routing?.checker,
        ]
        try await listeners.serve(beside: companions.compactMap(\.self), until: signals, logger: logger) { announce in
            administration.server(
                registry: registry, logger: logger, fault: { routing?.watch.fault() },
                documents: routing?.documents { responder.zones } ?? [], announce: announce)
        }
    }

    private static let group = MultiThreadedEventLoopGroup.singleton

    /// Where zones come from, and those that are served.
    private struct Sources {
        var files: ZoneFiles?
        var database: DatabaseZones?
        var secondaries: SecondaryZones?
        var served: ServedZones

        /// Has `change` told the zones of now, and those of each change.
        func whenChanged(_ change: @escaping @Sendable (ZoneTable) -> Void) {
            secondaries?.whenChanged { [database] in await database?.reload() }
            served.whenChanged(change)
        }
    }

    private func sources(_ logger: Logger) async throws -> Sources {
        let files = zone.isEmpty ? nil : try ZoneFiles(zone.map(\.source), logger: logger)
        let store = try zoneData.map { path throws(ZoneDatabaseError) in try ZoneDatabase(path: path) }
        var database: DatabaseZones?
        var secondaries: SecondaryZones?
        if let store {
            secondaries = try await SecondaryZones(
                SecondaryArgument.sources(secondary), database: store, group: Self.group, logger: logger)
            database = try await DatabaseZones(store, logger: logger)
        }
        let served = ServedZones(files: files, database: database, copies: secondaries?.names ?? [], logger: logger)
        return Sources(files: files, database: database, secondaries: secondaries, served: served)
    }

    /// What answers: for the zones of now, and as `routing` says.
    private func responder(_ sources: Sources, _ routing: DNSRouting?, _ logger: Logger) -> AuthorityResponder {
        var configuration = AuthorityResponder.Configuration(logger: logger)
        configuration.transfers = transferTo
        configuration.engine.serverID = serverID
        configuration.engine.cookies =
            cookieSecret.flatMap(Self.secret)
            ?? DNSCookies(secret: (0..<16).map { _ in UInt8.random(in: 0...255) })
        if responseRate == 0 {
            configuration.rateLimit = nil
        } else {
            configuration.rateLimit?.rate = Double(responseRate)
        }
        configuration.source = routing?.watch
        let responder = AuthorityResponder(
            configuration: configuration, zones: sources.served.zones,
            notified: { [secondaries = sources.secondaries] in secondaries?.notified($0, by: $1) ?? false })
        routing?.follow({ responder.zones }, logger)
        return responder
    }

    /// What tells other servers of changes, but not `server` itself, which listens already.
    private func notifier(_ server: NameServer, _ logger: Logger) -> ChangeNotifier {
        var configuration = ChangeNotifier.Configuration(logger: logger)
        configuration.others = notify.map(\.endpoint)
        configuration.ourselves = server.endpoints
        return ChangeNotifier(configuration: configuration, group: Self.group)
    }
}

/// `[NAME=]FILE`.
struct ZoneArgument: ExpressibleByArgument, Sendable {
    var source: ZoneFiles.Source

    init?(argument: String) {
        guard let equals = argument.firstIndex(of: "=") else {
            source = ZoneFiles.Source(path: argument)
            return
        }
        guard let name = try? DomainName(argument[..<equals]) else { return nil }
        source = ZoneFiles.Source(path: String(argument[argument.index(after: equals)...]), origin: name)
    }
}

extension IPNetwork: ExpressibleByArgument {
    /// Reads an argument: `ADDRESS/BITS`.
    package init?(argument: String) { self.init(argument) }
}

extension DNSError: ExitStatusProviding {
    var systemExit: SystemExit {
        switch code {
        case .unreadable: .noInput
        case .malformedMessage: .protocolError
        case .malformedName, .malformedRecord, .malformedZone: .dataError
        }
    }
}

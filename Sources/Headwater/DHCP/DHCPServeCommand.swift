import Administration
import ArgumentParser
import DHCP
import DHCPService
import Foundation
import Metrics
import NameServer

/// `headwater dhcp serve`: a server.
struct DHCPServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Give addresses to the hosts of subnets.",
        discussion: """
            The subnets, pools, reservations and options stand in a YAML file. Leases are in DIR/leases.sqlite before their \
            clients hear of them. With --zone-data the names of clients are published in zones that headwater dns serves: \
            an A record in the subnet's domain and a PTR record in its reverse zone, where the database has those. Only \
            root may do this. Prints one line an interface once it listens, and stops on SIGTERM.

            Example: headwater dhcp serve --interface eth1 --config dhcp.yaml --data dhcp
            """)

    @Option(
        help: ArgumentHelp(
            "Where clients or their relay agents are; may be given several times.", valueName: "iface"))
    var interface: [String]

    @Option(help: ArgumentHelp("Subnets, pools, reservations and options (YAML).", valueName: "file"))
    var config: String

    @Option(help: ArgumentHelp("Folder of the leases; made when it does not exist.", valueName: "dir"))
    var data: String

    @Option(
        help: ArgumentHelp("Database of zones to publish clients' names in (see headwater zone).", valueName: "db"))
    var zoneData: String?

    @OptionGroup var administration: AdministrationOptions

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if interface.isEmpty { throw ValidationError("--interface is missing") }
        if Set(interface).count < interface.count { throw ValidationError("an interface is given twice") }
    }

    func run() async throws {
        let logger = common.logger("dhcp")
        let signals = await TerminationSignals()
        let registry = PrometheusRegistry()
        let addresses = try DHCPConfigurationFile.read(try text(), file: config)
        let observer = try zoneData.map { path throws(ZoneDatabaseError) in
            LeaseNames(try ZoneDatabase(path: path), addresses.subnets, logger: logger)
        }
        let server = try DHCPServer(
            configuration: DHCPServer.Configuration(
                addresses: addresses, interfaces: interface, logger: logger, metrics: registry),
            store: try LeaseStore(folder: data), observer: observer)
        try server.bind()
        var listeners = Listeners()
        listeners.add(server, at: interface.map { "dhcp://\($0)" })
        try await listeners.serve(until: signals, logger: logger) { announce in
            administration.server(registry: registry, logger: logger, announce: announce)
        }
    }

    private func text() throws -> String {
        guard let file = FileHandle(forReadingAtPath: config),
            let content = try? file.read(upToCount: DHCPConfigurationFile.largest + 1)
        else { throw CommandError(.noInput, "cannot read the configuration \(config)") }
        guard let text = String(data: content, encoding: .utf8) else {
            throw CommandError(.configuration, "\(config): the file is not in UTF-8")
        }
        return text
    }
}

extension DHCPError: ExitStatusProviding {
    var systemExit: SystemExit { code == .configuration ? .configuration : .protocolError }
}

extension LeaseStoreError: ExitStatusProviding {
    var systemExit: SystemExit {
        switch code {
        case .inUse: .temporaryFailure
        case .missing: .noInput
        case .unusable: .ioError
        }
    }
}

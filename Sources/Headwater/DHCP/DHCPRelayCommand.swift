import ArgumentParser
import DHCP
import DHCPService
import ServiceLifecycle

/// `headwater dhcp relay`: a relay agent.
struct DHCPRelayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "relay",
        abstract: "Take what DHCP clients say to their link to servers that are elsewhere, and answers back.",
        discussion: """
            Every message of a client goes to each server, with the address of the client's interface in giaddr, by which \
            servers know the subnet. With --option-82 it also tells which interface it was (circuit) and which agent \
            (remote); what a client itself says there is kept in front (insert), replaced, kept instead of ours, or the \
            reason to drop the message. Without --option-82 such messages are dropped. Only root may do this. Prints one \
            line an interface once it listens, and stops on SIGTERM.

            Example: headwater dhcp relay --client-interface eth1 --server 192.0.2.1 --option-82 replace
            """)

    @Option(help: ArgumentHelp("Where clients are; may be given several times.", valueName: "iface"))
    var clientInterface: [String]

    @Option(help: ArgumentHelp("A server; may be given several times.", valueName: "address"))
    var server: [IPv4Address]

    @Option(help: ArgumentHelp("Where servers are; wherever a route leads if not given.", valueName: "iface"))
    var serverInterface: String?

    @Option(
        name: .customLong("option-82"),
        help: ArgumentHelp("Tell servers where clients are: insert, replace, keep or drop.", valueName: "policy"))
    var option82: RelayEngine.InformationPolicy?

    @Option(
        help: ArgumentHelp("Option 82's remote id; the interface's hardware address if not given.", valueName: "text"))
    var remoteID: String?

    @Option(
        help: ArgumentHelp(
            "An address in the subnet that clients are to be in, if not the interface's (RFC 3527).",
            valueName: "address"))
    var linkSelection: IPv4Address?

    @Flag(help: "Have clients renew through this agent (RFC 5107).")
    var overrideServerID = false

    @Option(
        help: ArgumentHelp(
            "Relay agents nearer to clients that are believed; none if not given.", valueName: "address/bits"))
    var trust: [IPv4Network] = []

    @Option(
        help: ArgumentHelp("Who may answer; anybody on the servers' side if not given.", valueName: "address/bits"))
    var answersFrom: [IPv4Network] = []

    @Option(help: "Relay agents that a message may have passed before, at most 16.")
    var hops: UInt8 = 4

    @Option(help: ArgumentHelp("Relay only what clients have asked for so long already.", valueName: "seconds"))
    var minimumSeconds: UInt16 = 0

    @Option(help: ArgumentHelp("Messages a second from one interface.", valueName: "n"))
    var rate = 1_000

    @Option(help: ArgumentHelp("Messages a second of one client.", valueName: "n"))
    var clientRate = 10

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if clientInterface.isEmpty { throw ValidationError("--client-interface is missing") }
        if server.isEmpty { throw ValidationError("--server is missing") }
        if let address = server.first(where: { !$0.isHost && $0 != IPv4Address(127, 0, 0, 1) }) {
            throw ValidationError("--server \(address) is no host's address")
        }
        if Set(clientInterface).count < clientInterface.count || Set(server).count < server.count {
            throw ValidationError("an interface or a server is given twice")
        }
        if hops > 16 { throw ValidationError("--hops is at most 16") }
        if rate < 1 || clientRate < 1 { throw ValidationError("--rate and --client-rate are 1 or more") }
        if let remoteID, !(1...100).contains(remoteID.utf8.count) {
            throw ValidationError("--remote-id has 1 to 100 octets")
        }
        if option82 == nil, remoteID != nil || linkSelection != nil || overrideServerID {
            throw ValidationError("--remote-id, --link-selection and --override-server-id need --option-82")
        }
    }

    func run() async throws {
        let logger = common.logger("dhcp-relay")
        let signals = await TerminationSignals()
        var engine = RelayEngine.Configuration(servers: server)
        engine.policy = option82
        engine.remoteID = remoteID.map { Array($0.utf8) }
        engine.linkSelection = linkSelection
        engine.overridesServerIdentifier = overrideServerID
        engine.trustedRelays = trust
        engine.answerers = answersFrom
        engine.hopLimit = hops
        engine.minimumSeconds = minimumSeconds
        engine.rate = .init(rate: Double(rate), burst: Double(rate) * 2)
        engine.clientRate = .init(rate: Double(clientRate), burst: Double(clientRate) * 4)
        var configuration = DHCPRelay.Configuration(
            clientInterfaces: clientInterface, engine: engine, logger: logger)
        configuration.serverInterface = serverInterface
        let relay = try DHCPRelay(configuration)
        var listeners = Listeners()
        listeners.add(relay, at: try relay.listen().map { "dhcp://\($0.address):67 (\($0.interface))" })
        try await listeners.serve(until: signals, logger: logger)
    }
}

extension RelayEngine.InformationPolicy: ExpressibleByArgument {}

extension IPv4Address: ExpressibleByArgument {
    /// Reads an argument: `192.0.2.1`.
    package init?(argument: String) { self.init(argument) }
}

extension IPv4Network: ExpressibleByArgument {
    /// Reads an argument: `192.0.2.0/24`, or an address alone.
    package init?(argument: String) {
        if let address = IPv4Address(argument) {
            self.init(containing: address, prefix: 32)
        } else {
            self.init(argument)
        }
    }
}

extension LinkError: ExitStatusProviding {
    var systemExit: SystemExit {
        switch code {
        case .notPermitted: .noPermission
        case .noInterface: .noInput
        case .unsuitable: .configuration
        case .addressInUse, .unreachable: .unavailable
        case .busy: .temporaryFailure
        case .system: .osError
        }
    }
}

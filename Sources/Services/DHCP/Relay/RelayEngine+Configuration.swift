extension RelayEngine {
    /// What happens to option 82 of messages that come from clients themselves.
    package enum InformationPolicy: String, Sendable, Hashable, CaseIterable {
        /// Ours is put in; what is there already stays in front of it.
        case insert
        /// Ours instead of what is there.
        case replace
        /// Ours is put in, unless there is one: that of a switch which is trusted.
        case keep
        /// Ours is put in; a message that has one is dropped (RFC 3046 §2.1: of a circuit that is not trusted).
        case drop
    }

    /// Where a relay agent takes messages, what it adds to them, and what it drops.
    package struct Configuration: Sendable, Hashable {
        /// Each gets every message; at least one.
        package var servers: [IPv4Address]
        /// Nil to put no option 82 into messages, and to drop those of clients that have one: servers would believe it.
        package var policy: InformationPolicy?
        /// Which relay agent: at most 100 octets. Nil for the hardware address of the interface.
        package var remoteID: [UInt8]?
        /// An address in the subnet that clients are to be in (RFC 3527).
        package var linkSelection: IPv4Address?
        /// Whether clients are to take this agent for the server, and so renew through it (RFC 5107).
        package var overridesServerIdentifier = false
        /// Relay agents that a message may have passed before (RFC 1542 §4.1.1), at most 16.
        package var hopLimit: UInt8 = 4
        /// Seconds that a client must have tried before: for an agent that only helps out (RFC 1542 §3.2).
        package var minimumSeconds: UInt16 = 0
        /// Octets of a message with option 82 at most; it goes without the option otherwise (RFC 3046 §2.1.1).
        package var maximumLength = 1_472
        /// Relay agents nearer to clients whose `giaddr` is believed, by the address that they send from.
        package var trustedRelays: [IPv4Network] = []
        /// Who may answer, by the address that it sends from; empty for anybody on the servers' side.
        package var answerers: [IPv4Network] = []
        /// Messages that one interface may bring.
        package var rate = DHCPServerConfiguration.RateLimit(rate: 1_000, burst: 2_000)
        /// Messages of one client, by its hardware address.
        package var clientRate = DHCPServerConfiguration.RateLimit(rate: 10, burst: 40)

        package init(servers: [IPv4Address]) { self.servers = servers }
    }

    /// An interface with clients.
    package struct Port: Sendable, Hashable {
        /// The system's number for it.
        package var index: Int
        /// Option 82's circuit.
        package var name: String
        package var hardware: HardwareAddress
        /// What goes into `giaddr`: where servers answer to, and what tells them the subnet.
        package var address: IPv4Address
        /// Those that the interface has addresses in.
        package var networks: [IPv4Network]

        package init(
            index: Int, name: String, hardware: HardwareAddress, address: IPv4Address, networks: [IPv4Network]
        ) {
            self.index = index
            self.name = name
            self.hardware = hardware
            self.address = address
            self.networks = networks
        }
    }

    /// How a message came.
    package struct Arrival: Sendable, Hashable {
        /// The number of the interface.
        package var interface: Int
        package var source: IPv4Address
        package var destination: IPv4Address

        package init(interface: Int, source: IPv4Address, destination: IPv4Address) {
            self.interface = interface
            self.source = source
            self.destination = destination
        }
    }

    /// Why a message is not relayed.
    package enum Refusal: String, Sendable, Hashable, CaseIterable {
        case malformed = "it is no message of BOOTP or DHCP"
        case notFromClient = "it is a request that comes from no interface with clients"
        case overRate = "there are too many"
        case tooManyHops = "it has passed too many relay agents"
        case ownRelayAddress = "it claims to have been relayed by this agent"
        case untrustedRelay = "it claims to have been relayed by an agent that is not trusted"
        case untrustedInformation = "a client must not tell where it is (option 82)"
        case tooEarly = "the client has not tried for long enough"
        case notOurReply = "it is a reply for another relay agent"
        case untrustedServer = "it is a reply of nobody who may answer"
    }

    /// Whom a server's message is for (RFC 2131 §4.1).
    package enum Destination: Sendable, Hashable {
        /// Everybody on the link.
        case broadcast
        /// A host that may not know its address yet.
        case host(IPv4Address, HardwareAddress)
    }

    /// What becomes of a message.
    package enum Action: Sendable, Hashable {
        /// To port 67 of `server`, from the address `source`.
        case toServer(IPv4Address, source: IPv4Address, octets: [UInt8])
        /// To port 68 on a link.
        case toClient(Destination, interface: Int, source: IPv4Address, octets: [UInt8])
        case refuse(Refusal)
    }
}

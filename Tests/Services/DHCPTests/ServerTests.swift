import Testing

@testable import DHCP

/// A server with its links, disk and clock in memory.
struct Laboratory {
    static let network = "192.0.2.0/24"
    static let own = IPv4Address(192, 0, 2, 1)
    /// A second address of the server's, which relay agents send to.
    static let uplink = IPv4Address(198, 51, 100, 1)
    static let relay = IPv4Address(10, 1, 0, 1)

    var engine: DHCPServerEngine
    /// What is on disk.
    var disk: [IPv4Address: Lease] = [:]
    var now = 1_800_000_000.0
    var notes: [DHCPServerEngine.Note.Reason] = []
    var events: [DHCPServerEngine.LeaseEvent] = []
    /// Addresses that answer probes.
    var occupied: [IPv4Address: HardwareAddress] = [:]
    var probed: [IPv4Address] = []
    /// Commits are held back until somebody asks for them.
    var holdsCommits = false
    var pending: [(Lease, UInt64)] = []
    let configuration: DHCPServerConfiguration
    let links: [DHCPServerEngine.Link]

    init(_ change: (inout DHCPServerConfiguration) -> Void = { _ in }) throws {
        var configuration = DHCPServerConfiguration()
        var near = DHCPServerConfiguration.Subnet(try #require(IPv4Network(Self.network)))
        near.pools = [IPv4Address(192, 0, 2, 10)...IPv4Address(192, 0, 2, 13)]
        near.options.set(.routers, [Self.own])
        near.options.set(.nameServers, [IPv4Address(192, 0, 2, 53)])
        near.domain = "lan.test"
        var far = DHCPServerConfiguration.Subnet(try #require(IPv4Network("10.1.0.0/16")))
        far.pools = [IPv4Address(10, 1, 1, 0)...IPv4Address(10, 1, 2, 255)]
        far.relays = [try #require(IPv4Network("10.1.0.1/32"))]
        configuration.subnets = [near, far]
        change(&configuration)
        try configuration.check()
        links = [
            .init(name: "lan", addresses: [.init(Self.own, in: try #require(IPv4Network(Self.network)))]),
            .init(name: "up", addresses: [.init(Self.uplink, in: try #require(IPv4Network("198.51.100.0/24")))]),
        ]
        self.configuration = configuration
        engine = DHCPServerEngine(configuration: configuration, links: links, leases: [], now: now)
    }

    /// The process dies and another one begins with what is on disk.
    mutating func restart() {
        pending = []
        engine = DHCPServerEngine(configuration: configuration, links: links, leases: disk.values, now: now)
    }

    /// Delivers a message, does what the server says, and returns what it sends.
    mutating func deliver(
        _ message: DHCPMessage, on link: String = "lan", to destination: IPv4Address = .broadcast
    ) -> [DHCPServerEngine.Reply] {
        let wire = message.encoded(limit: 1_472)
        return run(engine.receive(wire, from: .init(link: link, destination: destination), now: now))
    }

    mutating func relayed(_ message: DHCPMessage, by relay: IPv4Address = relay) -> [DHCPServerEngine.Reply] {
        var message = message
        message.relayAddress = relay
        return deliver(message, on: "up", to: Self.uplink)
    }

    mutating func run(_ commands: [DHCPServerEngine.Command]) -> [DHCPServerEngine.Reply] {
        var replies: [DHCPServerEngine.Reply] = []
        var commands = commands[...]
        while let command = commands.popFirst() {
            switch command {
            case .send(let reply): replies.append(reply)
            case .probe(let address, _):
                probed.append(address)
                commands += engine.probed(address, answeredBy: occupied[address], now: now)
            case .commit(let lease, let ticket):
                if holdsCommits {
                    pending.append((lease, ticket))
                } else {
                    disk[lease.address] = lease
                    commands += engine.committed(ticket, isDurable: true, now: now)
                }
            case .tell(let event): events.append(event)
            case .note(let note): notes.append(note.reason)
            }
        }
        return replies
    }

    // MARK: Clients

    static func hardware(_ number: Int) throws -> HardwareAddress {
        try #require(HardwareAddress([2, 0, 0, 0, UInt8(number >> 8), UInt8(number & 255)]))
    }

    static func message(_ kind: DHCPMessage.Kind, _ client: Int = 1) throws -> DHCPMessage {
        DHCPMessage(.request, kind: kind, hardware: try hardware(client), transactionID: UInt32(client))
    }

    static func request(
        _ client: Int = 1, server: IPv4Address? = nil, wish: IPv4Address? = nil, has address: IPv4Address? = nil
    ) throws -> DHCPMessage {
        var message = try message(.request, client)
        if let server { message.options.set(.serverIdentifier, server) }
        if let wish { message.options.set(.requestedAddress, wish) }
        message.clientAddress = address ?? .unspecified
        return message
    }

    /// The whole exchange; nil where the client gets nothing.
    mutating func lease(_ client: Int = 1) throws -> IPv4Address? {
        guard let offer = deliver(try Self.message(.discover, client)).first else { return nil }
        let address = offer.message.yourAddress
        let ack = deliver(try Self.request(client, server: Self.own, wish: address)).first
        return ack?.message.kind == .ack ? ack?.message.yourAddress : nil
    }
}

@Suite("A server of DHCP")
struct DHCPServerTests {
    @Test("leads a client through the four messages of RFC 2131 §3.1")
    func fourWay() throws {
        var lab = try Laboratory()
        var discover = try Laboratory.message(.discover)
        discover.options[.parameterRequestList] = [1, 3, 6, 15, 28]
        discover.options[.clientIdentifier] = [1, 2, 0, 0, 0, 0, 1]
        let offer = try #require(lab.deliver(discover).first)
        #expect(offer.message.kind == .offer && offer.message.transactionID == 1)
        #expect(offer.message.yourAddress == IPv4Address(192, 0, 2, 10) && offer.source == Laboratory.own)
        #expect(offer.message.options.address(.serverIdentifier) == Laboratory.own)
        #expect(
            offer.message.options.map(\.code) == [
                .messageType, .serverIdentifier, .leaseTime, .renewalTime, .rebindingTime, .subnetMask, .routers,
                .nameServers,
                .domainName, .broadcastAddress, .clientIdentifier,
            ])
        #expect(offer.message.options.long(.leaseTime) == 3_600 && offer.message.options.long(.renewalTime) == 1_800)
        #expect(offer.message.options.long(.rebindingTime) == 3_150)
        #expect(offer.message.options.text(.domainName) == "lan.test")
        // Nothing is on disk for an offer.
        #expect(lab.disk.isEmpty && lab.probed == [IPv4Address(192, 0, 2, 10)])

        var request = try Laboratory.request(server: Laboratory.own, wish: offer.message.yourAddress)
        request.options[.clientIdentifier] = [1, 2, 0, 0, 0, 0, 1]
        request.options.set(.hostName, text: "Viewer_One.example")
        lab.holdsCommits = true
        #expect(lab.deliver(request).isEmpty)
        let (lease, ticket) = try #require(lab.pending.first)
        #expect(lease.state == .bound && lease.expiry == Int64(lab.now) + 3_600 && lease.hostName == "viewer-one")
        // Nobody is told before the lease is on disk.
        #expect(lab.events.isEmpty)
        let ack = try #require(lab.run(lab.engine.committed(ticket, isDurable: true, now: lab.now)).first)
        #expect(ack.message.kind == .ack && ack.message.yourAddress == lease.address && lab.events == [.bound(lease)])
        #expect(ack.message.options[.clientIdentifier] == [1, 2, 0, 0, 0, 0, 1])
    }

    @Test("does not answer when the lease cannot be written, and forgets it")
    func unwritten() throws {
        var lab = try Laboratory()
        let offered = try #require(lab.deliver(try Laboratory.message(.discover)).first).message.yourAddress
        lab.holdsCommits = true
        let request = try Laboratory.request(server: Laboratory.own, wish: offered)
        #expect(lab.deliver(request).isEmpty)
        // The client repeats itself meanwhile: no second write.
        #expect(lab.deliver(request).isEmpty && lab.pending.count == 1)
        #expect(lab.run(lab.engine.committed(lab.pending[0].1, isDurable: false, now: lab.now)).isEmpty)
        #expect(lab.engine.leases.isEmpty && lab.notes.last == .unwritten)
        lab.holdsCommits = false
        #expect(lab.deliver(request).first?.message.kind == .ack)
    }

    /// RFC 2131 table 4 and §4.3.2, row by row: what a REQUEST says, how it comes, what is known, and the answer.
    @Test("answers every kind of REQUEST as RFC 2131 §4.3.2 has it")
    func requests() throws {
        let (own, other) = (Laboratory.own, IPv4Address(192, 0, 2, 2))
        let first = IPv4Address(192, 0, 2, 10)
        let free = IPv4Address(192, 0, 2, 12)
        let foreign = IPv4Address(203, 0, 113, 5)
        enum Known { case nothing, offer, lease, expired, othersLease }
        struct Row {
            var what: String
            var known: Known
            var request: DHCPMessage
            var destination = IPv4Address.broadcast
            var answer: DHCPMessage.Kind?
            var goes: DHCPServerEngine.Reply.Destination?
        }
        let hardware = try Laboratory.hardware(1)
        let rows = [
            Row(
                what: "selecting the offer", known: .offer, request: try Laboratory.request(server: own, wish: first),
                answer: .ack, goes: .hardware(hardware, first)),
            Row(
                what: "selecting another server", known: .offer,
                request: try Laboratory.request(server: other, wish: first)),
            Row(
                what: "selecting without an offer, free", known: .nothing,
                request: try Laboratory.request(server: own, wish: free), answer: .ack, goes: .hardware(hardware, free)),
            Row(
                what: "selecting what another has", known: .othersLease,
                request: try Laboratory.request(server: own, wish: first), answer: .nak, goes: .broadcast),
            Row(
                what: "selecting outside of the pools", known: .offer,
                request: try Laboratory.request(server: own, wish: IPv4Address(192, 0, 2, 99)), answer: .nak,
                goes: .broadcast),
            Row(
                what: "selecting with ciaddr", known: .offer,
                request: try Laboratory.request(server: own, wish: first, has: first)),
            Row(what: "selecting nothing", known: .offer, request: try Laboratory.request(server: own)),
            Row(
                what: "init-reboot with the lease", known: .lease, request: try Laboratory.request(wish: first),
                answer: .ack, goes: .hardware(hardware, first)),
            Row(
                what: "init-reboot after expiry", known: .expired, request: try Laboratory.request(wish: first),
                answer: .ack, goes: .hardware(hardware, first)),
            Row(
                what: "init-reboot with another address", known: .lease, request: try Laboratory.request(wish: free),
                answer: .nak, goes: .broadcast),
            Row(
                what: "init-reboot on the wrong network", known: .nothing,
                request: try Laboratory.request(wish: foreign),
                answer: .nak, goes: .broadcast),
            Row(what: "init-reboot of a stranger", known: .nothing, request: try Laboratory.request(wish: free)),
            Row(
                what: "init-reboot with another's address", known: .othersLease,
                request: try Laboratory.request(wish: first)),
            Row(
                what: "renewing", known: .lease, request: try Laboratory.request(has: first), destination: own,
                answer: .ack, goes: .client(first)),
            Row(
                what: "renewing what was lost here", known: .nothing, request: try Laboratory.request(has: free),
                destination: own, answer: .ack, goes: .client(free)),
            Row(
                what: "renewing another's address", known: .othersLease, request: try Laboratory.request(has: first),
                destination: own, answer: .nak, goes: .broadcast),
            Row(
                what: "renewing outside of the pools", known: .nothing,
                request: try Laboratory.request(has: IPv4Address(192, 0, 2, 99)), destination: own, answer: .nak,
                goes: .broadcast),
            Row(
                what: "rebinding", known: .lease, request: try Laboratory.request(has: first), answer: .ack,
                goes: .client(first)),
            Row(what: "rebinding of a stranger", known: .nothing, request: try Laboratory.request(has: free)),
            Row(
                what: "rebinding what another has", known: .othersLease, request: try Laboratory.request(has: first),
                answer: .nak, goes: .broadcast),
            Row(
                what: "rebinding on the wrong network", known: .lease, request: try Laboratory.request(has: foreign),
                answer: .nak, goes: .broadcast),
            Row(
                what: "rebinding outside of the pools", known: .nothing,
                request: try Laboratory.request(has: IPv4Address(192, 0, 2, 99))),
            Row(what: "two addresses", known: .lease, request: try Laboratory.request(wish: free, has: first)),
            Row(what: "no address", known: .lease, request: try Laboratory.request()),
        ]
        for row in rows {
            var lab = try Laboratory()
            switch row.known {
            case .nothing: break
            case .offer: #expect(lab.deliver(try Laboratory.message(.discover)).count == 1)
            case .lease, .expired: #expect(try lab.lease() == first)
            case .othersLease: #expect(try lab.lease(2) == first)
            }
            lab.now += row.known == .expired ? 4_000 : 30
            let before = lab.disk[first]
            let replies = lab.deliver(row.request, to: row.destination)
            #expect(replies.first?.message.kind == row.answer, "\(row.what)")
            #expect(replies.first?.destination == row.goes, "\(row.what)")
            if row.answer == .ack {
                let reply = try #require(replies.first)
                #expect(lab.disk[reply.message.yourAddress]?.expiry == Int64(lab.now) + 3_600, "\(row.what)")
                #expect(reply.message.clientAddress == row.request.clientAddress)
            } else {
                #expect(lab.disk[first] == before, "\(row.what)")
            }
            if row.answer == .nak {
                // RFC 2131 table 3: nothing but who speaks and why.
                let message = try #require(replies.first).message
                #expect(message.yourAddress == .unspecified && message.clientAddress == .unspecified)
                #expect(message.options.map(\.code) == [.messageType, .serverIdentifier, .message])
            }
        }
    }

    @Test("keeps an offer for its client, and frees it when another server is chosen or time is over")
    func offers() throws {
        var lab = try Laboratory { $0.subnets[0].pools = [IPv4Address(192, 0, 2, 10)...IPv4Address(192, 0, 2, 10)] }
        #expect(lab.deliver(try Laboratory.message(.discover, 1)).count == 1)
        #expect(lab.deliver(try Laboratory.message(.discover, 1)).count == 1 && lab.probed.count == 1)
        #expect(lab.deliver(try Laboratory.message(.discover, 2)).isEmpty && lab.notes.last == .exhausted)
        _ = lab.deliver(try Laboratory.request(1, server: IPv4Address(192, 0, 2, 2), wish: IPv4Address(192, 0, 2, 10)))
        #expect(lab.deliver(try Laboratory.message(.discover, 2)).count == 1)
        lab.now += 61
        #expect(lab.deliver(try Laboratory.message(.discover, 3)).count == 1)
    }

    @Test("sends where RFC 2131 §4.1 says")
    func destinations() throws {
        var lab = try Laboratory()
        var discover = try Laboratory.message(.discover)
        discover.isBroadcast = true
        #expect(lab.deliver(discover).first?.destination == .broadcast)
        discover.isBroadcast = false
        #expect(
            lab.deliver(discover).first?.destination
                == .hardware(try Laboratory.hardware(1), IPv4Address(192, 0, 2, 10)))
        let relayed = try #require(lab.relayed(discover).first)
        #expect(relayed.destination == .relay(Laboratory.relay) && relayed.message.relayAddress == Laboratory.relay)
        #expect(relayed.source == Laboratory.uplink && relayed.link == "up")
        // A refusal through a relay agent asks for broadcast, as the client's address may be wrong there.
        let nak = try #require(lab.relayed(try Laboratory.request(wish: IPv4Address(203, 0, 113, 1))).first)
        #expect(nak.message.kind == .nak && nak.message.isBroadcast && nak.destination == .relay(Laboratory.relay))
        // A client without an Ethernet address cannot be sent a frame.
        var odd = DHCPMessage(
            .request, kind: .discover, hardware: try #require(HardwareAddress(type: 32, [])), transactionID: 9)
        odd.options[.clientIdentifier] = [255, 1, 2, 3]
        #expect(lab.deliver(odd).first?.destination == .broadcast)
    }

    @Test("gives reservations by hardware address, client id and circuit, and to nobody else")
    func reservations() throws {
        var lab = try Laboratory { configuration in
            var byHardware = DHCPServerConfiguration.Reservation(
                .hardware(HardwareAddress("02:00:00:00:00:01") ?? .broadcast), IPv4Address(192, 0, 2, 10))
            byHardware.hostName = "camera"
            byHardware.options.set(.nameServers, [IPv4Address(192, 0, 2, 54)])
            configuration.subnets[0].reservations = [
                byHardware, .init(.client([0, 7]), IPv4Address(192, 0, 2, 200)),
            ]
            configuration.subnets[1].reservations = [.init(.circuit(Array("p7".utf8)), IPv4Address(10, 1, 0, 7))]
        }
        #expect(try lab.lease(2) == IPv4Address(192, 0, 2, 11))
        // Nor by asking for it.
        #expect(
            lab.deliver(try Laboratory.request(3, server: Laboratory.own, wish: IPv4Address(192, 0, 2, 10))).first?
                .message.kind == .nak)
        let offer = try #require(lab.deliver(try Laboratory.message(.discover, 1)).first).message
        #expect(offer.yourAddress == IPv4Address(192, 0, 2, 10) && offer.options.text(.hostName) == "camera")
        #expect(offer.options.addresses(.nameServers) == [IPv4Address(192, 0, 2, 54)])
        #expect(try lab.lease(1) == IPv4Address(192, 0, 2, 10))
        #expect(lab.disk[IPv4Address(192, 0, 2, 10)]?.hostName == "camera")
        var discover = try Laboratory.message(.discover, 4)
        discover.options[.clientIdentifier] = [0, 7]
        #expect(lab.deliver(discover).first?.message.yourAddress == IPv4Address(192, 0, 2, 200))
        var far = try Laboratory.message(.discover, 5)
        far.options[.relayAgentInformation] = [1, 2] + Array("p7".utf8)
        #expect(lab.relayed(far).first?.message.yourAddress == IPv4Address(10, 1, 0, 7))
    }

    @Test("commits at once where client and subnet want it (RFC 4039)")
    func rapidCommit() throws {
        var lab = try Laboratory { $0.subnets[0].allowsRapidCommit = true }
        var discover = try Laboratory.message(.discover)
        #expect(lab.deliver(discover).first?.message.kind == .offer)
        discover.options[.rapidCommit] = []
        let ack = try #require(lab.deliver(discover).first).message
        #expect(ack.kind == .ack && ack.options[.rapidCommit] == [] && lab.disk[ack.yourAddress]?.state == .bound)
        lab = try Laboratory()
        #expect(lab.deliver(discover).first?.message.kind == .offer && lab.disk.isEmpty)
    }

    @Test("takes back, informs and remembers")
    func releaseAndInform() throws {
        var lab = try Laboratory()
        let address = try #require(try lab.lease(1))
        var release = try Laboratory.message(.release, 2)
        release.clientAddress = address
        release.options.set(.serverIdentifier, Laboratory.own)
        #expect(lab.deliver(release, to: Laboratory.own).isEmpty && lab.disk[address]?.state == .bound)
        release = try Laboratory.message(.release, 1)
        release.clientAddress = address
        release.options.set(.serverIdentifier, Laboratory.own)
        #expect(lab.deliver(release, to: Laboratory.own).isEmpty && lab.disk[address]?.state == .released)
        #expect(lab.engine.leases.isEmpty && lab.events.count == 2)
        // Others get what nobody has had first; the same client gets the same.
        #expect(try lab.lease(2) != address && lab.lease(1) == address)

        var inform = try Laboratory.message(.inform, 9)
        inform.clientAddress = IPv4Address(192, 0, 2, 77)
        let ack = try #require(lab.deliver(inform).first)
        #expect(ack.destination == .client(IPv4Address(192, 0, 2, 77)) && ack.message.yourAddress == .unspecified)
        #expect(ack.message.options[.leaseTime] == nil && ack.message.options.addresses(.routers) == [Laboratory.own])
        // Nobody can have answers sent to hosts elsewhere.
        inform.clientAddress = IPv4Address(203, 0, 113, 77)
        #expect(lab.deliver(inform).isEmpty)
    }

    @Test("gives times that clients ask for within limits")
    func times() throws {
        var lab = try Laboratory()
        for (wish, expected) in [(nil, 3_600), (1, 60), (7_200, 7_200), (UInt32.max, 86_400)] as [(UInt32?, UInt32)] {
            var discover = try Laboratory.message(.discover)
            if let wish { discover.options.set(.leaseTime, long: wish) }
            let options = try #require(lab.deliver(discover).first).message.options
            #expect(options.long(.leaseTime) == expected)
            let (renewal, rebinding) = (options.long(.renewalTime) ?? .max, options.long(.rebindingTime) ?? 0)
            #expect(renewal < rebinding && rebinding < expected)
        }
        lab = try Laboratory { $0.subnets[0].maximumLeaseTime = .max }
        var discover = try Laboratory.message(.discover)
        discover.options.set(.leaseTime, long: .max)
        let options = try #require(lab.deliver(discover).first).message.options
        #expect(options.long(.leaseTime) == .max && options.long(.renewalTime) == nil)
    }

    @Test("answers option 81 with the name that it publishes")
    func clientNames() throws {
        var lab = try Laboratory()
        var discover = try Laboratory.message(.discover)
        discover.options[.clientFQDN] = ClientFQDN(flags: [.canonicalEncoding], name: "Box", isComplete: false).value
        var name = try #require(lab.deliver(discover).first?.message.options.clientFQDN)
        #expect(name.name == "box.lan.test" && name.flags == [.canonicalEncoding, .serverUpdates, .overridden])
        discover.options[.clientFQDN] = ClientFQDN(flags: [.noUpdates], name: "Box", isComplete: false).value
        name = try #require(lab.deliver(discover).first?.message.options.clientFQDN)
        #expect(name.flags == [.noUpdates])
    }

    @Test(
        "makes labels out of what clients call themselves",
        arguments: [
            ("Viewer", "viewer"), ("my phone", "my-phone"), ("a.b.c", "a"), ("-x-", "x"), ("Kätzchen", "k-tzchen"),
            ("...", ""),
            ("$(reboot)", "reboot"), (String(repeating: "a", count: 100), String(repeating: "a", count: 63)), ("", ""),
        ])
    func labels(text: String, label: String) { #expect(HostName.label(text) == label) }
}

import TestSupport
import Testing

@testable import DHCP

/// Clients, a relay agent and a server on a network that loses messages, in virtual time.
struct VirtualNetwork {
    enum Event {
        case toRelay([UInt8], from: IPv4Address, to: IPv4Address, interface: Int)
        case toServer([UInt8], to: IPv4Address, link: String)
        case toClients(DHCPMessage)
        case checked(client: Int)
    }

    static let relayAddress = IPv4Address(10, 1, 0, 1)
    static let server = IPv4Address(192, 0, 2, 67)

    var clients: [DHCPClientEngine]
    /// What each client uses, and until when.
    var uses: [(address: IPv4Address, end: ContinuousClock.Instant?)?]
    var relay: RelayEngine
    var engine: DHCPServerEngine
    var generator: SeededGenerator
    let epoch = ContinuousClock.now
    var now: ContinuousClock.Instant
    var events: [(time: ContinuousClock.Instant, event: Event)] = []
    /// Of 100 messages.
    var loss: Int
    /// Addresses that more than one client used at once.
    var clashes = 0

    init(clients count: Int, addresses: UInt8, loss: Int, seed: UInt64) throws {
        generator = SeededGenerator(seed: seed)
        self.loss = loss
        now = epoch
        let network = try #require(IPv4Network("10.1.0.0/24"))
        var subnet = DHCPServerConfiguration.Subnet(network)
        subnet.relays = [try #require(IPv4Network(containing: Self.relayAddress, prefix: 32))]
        subnet.pools = [IPv4Address(10, 1, 0, 100)...IPv4Address(10, 1, 0, 99 + addresses)]
        subnet.leaseTime = 600
        subnet.allowsRapidCommit = true
        subnet.probes = false
        subnet.options.set(.subnetMask, network.mask)
        subnet.options.set(.routers, Self.relayAddress)
        var configuration = DHCPServerConfiguration()
        configuration.subnets = [subnet]
        configuration.limits.offerTime = 20
        let uplink = try #require(IPv4Network("192.0.2.0/24"))
        engine = DHCPServerEngine(
            configuration: configuration,
            links: [.init(name: "up", addresses: [.init(Self.server, in: uplink)])], leases: [], now: 1_000_000)
        var agent = RelayEngine.Configuration(servers: [Self.server])
        agent.policy = .replace
        relay = RelayEngine(
            agent,
            ports: [
                .init(index: 1, name: "eth1", hardware: .broadcast, address: Self.relayAddress, networks: [network])
            ])
        clients = []
        for index in 0..<count {
            let hardware = try #require(HardwareAddress([2, 0, 0, 0, 1, UInt8(index)]))
            var configuration = DHCPClientEngine.Configuration(hardware: hardware)
            configuration.wantsRapidCommit = index.isMultiple(of: 2)
            configuration.wantsBroadcast = index.isMultiple(of: 3)
            clients.append(DHCPClientEngine(configuration))
        }
        uses = Array(repeating: nil, count: count)
        for index in clients.indices { clients[index].begin(now: now, using: &generator) }
    }

    private var serverTime: Double { 1_000_000 + (now - epoch) / .seconds(1) }

    private mutating func post(_ event: Event) {
        guard Int.random(in: 0..<100, using: &generator) >= loss else { return }
        events.append((now + .milliseconds(Int.random(in: 1...50, using: &generator)), event))
    }

    /// Lets `length` go by.
    mutating func run(for length: Duration) throws {
        let end = now + length
        while true {
            let next =
                [events.map(\.time).min(), clients.compactMap(\.deadline).min(), end].compactMap { $0 }.min() ?? end
            now = max(now, next)
            if now >= end { return }
            if let place = events.indices.min(by: { events[$0].time < events[$1].time }), events[place].time <= now {
                try handle(events.remove(at: place).event)
            }
            for index in clients.indices where clients[index].deadline.map({ $0 <= now }) ?? false {
                take(clients[index].advance(to: now, using: &generator), of: index)
            }
        }
    }

    private mutating func handle(_ event: Event) throws {
        switch event {
        case .toRelay(let octets, let source, let destination, let interface):
            let arrival = RelayEngine.Arrival(interface: interface, source: source, destination: destination)
            for action in relay.react(to: octets, arrival, now: now) {
                switch action {
                case .toServer(_, _, let octets): post(.toServer(octets, to: Self.server, link: "up"))
                case .toClient(_, _, _, let octets): post(.toClients(try DHCPMessage(octets)))
                case .refuse: break
                }
            }
        case .toServer(let octets, let destination, let link):
            obey(engine.receive(octets, from: .init(link: link, destination: destination), now: serverTime))
        case .toClients(let message):
            // A frame is for one of them; a broadcast is passed over by the others.
            for index in clients.indices {
                take(clients[index].receive(message, now: now, using: &generator), of: index)
            }
        case .checked(let client):
            take(clients[client].checked(isFree: true, now: now, using: &generator), of: client)
        }
    }

    private mutating func obey(_ commands: [DHCPServerEngine.Command]) {
        for command in commands {
            switch command {
            case .send(let reply):
                let octets = reply.message.encoded(limit: reply.limit)
                switch reply.destination {
                case .relay(let relay): post(.toRelay(octets, from: Self.server, to: relay, interface: 9))
                case .client, .hardware, .broadcast:
                    if let message = try? DHCPMessage(octets) { post(.toClients(message)) }
                }
            case .commit(_, let ticket): obey(engine.committed(ticket, isDurable: true, now: serverTime))
            case .probe, .tell, .note: break
            }
        }
    }

    private mutating func take(_ actions: [DHCPClientEngine.Action], of index: Int) {
        for action in actions {
            switch action {
            case .send(let message, .unicast(_, let server)): post(.toServer(message.encoded(), to: server, link: "up"))
            case .send(let message, .broadcast):
                post(.toRelay(message.encoded(), from: .unspecified, to: .broadcast, interface: 1))
            case .send(let message, .broadcastFrom(let source)):
                post(.toRelay(message.encoded(), from: source, to: .broadcast, interface: 1))
            case .check: events.append((now + .seconds(5), .checked(client: index)))
            case .bind(let lease), .extend(let lease):
                uses[index] = (lease.address, lease.end)
                let others = uses.indices.filter { $0 != index && uses[$0]?.address == lease.address }
                if !others.isEmpty { clashes += 1 }
            case .lose: uses[index] = nil
            case .inform, .refused, .fail: break
            }
        }
    }
}

@Suite("Randomised networks of clients, a relay agent and a server")
struct RandomisedNetworkTests {
    @Test(
        "give every client an address of its own, and keep it, however many messages are lost", arguments: [0, 10, 40])
    func addresses(loss: Int) throws {
        for seed in 1...UInt64(fuzzRounds(default: 40) / 20) {
            var network = try VirtualNetwork(clients: 12, addresses: 12, loss: loss, seed: seed)
            try network.run(for: .seconds(1_800))
            #expect(network.clashes == 0)
            if loss < 40 {
                #expect(network.uses.allSatisfy { $0 != nil })
                #expect(Set(network.uses.compactMap { $0?.address }).count == 12)
            }
            let late = network.uses.compactMap { $0?.end }.filter { $0 < network.now }
            #expect(late.isEmpty)
            let before = network.uses.map { $0?.address }
            network.loss = 0
            try network.run(for: .seconds(3_600))
            #expect(network.clashes == 0 && network.uses.allSatisfy { $0 != nil })
            // Who had an address still has it.
            if loss < 40 { #expect(network.uses.map { $0?.address } == before) }
        }
    }

    @Test("leave clients without an address where there are too few, and give them what others give back")
    func scarcity() throws {
        var network = try VirtualNetwork(clients: 8, addresses: 5, loss: 0, seed: 7)
        try network.run(for: .seconds(900))
        #expect(network.uses.count { $0 != nil } == 5 && network.clashes == 0)
        let holder = try #require(network.uses.firstIndex { $0 != nil })
        network.clients[holder].stop()
        network.uses[holder] = nil
        // Without a word: its address comes back when its time is over.
        try network.run(for: .seconds(1_500))
        #expect(network.uses.count { $0 != nil } == 5 && network.clashes == 0)
        #expect(network.uses[holder] == nil)
    }
}

@Suite("Randomised replies to a client")
struct RandomisedClientTests {
    @Test("never take a client where it has no way on")
    func states() throws {
        var generator = SeededGenerator(seed: 68)
        for round in 0..<fuzzRounds(default: 300) {
            var bench = ClientBench(seed: UInt64(round + 1)) {
                $0.checksAddress = round.isMultiple(of: 2)
                $0.wantsRapidCommit = round.isMultiple(of: 3)
            }
            bench.begin()
            for _ in 0..<200 {
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: _ = bench.wait()
                case 1: _ = bench.engine.checked(isFree: .random(using: &generator), now: bench.now, using: &generator)
                default:
                    let kind = DHCPMessage.Kind.allCases.randomElement(using: &generator) ?? .ack
                    let lease = ([0, 1, 60, 3_600, .max] as [UInt32]).randomElement(using: &generator) ?? 1
                    var octets = bench.reply(kind, lease: lease).encoded()
                    for _ in 0..<Int.random(in: 0...2, using: &generator) {
                        let place = Int.random(in: 28..<octets.count, using: &generator)
                        octets[place] = .random(in: 0...255, using: &generator)
                    }
                    if let message = try? DHCPMessage(octets) { _ = bench.hear(message) }
                }
                let engine = bench.engine
                let isForEver = engine.state == .bound && engine.lease?.isInfinite == true
                #expect(engine.state == .checking || isForEver || engine.deadline != nil)
                if engine.isUsingAddress { #expect(engine.lease?.address.isHost == true) }
            }
        }
    }
}

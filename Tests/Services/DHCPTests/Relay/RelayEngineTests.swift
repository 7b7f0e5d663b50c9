import TestSupport
import Testing

@testable import DHCP

@Suite("A relay agent")
struct RelayEngineTests {
    private static let clients = IPv4Address(10, 1, 0, 1)
    private static let others = IPv4Address(10, 2, 0, 1)
    private static let server = IPv4Address(192, 0, 2, 67)
    private static let spare = IPv4Address(192, 0, 2, 68)
    private static let hardware = HardwareAddress([2, 0, 0, 0, 0, 9]) ?? .broadcast
    private let now = ContinuousClock.now

    private func engine(_ change: (inout RelayEngine.Configuration) -> Void = { _ in }) -> RelayEngine {
        var configuration = RelayEngine.Configuration(servers: [Self.server])
        change(&configuration)
        let ports = [(1, "eth1", Self.clients), (2, "eth2", Self.others)].compactMap { index, name, address in
            IPv4Network(containing: address, prefix: 24).map {
                RelayEngine.Port(
                    index: index, name: name, hardware: HardwareAddress([2, 0, 0, 0, 1, UInt8(index)]) ?? .broadcast,
                    address: address, networks: [$0])
            }
        }
        return RelayEngine(configuration, ports: ports)
    }

    private func discover(_ change: (inout DHCPMessage) -> Void = { _ in }) -> [UInt8] {
        var message = DHCPMessage(.request, kind: .discover, hardware: Self.hardware, transactionID: 0x1234_5678)
        message.options.set(.hostName, text: "viewer")
        change(&message)
        return message.encoded()
    }

    private func reply(_ change: (inout DHCPMessage) -> Void = { _ in }) -> [UInt8] {
        var message = DHCPMessage(.reply, kind: .offer, hardware: Self.hardware, transactionID: 0x1234_5678)
        message.yourAddress = IPv4Address(10, 1, 0, 100)
        message.relayAddress = Self.clients
        message.options.set(.serverIdentifier, Self.server)
        change(&message)
        return message.encoded()
    }

    private let fromClient = RelayEngine.Arrival(interface: 1, source: .unspecified, destination: .broadcast)
    private let fromServer = RelayEngine.Arrival(interface: 9, source: server, destination: clients)

    /// The one message for a server.
    private func relayed(_ actions: [RelayEngine.Action]) throws -> DHCPMessage {
        guard actions.count == 1, case .toServer(_, let source, let octets) = actions[0] else {
            throw DHCPError(.malformedMessage, "\(actions)")
        }
        #expect(source == Self.clients)
        return try DHCPMessage(octets)
    }

    /// The one message for a client, and whom it goes to.
    private func delivered(
        _ actions: [RelayEngine.Action], interface: Int = 1
    ) throws -> (message: DHCPMessage, destination: RelayEngine.Destination) {
        guard actions.count == 1, case .toClient(let destination, interface, _, let octets) = actions[0] else {
            throw DHCPError(.malformedMessage, "\(actions)")
        }
        return (try DHCPMessage(octets), destination)
    }

    // MARK: Requests

    @Test("sends a client's message to every server, with its address and one hop more, and all else as it was")
    func request() throws {
        var engine = engine { $0.servers = [Self.server, Self.spare] }
        let octets = discover()
        let actions = engine.react(to: octets, fromClient, now: now)
        var expected = octets
        expected[3] = 1
        expected.replaceSubrange(24..<28, with: Self.clients.octets)
        #expect(
            actions == [
                .toServer(Self.server, source: Self.clients, octets: expected),
                .toServer(Self.spare, source: Self.clients, octets: expected),
            ])
    }

    @Test("relays BOOTP without options, and leaves it alone")
    func bootp() throws {
        var engine = engine { $0.policy = .replace }
        var octets = Array(discover().prefix(300))
        octets.replaceSubrange(236..<240, with: [0, 0, 0, 0])
        var expected = octets
        expected[3] = 1
        expected.replaceSubrange(24..<28, with: Self.clients.octets)
        #expect(
            engine.react(to: octets, fromClient, now: now) == [
                .toServer(Self.server, source: Self.clients, octets: expected)
            ])
    }

    @Test("tells interface and agent in option 82, last of all options")
    func information() throws {
        var engine = engine {
            $0.policy = .drop
            $0.linkSelection = IPv4Address(10, 9, 0, 0)
            $0.overridesServerIdentifier = true
        }
        let message = try relayed(engine.react(to: discover(), fromClient, now: now))
        let information = try #require(message.options.relayAgentInformation)
        #expect(information[.circuitID] == Array("eth1".utf8))
        #expect(information[.remoteID] == [2, 0, 0, 0, 1, 1])
        #expect(information.linkSelection == IPv4Address(10, 9, 0, 0))
        #expect(information.serverIdentifierOverride == Self.clients && information.wasUnicast == false)
        #expect(Array(message.options).last?.code == .relayAgentInformation)
        // A client that renews sends to the agent, which it takes for the server.
        let renewal = RelayEngine.Arrival(
            interface: 1, source: IPv4Address(10, 1, 0, 100), destination: Self.clients)
        #expect(
            try relayed(engine.react(to: discover(), renewal, now: now)).options.relayAgentInformation?.wasUnicast
                == true)
        engine = self.engine {
            $0.policy = .drop
            $0.remoteID = Array("rack 7".utf8)
        }
        let named = try relayed(engine.react(to: discover(), fromClient, now: now))
        #expect(named.options.relayAgentInformation?[.remoteID] == Array("rack 7".utf8))
    }

    @Test(
        "treats what a client tells in option 82 as it is told to",
        arguments: [RelayEngine.InformationPolicy?.none] + RelayEngine.InformationPolicy.allCases.map { $0 })
    func policies(policy: RelayEngine.InformationPolicy?) throws {
        var engine = engine { $0.policy = policy }
        var theirs = RelayAgentInformation()
        theirs[.circuitID] = Array("forged".utf8)
        theirs[.subscriberID] = Array("switch".utf8)
        let actions = engine.react(
            to: discover { $0.options[.relayAgentInformation] = theirs.value }, fromClient, now: now)
        switch policy {
        case nil, .drop: #expect(actions == [.refuse(.untrustedInformation)])
        case .keep: #expect(try relayed(actions).options.relayAgentInformation == theirs)
        case .replace:
            let information = try #require(try relayed(actions).options.relayAgentInformation)
            #expect(information.elements.map(\.code) == [.circuitID, .remoteID])
            #expect(information[.circuitID] == Array("eth1".utf8))
        case .insert:
            let information = try #require(try relayed(actions).options.relayAgentInformation)
            #expect(information.elements.map(\.code) == [.circuitID, .subscriberID, .remoteID])
            #expect(information[.circuitID] == Array("forged".utf8))
        }
        #expect(
            engine.react(to: discover { $0.options[.relayAgentInformation] = [1, 9, 1] }, fromClient, now: now).count
                == 1)
    }

    @Test("leaves option 82 out where there is no room for it")
    func room() throws {
        var engine = engine {
            $0.policy = .replace
            $0.maximumLength = 310
        }
        var octets = discover { $0.options[.vendorClass] = [UInt8](repeating: 65, count: 60) }
        #expect(octets.count > 310)
        var message = try relayed(engine.react(to: octets, fromClient, now: now))
        #expect(
            message.options[.relayAgentInformation] == nil && message.relayAddress == Self.clients && message.hops == 1)
        #expect(engine.withoutInformation == 1)
        octets = discover()
        message = try relayed(engine.react(to: octets, fromClient, now: now))
        #expect(message.options[.relayAgentInformation] != nil && engine.withoutInformation == 1)
    }

    @Test("keeps address and option of a trusted agent nearer to the client")
    func chain() throws {
        let near = IPv4Address(10, 1, 0, 2)
        var engine = engine {
            $0.policy = .replace
            $0.trustedRelays = [IPv4Network("10.1.0.2/32")].compactMap { $0 }
        }
        var theirs = RelayAgentInformation()
        theirs[.circuitID] = Array("port 3".utf8)
        let octets = discover {
            $0.hops = 1
            $0.relayAddress = IPv4Address(10, 77, 0, 1)
            $0.options[.relayAgentInformation] = theirs.value
        }
        let arrival = RelayEngine.Arrival(interface: 1, source: near, destination: Self.clients)
        let message = try relayed(engine.react(to: octets, arrival, now: now))
        #expect(message.hops == 2 && message.relayAddress == IPv4Address(10, 77, 0, 1))
        #expect(message.options.relayAgentInformation == theirs)
        // Anybody else may not claim to be one.
        var stranger = arrival
        stranger.source = IPv4Address(10, 1, 0, 3)
        #expect(engine.react(to: octets, stranger, now: now) == [.refuse(.untrustedRelay)])
        #expect(engine.react(to: octets, fromClient, now: now) == [.refuse(.untrustedRelay)])
    }

    @Test("refuses messages with its own address, with too many hops, too early, from elsewhere, and broken ones")
    func refusals() throws {
        var engine = engine {
            $0.hopLimit = 4
            $0.minimumSeconds = 5
            $0.trustedRelays = [IPv4Network("0.0.0.0/0")].compactMap { $0 }
            $0.clientRate = .init(rate: 1_000_000, burst: 1_000_000)
            $0.rate = .init(rate: 1_000_000, burst: 1_000_000)
        }
        func refusal(_ octets: [UInt8], _ arrival: RelayEngine.Arrival) -> RelayEngine.Action? {
            let actions = engine.react(to: octets, arrival, now: now)
            return actions.count == 1 ? actions[0] : nil
        }
        for address in [Self.clients, Self.others] {
            let own = discover {
                $0.seconds = 9
                $0.relayAddress = address
            }
            #expect(refusal(own, fromClient) == .refuse(.ownRelayAddress))
        }
        for hops in 0...255 as ClosedRange<UInt8> {
            let octets = discover {
                $0.seconds = 9
                $0.hops = hops
            }
            #expect((refusal(octets, fromClient) == .refuse(.tooManyHops)) == (hops > 4))
        }
        #expect(refusal(discover { $0.seconds = 4 }, fromClient) == .refuse(.tooEarly))
        #expect(refusal(discover { $0.seconds = 9 }, fromServer) == .refuse(.notFromClient))
        let whole = discover { $0.seconds = 9 }
        for length in 0..<236 { #expect(refusal(Array(whole.prefix(length)), fromClient) == .refuse(.malformed)) }
        // An option that ends behind the message.
        #expect(refusal(Array(whole.prefix(240)) + [12, 200, 1], fromClient) == .refuse(.malformed))
        #expect(refusal(Array(whole.prefix(240)) + [12], fromClient) == .refuse(.malformed))
        for (place, value) in [(0, 0), (0, 3), (2, 17)] as [(Int, UInt8)] {
            var octets = whole
            octets[place] = value
            #expect(refusal(octets, fromClient) == .refuse(.malformed))
        }
    }

    @Test("lets no client and no link send more than so many messages a second")
    func rates() throws {
        var engine = engine {
            $0.rate = .init(rate: 10, burst: 20)
            $0.clientRate = .init(rate: 1, burst: 4)
        }
        func count(_ number: Int, at time: ContinuousClock.Instant, differs: Bool) -> Int {
            (0..<number).count { index in
                let octets = discover {
                    if differs {
                        $0.hardware =
                            HardwareAddress([2, 1, 0, 0, UInt8(index / 256), UInt8(index % 256)]) ?? .broadcast
                    }
                }
                return engine.react(to: octets, fromClient, now: time) != [.refuse(.overRate)]
            }
        }
        #expect(count(100, at: now, differs: false) == 4)
        // Others on the link have what is left; those who pretend to be many have no more.
        #expect(count(100, at: now, differs: true) == 16)
        #expect(count(100, at: now + .seconds(1), differs: true) == 10)
        // Another link is another matter.
        var arrival = fromClient
        arrival.interface = 2
        #expect(engine.react(to: discover(), arrival, now: now + .seconds(1)) != [.refuse(.overRate)])
    }

    // MARK: Replies

    @Test("sends replies to the address that the client gets, to the one it has, or to all")
    func destinations() throws {
        var engine = engine()
        let offered = IPv4Address(10, 1, 0, 100)
        func destination(_ change: (inout DHCPMessage) -> Void) throws -> RelayEngine.Destination {
            try delivered(engine.react(to: reply(change), fromServer, now: now)).destination
        }
        #expect(try destination { _ in } == .host(offered, Self.hardware))
        #expect(try destination { $0.isBroadcast = true } == .broadcast)
        // An answer to INFORM.
        #expect(
            try destination {
                $0.yourAddress = .unspecified
                $0.clientAddress = IPv4Address(10, 1, 0, 44)
            } == .host(IPv4Address(10, 1, 0, 44), Self.hardware))
        // NAK, with nothing to go by.
        #expect(try destination { $0.yourAddress = .unspecified } == .broadcast)
        // Hardware addresses that no frame can go to alone.
        for hardware in [
            HardwareAddress(type: 6, [2, 0, 0, 0, 0, 9]), HardwareAddress([]), HardwareAddress([1, 0, 0x5E, 0, 0, 1]),
            HardwareAddress([0, 0, 0, 0, 0, 0]), HardwareAddress.broadcast,
        ] {
            #expect(try destination { $0.hardware = hardware ?? Self.hardware } == .broadcast)
        }
        #expect(try destination { $0.yourAddress = IPv4Address(224, 0, 0, 1) } == .broadcast)
    }

    @Test("takes what it put into option 82 out again, and leaves what others did")
    func stripping() throws {
        for policy in RelayEngine.InformationPolicy.allCases {
            var engine = engine {
                $0.policy = policy
                $0.overridesServerIdentifier = true
            }
            let sent = try relayed(engine.react(to: discover(), fromClient, now: now))
            let echo = try #require(sent.options[.relayAgentInformation])
            let octets = reply { $0.options[.relayAgentInformation] = echo }
            let (message, _) = try delivered(engine.react(to: octets, fromServer, now: now))
            #expect(message.options[.relayAgentInformation] == nil)
            #expect(message.options.address(.serverIdentifier) == Self.server)
            #expect(message.relayAddress == Self.clients && message.yourAddress == IPv4Address(10, 1, 0, 100))
        }
        var engine = engine { $0.policy = .insert }
        var theirs = RelayAgentInformation()
        theirs[.circuitID] = Array("switch 4".utf8)
        let sent = try relayed(
            engine.react(to: discover { $0.options[.relayAgentInformation] = theirs.value }, fromClient, now: now))
        let octets = reply { $0.options[.relayAgentInformation] = sent.options[.relayAgentInformation] }
        let (message, _) = try delivered(engine.react(to: octets, fromServer, now: now))
        #expect(message.options.relayAgentInformation == theirs)
    }

    @Test("takes replies for it alone, from those who may answer, where they can be")
    func forgery() throws {
        var engine = engine()
        #expect(
            engine.react(to: reply { $0.relayAddress = Self.server }, fromServer, now: now) == [.refuse(.notOurReply)])
        #expect(
            engine.react(to: reply { $0.relayAddress = .unspecified }, fromServer, now: now) == [.refuse(.notOurReply)])
        var arrival = fromServer
        arrival.source = Self.spare
        #expect(try delivered(engine.react(to: reply(), arrival, now: now)).message.kind == .offer)
        engine = self.engine { $0.answerers = [IPv4Network("192.0.2.67/32")].compactMap { $0 } }
        #expect(engine.react(to: reply(), arrival, now: now) == [.refuse(.untrustedServer)])
        #expect(try delivered(engine.react(to: reply(), fromServer, now: now)).message.kind == .offer)
        // A client that pretends to be the server.
        arrival = fromServer
        arrival.interface = 1
        #expect(engine.react(to: reply(), arrival, now: now) == [.refuse(.untrustedServer)])
        // A server may be on a link with clients.
        let near = IPv4Address(10, 2, 0, 5)
        engine = self.engine { $0.servers = [near] }
        let arrivalFromNear = RelayEngine.Arrival(interface: 2, source: near, destination: Self.clients)
        #expect(try delivered(engine.react(to: reply(), arrivalFromNear, now: now)).message.kind == .offer)
    }
}

@Suite("Randomised messages for a relay agent")
struct RandomisedRelayTests {
    @Test("are relayed as they were but for hops, giaddr and option 82, or refused")
    func relayed() throws {
        var generator = SeededGenerator(seed: 82)
        let hardware = HardwareAddress([2, 0, 0, 0, 0, 9]) ?? .broadcast
        let address = IPv4Address(10, 1, 0, 1)
        let network = try #require(IPv4Network("10.1.0.0/24"))
        let port = RelayEngine.Port(index: 1, name: "e", hardware: hardware, address: address, networks: [network])
        let server = IPv4Address(192, 0, 2, 1)
        for round in 0..<fuzzRounds(default: 3_000) {
            var configuration = RelayEngine.Configuration(servers: [server])
            configuration.policy = RelayEngine.InformationPolicy.allCases.randomElement(using: &generator)
            configuration.hopLimit = 16
            var engine = RelayEngine(configuration, ports: [port])
            var message = DHCPMessage(.request, kind: .discover, hardware: hardware, transactionID: UInt32(round))
            for _ in 0..<Int.random(in: 0...6, using: &generator) {
                let code = OptionCode(rawValue: [12, 43, 60, 61, 82, 55].randomElement(using: &generator) ?? 12)
                let count = Int.random(in: 0...(code == .relayAgentInformation ? 12 : 300), using: &generator)
                message.options[code] = (0..<count).map { _ in UInt8.random(in: 0...6, using: &generator) }
            }
            var octets = message.encoded(limit: 2_000)
            for _ in 0..<Int.random(in: 0...2, using: &generator) {
                octets[Int.random(in: octets.indices, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            if Bool.random(using: &generator) { octets.removeLast(Int.random(in: 0...octets.count, using: &generator)) }
            let arrival = RelayEngine.Arrival(
                interface: 1, source: Bool.random(using: &generator) ? server : .unspecified, destination: .broadcast)
            for action in engine.react(to: octets, arrival, now: .now) {
                guard case .toServer(_, _, let sent) = action else { continue }
                let before = try RelayedMessage(octets)
                var after = try RelayedMessage(sent)
                #expect(after.relayAddress == address && after.hops == before.hops + 1)
                after.hops -= 1
                after.relayAddress = before.relayAddress
                // Both in one form, as ends and padding may differ.
                var plain = before
                plain.setInformation(nil)
                after.setInformation(nil)
                #expect(plain.octets == after.octets)
            }
        }
    }
}

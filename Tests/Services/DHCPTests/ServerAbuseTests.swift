import TestSupport
import Testing

@testable import DHCP

@Suite("A server of DHCP that is abused")
struct DHCPServerAbuseTests {
    private let first = IPv4Address(192, 0, 2, 10)

    private func decline(_ client: Int, _ address: IPv4Address) throws -> DHCPMessage {
        var message = try Laboratory.message(.decline, client)
        message.options.set(.serverIdentifier, Laboratory.own)
        message.options.set(.requestedAddress, address)
        return message
    }

    @Test("still renews when the pool is exhausted")
    func exhaustion() throws {
        var lab = try Laboratory()
        for client in 1...4 { #expect(try lab.lease(client) != nil) }
        #expect(try lab.lease(5) == nil && lab.notes.last == .exhausted)
        lab.now += 1_800
        #expect(lab.deliver(try Laboratory.request(1, has: first), to: Laboratory.own).first?.message.kind == .ack)
        #expect(try lab.lease(2) == IPv4Address(192, 0, 2, 11))
        // The others' leases end, and strangers get them, the longest free first.
        lab.now += 1_801
        #expect(try lab.lease(5) == IPv4Address(192, 0, 2, 12))
        #expect(
            lab.events.contains {
                if case .ended(let lease) = $0 { lease.address == IPv4Address(192, 0, 2, 12) } else { false }
            })
    }

    @Test("lets offers lapse that nobody takes")
    func starvationByDiscover() throws {
        var lab = try Laboratory()
        for client in 1...200 { _ = lab.deliver(try Laboratory.message(.discover, client)) }
        #expect(lab.engine.usage.held == 4 && lab.disk.isEmpty)
        lab.now += 61
        #expect(try lab.lease(999) != nil)
    }

    @Test("gives one port of a relay agent only so many addresses, and no faster than so")
    func portLimits() throws {
        var lab = try Laboratory {
            $0.limits.addressesPerPort = 20
            $0.limits.portRate = .init(rate: 1, burst: 8)
        }
        func discover(_ client: Int, _ port: UInt8) throws -> DHCPMessage {
            var message = try Laboratory.message(.discover, client)
            message.options[.relayAgentInformation] = [1, 1, port]
            return message
        }
        let answered = try (1...50).count { lab.relayed(try discover($0, 1)).count == 1 }
        #expect(answered == 8 && lab.notes.last == .limited)
        // Other ports are not touched, nor are clients that have an address already.
        #expect(lab.relayed(try discover(100, 2)).count == 1)
        #expect(lab.relayed(try discover(1, 1)).count == 1)
        for step in 0..<40 {
            lab.now += 1
            _ = lab.relayed(try discover(200 + step, 1))
        }
        #expect(lab.engine.usage.held == 21)
    }

    @Test("gives one link no more new addresses a second than its limit")
    func linkLimit() throws {
        var lab = try Laboratory {
            $0.subnets[0].pools = [IPv4Address(192, 0, 2, 10)...IPv4Address(192, 0, 2, 250)]
            $0.limits.linkRate = .init(rate: 10, burst: 20)
        }
        let answered = try (1...100).count { lab.deliver(try Laboratory.message(.discover, $0)).count == 1 }
        #expect(answered == 20)
        #expect(lab.relayed(try Laboratory.message(.discover, 500)).count == 1)
    }

    @Test("quarantines declined addresses, but not all of them")
    func declines() throws {
        var lab = try Laboratory { $0.subnets[0].pools = [IPv4Address(192, 0, 2, 10)...IPv4Address(192, 0, 2, 49)] }
        // Of what one does not have.
        _ = try lab.lease(1)
        #expect(lab.deliver(try decline(2, first)).isEmpty && lab.disk[first]?.state == .bound)
        // For another server.
        var other = try decline(1, first)
        other.options.set(.serverIdentifier, IPv4Address(192, 0, 2, 2))
        #expect(lab.deliver(other).isEmpty && lab.disk[first]?.state == .bound)
        #expect(lab.deliver(try decline(1, first)).isEmpty && lab.disk[first]?.state == .declined)
        #expect(try lab.lease(1) == IPv4Address(192, 0, 2, 11))

        // A flood: what is believed is bounded by rate, then by the share of the pool.
        var believed = 1
        for client in 10..<400 {
            lab.now += 1
            guard let address = try lab.lease(client) else { continue }
            _ = lab.deliver(try decline(client, address))
            if lab.disk[address]?.state == .declined { believed += 1 }
        }
        #expect(believed == 10 && lab.notes.contains(.limited))
        #expect(lab.engine.table.quarantined[0] == 10)
        // Who has no address gets one all the same once leases end.
        lab.now += 4_000
        #expect(try lab.lease(1_000) != nil)
        // The quarantine ends.
        lab.now += 86_400
        _ = lab.engine.advance(to: lab.now)
        #expect(lab.engine.table.quarantined[0] == 0)
    }

    @Test("survives many DECLINEs of one port within a second")
    func declineRate() throws {
        var lab = try Laboratory {
            $0.subnets[0].pools = [IPv4Address(192, 0, 2, 10)...IPv4Address(192, 0, 2, 249)]
        }
        for client in 1...100 {
            guard let address = try lab.lease(client) else { continue }
            _ = lab.deliver(try decline(client, address))
        }
        #expect(lab.engine.table.quarantined[0] == 8)
    }

    @Test("offers nothing that answers a probe")
    func conflicts() throws {
        var lab = try Laboratory { $0.limits.quarantineShare = 1 }
        let squatter = try Laboratory.hardware(77)
        lab.occupied = [first: squatter, IPv4Address(192, 0, 2, 11): squatter]
        #expect(try lab.lease(1) == IPv4Address(192, 0, 2, 12))
        #expect(lab.disk[first]?.state == .declined && lab.notes.count { $0 == .conflict } == 2)
        // Not again before the quarantine ends, not even after a fall.
        lab.restart()
        #expect(try lab.lease(2) == IPv4Address(192, 0, 2, 13))
        #expect(try lab.lease(3) == nil)
        // A client that has kept its address over a fall may have it.
        lab = try Laboratory()
        lab.occupied = [first: try Laboratory.hardware(1)]
        #expect(try lab.lease(1) == first)
    }

    @Test("listens to relay agents that it knows, and to none else")
    func relays() throws {
        var lab = try Laboratory()
        let discover = try Laboratory.message(.discover)
        #expect(lab.relayed(discover, by: IPv4Address(10, 1, 0, 2)).isEmpty && lab.notes.last == .foreignRelay)
        #expect(lab.relayed(discover, by: IPv4Address(203, 0, 113, 9)).isEmpty)
        // Its own words coming back.
        #expect(lab.relayed(discover, by: Laboratory.own).isEmpty && lab.notes.last == .foreignRelay)
        var loop = discover
        loop.hops = 17
        #expect(lab.relayed(loop).isEmpty && lab.notes.last == .malformed)
        #expect(lab.relayed(discover).first?.message.yourAddress == IPv4Address(10, 1, 1, 0))
    }

    @Test("follows link selection, server identifier override and unicast flags of relay agents it knows")
    func relayOptions() throws {
        var lab = try Laboratory { configuration in
            guard let relay = IPv4Network("10.1.0.1/32"), let network = IPv4Network("10.9.0.0/24") else { return }
            var subnet = DHCPServerConfiguration.Subnet(network)
            subnet.pools = [IPv4Address(10, 9, 0, 10)...IPv4Address(10, 9, 0, 20)]
            subnet.relays = [relay]
            configuration.subnets.append(subnet)
        }
        var agent = RelayAgentInformation()
        agent[.circuitID] = [7]
        agent.linkSelection = IPv4Address(10, 9, 0, 0)
        agent.serverIdentifierOverride = Laboratory.relay
        var discover = try Laboratory.message(.discover)
        discover.options[.relayAgentInformation] = agent.value
        let offer = try #require(lab.relayed(discover).first).message
        #expect(
            offer.yourAddress == IPv4Address(10, 9, 0, 10)
                && offer.options.address(.serverIdentifier) == Laboratory.relay)
        #expect(offer.options[.relayAgentInformation] == agent.value)
        var request = try Laboratory.request(server: Laboratory.relay, wish: offer.yourAddress)
        request.options[.relayAgentInformation] = agent.value
        #expect(lab.relayed(request).first?.message.kind == .ack)
        #expect(lab.disk[offer.yourAddress]?.agentInformation == agent.value)
        // Renewed through the relay agent, which says that the client sent to it alone: no leave to be silent.
        agent.wasUnicast = true
        request = try Laboratory.request(2, has: IPv4Address(10, 9, 0, 15))
        request.options[.relayAgentInformation] = agent.value
        #expect(lab.relayed(request).first?.message.kind == .ack)
        // A link that is not the relay agent's.
        agent.linkSelection = IPv4Address(192, 0, 2, 0)
        discover.options[.relayAgentInformation] = agent.value
        #expect(lab.relayed(discover).isEmpty && lab.notes.last == .unknownLink)
        // What a client itself says in option 82 chooses nothing.
        agent.linkSelection = IPv4Address(10, 9, 0, 0)
        discover.options[.relayAgentInformation] = agent.value
        #expect(lab.deliver(discover).first?.message.yourAddress == first)
        // Octets that make no sense.
        discover.options[.relayAgentInformation] = [1, 9, 1]
        #expect(lab.relayed(discover).isEmpty && lab.notes.last == .malformed)
    }

    @Test("wants option 82 where it is told to")
    func requiredAgentInformation() throws {
        var lab = try Laboratory { $0.subnets[1].requiresAgentInformation = true }
        var discover = try Laboratory.message(.discover)
        #expect(lab.relayed(discover).isEmpty && lab.notes.last == .foreignRelay)
        discover.options[.relayAgentInformation] = [1, 1, 1]
        #expect(lab.relayed(discover).count == 1)
    }

    @Test("passes over what is malformed")
    func malformed() throws {
        var lab = try Laboratory()
        var message = try Laboratory.message(.discover)
        message.options[.requestedAddress] = [1, 2, 3]
        #expect(lab.deliver(message).isEmpty && lab.notes.last == .malformed)
        #expect(lab.deliver(try Laboratory.message(.offer)).isEmpty && lab.notes.last == .malformed)
        message = try Laboratory.message(.discover)
        message.options[.messageType] = [99]
        #expect(lab.deliver(message).isEmpty && lab.notes.last == .malformed)
        message = DHCPMessage(.request, kind: .discover, hardware: try #require(HardwareAddress([])), transactionID: 1)
        #expect(lab.deliver(message).isEmpty && lab.notes.last == .malformed)
        var reply = DHCPMessage(.reply, kind: .ack, hardware: try Laboratory.hardware(1), transactionID: 1)
        reply.yourAddress = first
        #expect(lab.deliver(reply).isEmpty)
    }

    @Test("loses and doubles nothing when it is killed between commit and ACK")
    func killedBeforeAnswer() throws {
        var lab = try Laboratory()
        let offered = try #require(lab.deliver(try Laboratory.message(.discover, 1)).first).message.yourAddress
        lab.holdsCommits = true
        let request = try Laboratory.request(1, server: Laboratory.own, wish: offered)
        #expect(lab.deliver(request).isEmpty)
        // It reaches the disk, and the process dies.
        lab.disk[offered] = lab.pending[0].0
        lab.holdsCommits = false
        lab.restart()
        #expect(try lab.lease(2) != offered)
        let ack = try #require(lab.deliver(request).first).message
        #expect(ack.kind == .ack && ack.yourAddress == offered && lab.disk.count == 2)
    }

    @Test("keeps nothing for ever")
    func bounded() throws {
        var lab = try Laboratory()
        for round in 0..<1_200 {
            _ = try lab.lease(1 + round % 4)
            var release = try Laboratory.message(.release, 1 + round % 4)
            release.clientAddress = try #require(lab.disk.values.first { $0.state == .bound }).address
            release.options.set(.serverIdentifier, Laboratory.own)
            _ = lab.deliver(release, to: Laboratory.own)
            lab.now += 0.01
            if round % 4 == 3 { for client in 1...4 { _ = try lab.lease(client) } }
        }
        #expect(lab.engine.table.all.count <= 4 && lab.engine.commits.isEmpty && lab.engine.probes.isEmpty)
        #expect(lab.engine.table.scheduledCount <= 1_100)
    }
}

@Suite("Randomised servers of DHCP")
struct RandomisedDHCPServerTests {
    @Test("never give an address to two clients, whatever clients do")
    func safety() throws {
        var random = SeededGenerator(seed: 82)
        var lab = try Laboratory {
            $0.limits.linkRate = .init(rate: 1_000, burst: 1_000)
            $0.limits.quarantineTime = 500
        }
        var holders: [IPv4Address: (client: Int, until: Double)] = [:]
        var acknowledged = 0
        for _ in 0..<fuzzRounds(default: 5_000) {
            lab.now += Double.random(in: 0...120, using: &random)
            let client = Int.random(in: 1...8, using: &random)
            let kind =
                [DHCPMessage.Kind.discover, .request, .request, .request, .decline, .release, .inform]
                .randomElement(using: &random) ?? .discover
            var message = try Laboratory.message(kind, client)
            let address = IPv4Address(192, 0, 2, .random(in: 9...14, using: &random))
            if Bool.random(using: &random) { message.options.set(.serverIdentifier, Laboratory.own) }
            if Bool.random(using: &random) {
                message.options.set(.requestedAddress, address)
            } else {
                message.clientAddress = address
            }
            if case 0 = Int.random(in: 0..<10, using: &random) {
                lab.occupied = [IPv4Address(192, 0, 2, 11): try Laboratory.hardware(77)]
            } else {
                lab.occupied = [:]
            }
            if case 0 = Int.random(in: 0..<50, using: &random) { lab.restart() }
            let replies = lab.deliver(message, to: Bool.random(using: &random) ? Laboratory.own : .broadcast)
            if kind == .release || kind == .decline {
                let given = kind == .release ? message.clientAddress : message.options.address(.requestedAddress)
                if let given, holders[given]?.client == client, lab.disk[given]?.state != .bound {
                    holders[given] = nil
                }
            }
            for reply in replies where reply.message.kind == .ack && reply.message.yourAddress != .unspecified {
                let granted = reply.message.yourAddress
                if let holder = holders[granted], holder.until > lab.now { #expect(holder.client == client) }
                let time = try #require(reply.message.options.long(.leaseTime))
                holders[granted] = (client, lab.now + Double(time))
                #expect(lab.disk[granted]?.state == .bound)
                acknowledged += 1
            }
        }
        #expect(acknowledged > 100)
    }

    @Test("survive any octets")
    func garbage() throws {
        var random = SeededGenerator(seed: 2132)
        var lab = try Laboratory()
        for _ in 0..<fuzzRounds(default: 2_000) {
            var octets = try RandomisedDHCPMessageTests.message(&random).encoded(limit: 1_472)
            octets[0] = 1
            octets += [53, 1, .random(in: 1...8, using: &random), 255]
            octets[.random(in: 0..<octets.count, using: &random)] = .random(in: 0...255, using: &random)
            _ = lab.run(lab.engine.receive(octets, from: .init(link: "lan", destination: .broadcast), now: lab.now))
            lab.now += 1
        }
        #expect(lab.engine.table.all.count <= 4)
    }
}

import TestSupport
import Testing

@testable import DHCP

/// A client in virtual time, with the words of a server put in by hand.
struct ClientBench {
    static let server = IPv4Address(192, 0, 2, 1)
    static let other = IPv4Address(192, 0, 2, 2)
    static let address = IPv4Address(192, 0, 2, 100)
    static let hardware = HardwareAddress([2, 0, 0, 0, 0, 9]) ?? .broadcast

    let epoch = ContinuousClock.now
    var now: ContinuousClock.Instant
    var engine: DHCPClientEngine
    var generator: SeededGenerator

    init(seed: UInt64 = 1, _ change: (inout DHCPClientEngine.Configuration) -> Void = { _ in }) {
        var configuration = DHCPClientEngine.Configuration(hardware: Self.hardware)
        configuration.wantsRapidCommit = false
        configuration.checksAddress = false
        change(&configuration)
        engine = DHCPClientEngine(configuration)
        generator = SeededGenerator(seed: seed)
        now = epoch
    }

    var elapsed: Duration { now - epoch }

    mutating func begin(remembered: ClientLease? = nil) {
        engine.begin(remembered: remembered, now: now, using: &generator)
    }

    /// Lets time go on to the next deadline.
    mutating func wait() -> [DHCPClientEngine.Action] {
        guard let deadline = engine.deadline else { return [] }
        now = max(now, deadline)
        return engine.advance(to: now, using: &generator)
    }

    mutating func hear(_ message: DHCPMessage) -> [DHCPClientEngine.Action] {
        engine.receive(message, now: now, using: &generator)
    }

    /// A server's message that fits what the client is doing.
    func reply(
        _ kind: DHCPMessage.Kind, lease: UInt32 = 1_000, from server: IPv4Address = server,
        address: IPv4Address = address, _ change: (inout DHCPMessage) -> Void = { _ in }
    ) -> DHCPMessage {
        var message = DHCPMessage(
            .reply, kind: kind, hardware: Self.hardware, transactionID: engine.transactionID)
        message.options.set(.serverIdentifier, server)
        if kind != .nak {
            message.yourAddress = address
            message.options.set(.leaseTime, long: lease)
            message.options.set(.subnetMask, IPv4Address(255, 255, 255, 0))
        }
        change(&message)
        return message
    }

    /// Takes the client to BOUND.
    mutating func bind(lease: UInt32 = 1_000, _ change: (inout DHCPMessage) -> Void = { _ in }) {
        begin()
        _ = wait()
        _ = hear(reply(.offer, lease: lease))
        _ = hear(reply(.ack, lease: lease, change))
    }
}

extension [DHCPClientEngine.Action] {
    /// The one message among the actions.
    var sent: (message: DHCPMessage, destination: DHCPClientEngine.Destination)? {
        for case .send(let message, let destination) in self { return (message, destination) }
        return nil
    }
}

@Suite("A client of DHCP")
struct DHCPClientEngineTests {
    @Test("asks everybody, takes an offer, and is bound")
    func fourMessages() throws {
        var bench = ClientBench { $0.hostName = "viewer" }
        bench.begin()
        #expect(bench.engine.state == .initial)
        let discover = try #require(bench.wait().sent)
        #expect((.seconds(1)...Duration.seconds(10)).contains(bench.elapsed))
        #expect(discover.destination == .broadcast && discover.message.kind == .discover)
        #expect(discover.message.clientAddress == .unspecified && discover.message.isBroadcast == false)
        #expect(discover.message.options[.clientIdentifier] == [1, 2, 0, 0, 0, 0, 9])
        #expect(discover.message.options.text(.hostName) == "viewer")
        #expect(discover.message.options.requestedCodes.prefix(3) == [.subnetMask, .classlessRoutes, .routers])
        #expect(
            discover.message.options[.requestedAddress] == nil && discover.message.options[.serverIdentifier] == nil)

        let request = try #require(bench.hear(bench.reply(.offer)).sent)
        #expect(request.destination == .broadcast && request.message.kind == .request)
        #expect(request.message.options.address(.requestedAddress) == ClientBench.address)
        #expect(request.message.options.address(.serverIdentifier) == ClientBench.server)
        #expect(request.message.clientAddress == .unspecified && request.message.seconds == discover.message.seconds)
        #expect(request.message.transactionID == discover.message.transactionID)

        let actions = bench.hear(bench.reply(.ack))
        let lease = try #require(bench.engine.lease)
        #expect(actions == [.bind(lease)] && bench.engine.state == .bound)
        #expect(lease.address == ClientBench.address && lease.prefix == 24 && lease.start == bench.now)
        #expect(lease.duration == 1_000 && lease.renewal == 500 && lease.rebinding == 875)
    }

    @Test("repeats itself after 4, 8, 16, 32, 64 and 64 seconds, a second more or less, and says when nobody answers")
    func backOff() throws {
        for seed in 1...20 as ClosedRange<UInt64> {
            var bench = ClientBench(seed: seed)
            bench.begin()
            _ = bench.wait()
            let identifier = bench.engine.transactionID
            var (last, failures) = (bench.now, [Int]())
            for (index, wait) in [4, 8, 16, 32, 64, 64, 64, 64].enumerated() {
                let actions = bench.wait()
                let gap = (bench.now - last) / .seconds(1)
                #expect(abs(gap - Double(wait)) <= 1)
                #expect(actions.sent?.message.kind == .discover && actions.sent?.message.transactionID == identifier)
                if actions.contains(.fail) { failures.append(index) }
                last = bench.now
            }
            #expect(failures == [3, 7])
            #expect(Int(bench.engine.seconds) >= 300)
        }
    }

    @Test("asks a server that has offered four times, and then everybody again")
    func silentServer() throws {
        var bench = ClientBench()
        bench.begin()
        _ = bench.wait()
        let first = bench.engine.transactionID
        _ = bench.hear(bench.reply(.offer))
        for _ in 1...3 { #expect(bench.wait().sent?.message.kind == .request) }
        let actions = bench.wait()
        #expect(actions.contains(.fail) && actions.sent?.message.kind == .discover)
        #expect(bench.engine.transactionID != first && bench.engine.state == .selecting)
    }

    @Test("passes over what is not for it, and not for now")
    func noise() throws {
        var bench = ClientBench()
        bench.begin()
        #expect(bench.hear(bench.reply(.offer)) == [])
        _ = bench.wait()
        let others: [(inout DHCPMessage) -> Void] = [
            { $0.operation = .request }, { $0.transactionID ^= 1 },
            { $0.hardware = HardwareAddress([2, 0, 0, 0, 0, 8]) ?? .broadcast },
            { $0.hardware = HardwareAddress(type: 6, [2, 0, 0, 0, 0, 9]) ?? .broadcast },
            { $0.options[.clientIdentifier] = [0, 1, 2] }, { $0.options[.serverIdentifier] = nil },
            { $0.yourAddress = .unspecified }, { $0.yourAddress = IPv4Address(224, 0, 0, 1) },
            { $0.options[.messageType] = [9] }, { $0.options[.messageType] = nil }, { $0.options[.messageType] = [6] },
            { $0.options[.messageType] = [5] },
        ]
        for change in others {
            #expect(bench.hear(bench.reply(.offer, change)) == [] && bench.engine.state == .selecting)
        }
        _ = bench.hear(bench.reply(.offer))
        // Of the server that was chosen, and with a time.
        #expect(bench.hear(bench.reply(.ack, from: ClientBench.other)) == [])
        #expect(bench.hear(bench.reply(.nak, from: ClientBench.other)) == [])
        #expect(bench.hear(bench.reply(.ack) { $0.options[.leaseTime] = nil }) == [])
        #expect(bench.hear(bench.reply(.ack, lease: 0)) == [])
        #expect(bench.hear(bench.reply(.offer, from: ClientBench.other)) == [])
        #expect(bench.engine.state == .requesting)
        #expect(
            bench.hear(bench.reply(.ack) { $0.options[.clientIdentifier] = bench.engine.clientIdentifier }).count == 1)
        #expect(bench.hear(bench.reply(.ack)) == [] && bench.hear(bench.reply(.nak)) == [])
    }

    @Test("is bound after two messages where it wants that and the server does")
    func rapidCommit() throws {
        var bench = ClientBench { $0.wantsRapidCommit = true }
        bench.begin()
        #expect(bench.wait().sent?.message.options[.rapidCommit] == [])
        #expect(bench.hear(bench.reply(.ack)) == [])
        let actions = bench.hear(bench.reply(.ack) { $0.options[.rapidCommit] = [] })
        #expect(actions == [.bind(try #require(bench.engine.lease))])
        var plain = ClientBench()
        plain.begin()
        _ = plain.wait()
        #expect(plain.hear(plain.reply(.ack) { $0.options[.rapidCommit] = [] }) == [])
    }

    @Test("renews with its server from T1, with any from T2, and gives the address up at the end")
    func times() throws {
        var bench = ClientBench()
        bench.bind()
        let start = bench.now
        var kinds: [(Duration, DHCPClientEngine.State)] = []
        while bench.engine.isUsingAddress {
            let actions = bench.wait()
            guard let sent = actions.sent, sent.message.kind == .request else {
                #expect(bench.now - start == .seconds(1_000))
                #expect(actions.first == .lose(try #require(bench.leaseOf(actions)), .expired))
                #expect(actions.sent?.message.kind == .discover || bench.engine.state == .selecting)
                break
            }
            kinds.append((bench.now - start, bench.engine.state))
            #expect(sent.message.clientAddress == ClientBench.address)
            #expect(sent.message.options[.requestedAddress] == nil && sent.message.options[.serverIdentifier] == nil)
            let isRenewing = bench.engine.state == .renewing
            #expect(
                sent.destination
                    == (isRenewing
                        ? .unicast(ClientBench.address, ClientBench.server) : .broadcastFrom(ClientBench.address)))
        }
        #expect((.seconds(475)...Duration.seconds(500)).contains(kinds[0].0) && kinds[0].1 == .renewing)
        // Half of what is left until T2, but no less than a minute.
        let halved = zip(kinds, kinds.dropFirst()).filter { $0.0.1 == .renewing && $0.1.1 == .renewing }
        for (earlier, later) in halved {
            let expected = max(.seconds(60), (.seconds(875) - earlier.0) / 2)
            #expect(later.0 - earlier.0 == expected)
        }
        #expect(kinds.first { $0.1 == .rebinding }?.0 == .seconds(875))
        #expect(kinds.count >= 5)
    }

    @Test("goes on with the time, the server and the settings that a renewal brings")
    func renewal() throws {
        var bench = ClientBench()
        bench.bind()
        _ = bench.wait()
        #expect(bench.engine.state == .renewing)
        let asked = bench.now
        bench.now += .seconds(2)
        var actions = bench.hear(bench.reply(.ack, lease: 600) { $0.options.set(.routers, ClientBench.other) })
        var lease = try #require(bench.engine.lease)
        #expect(actions == [.extend(lease)] && lease.start == asked && lease.duration == 600)
        #expect(lease.routes.map(\.description) == ["0.0.0.0/0 via 192.0.2.2"])
        _ = bench.wait()
        while bench.engine.state == .renewing { _ = bench.wait() }
        #expect(bench.engine.state == .rebinding)
        actions = bench.hear(bench.reply(.ack, lease: 600, from: ClientBench.other))
        lease = try #require(bench.engine.lease)
        #expect(actions == [.extend(lease)] && lease.server == ClientBench.other)
        // Another address in place of the one that it has.
        _ = bench.wait()
        let moved = IPv4Address(192, 0, 2, 101)
        actions = bench.hear(bench.reply(.ack, from: ClientBench.other, address: moved))
        #expect(actions == [.lose(lease, .refused), .bind(try #require(bench.engine.lease))])
        #expect(bench.engine.lease?.address == moved)
    }

    @Test("gives its address up when a server says so, and does not ask in circles")
    func refusal() throws {
        var bench = ClientBench()
        bench.bind()
        let lease = try #require(bench.engine.lease)
        _ = bench.wait()
        #expect(bench.hear(bench.reply(.nak, from: ClientBench.other)) == [])
        let actions = bench.hear(bench.reply(.nak) { $0.options.set(.message, text: "moved") })
        #expect(actions.prefix(2) == [.refused("moved"), .lose(lease, .refused)])
        // At once, without a wish.
        #expect(actions.sent?.message.kind == .discover && actions.sent?.message.options[.requestedAddress] == nil)
        var waits: [Duration] = []
        for _ in 1...8 {
            _ = bench.hear(bench.reply(.offer))
            let actions = bench.hear(bench.reply(.nak))
            #expect(actions == [.refused("")] && bench.engine.state == .initial)
            waits.append(try #require(bench.engine.deadline) - bench.now)
            _ = bench.wait()
        }
        #expect(waits == [2, 4, 8, 16, 32, 64, 64, 64].map { .seconds($0) })
    }

    @Test("asks no more than once a second, whatever times a server gives")
    func pause() throws {
        for lease in [1, 2, 1_000] as [UInt32] {
            var bench = ClientBench()
            bench.bind(lease: lease) { $0.options.set(.renewalTime, long: 0) }
            for _ in 1...20 {
                let before = bench.now
                _ = bench.wait()
                #expect(bench.engine.state == .renewing && bench.now - before >= .seconds(1))
                #expect(
                    bench.hear(bench.reply(.ack, lease: lease) { $0.options.set(.renewalTime, long: 0) }).count == 1)
                #expect(bench.engine.state == .bound)
            }
        }
    }

    @Test("asks the link before it uses an address, and declines what somebody else has")
    func conflict() throws {
        var bench = ClientBench { $0.checksAddress = true }
        bench.begin()
        _ = bench.wait()
        _ = bench.hear(bench.reply(.offer))
        #expect(bench.hear(bench.reply(.ack)) == [.check(ClientBench.address)])
        let lease = try #require(bench.engine.lease)
        #expect(bench.engine.state == .checking && !bench.engine.isUsingAddress && bench.engine.deadline == nil)
        let actions = bench.engine.checked(isFree: false, now: bench.now, using: &bench.generator)
        let decline = try #require(actions.sent)
        #expect(decline.destination == .broadcast && decline.message.kind == .decline)
        #expect(decline.message.options.address(.requestedAddress) == ClientBench.address)
        #expect(decline.message.options.address(.serverIdentifier) == ClientBench.server)
        #expect(decline.message.clientAddress == .unspecified)
        #expect(decline.message.options[.parameterRequestList] == nil)
        #expect(actions.last == .lose(lease, .conflict))
        #expect(try #require(bench.engine.deadline) - bench.now >= .seconds(10))
        #expect(bench.wait().sent?.message.kind == .discover)
        _ = bench.hear(bench.reply(.offer))
        _ = bench.hear(bench.reply(.ack))
        #expect(
            bench.engine.checked(isFree: true, now: bench.now, using: &bench.generator)
                == [.bind(try #require(bench.engine.lease))])
        #expect(bench.engine.checked(isFree: false, now: bench.now, using: &bench.generator) == [])
    }

    @Test("asks for the address that it had, after a restart")
    func reboot() throws {
        var bench = ClientBench()
        bench.bind()
        let lease = try #require(bench.engine.lease)
        bench.now += .seconds(100)

        var again = ClientBench(seed: 2)
        again.now = bench.now
        again.begin(remembered: lease)
        #expect(again.engine.state == .initialReboot)
        let request = try #require(again.wait().sent)
        #expect(request.message.kind == .request && request.destination == .broadcast)
        #expect(request.message.options.address(.requestedAddress) == ClientBench.address)
        #expect(request.message.options[.serverIdentifier] == nil && request.message.clientAddress == .unspecified)
        #expect(again.hear(again.reply(.ack)) == [.bind(try #require(again.engine.lease))])

        // It has moved to another network.
        var moved = ClientBench(seed: 3)
        moved.now = bench.now
        moved.begin(remembered: lease)
        _ = moved.wait()
        let actions = moved.hear(moved.reply(.nak))
        #expect(actions.first == .refused("") && actions.sent?.message.kind == .discover)

        // Nobody answers: it asks everybody, for the same address if possible.
        var alone = ClientBench(seed: 4)
        alone.now = bench.now
        alone.begin(remembered: lease)
        #expect(alone.wait().sent?.message.kind == .request)
        #expect(alone.wait().sent?.message.kind == .request)
        let discover = try #require(alone.wait().sent?.message)
        #expect(discover.kind == .discover)
        #expect(discover.options.address(.requestedAddress) == ClientBench.address)

        // Too late.
        var late = ClientBench(seed: 5)
        late.now = try #require(lease.end)
        late.begin(remembered: lease)
        #expect(late.engine.state == .initial)
        #expect(late.wait().sent?.message.options.address(.requestedAddress) == ClientBench.address)
    }

    @Test("gives its address back when it is to, and only then")
    func release() throws {
        var bench = ClientBench()
        bench.bind()
        let lease = try #require(bench.engine.lease)
        let actions = bench.engine.release(using: &bench.generator)
        let release = try #require(actions.sent)
        #expect(release.destination == .unicast(ClientBench.address, ClientBench.server))
        #expect(release.message.kind == .release && release.message.clientAddress == ClientBench.address)
        #expect(release.message.options.address(.serverIdentifier) == ClientBench.server)
        #expect(release.message.options[.requestedAddress] == nil)
        #expect(actions.last == .lose(lease, .released))
        #expect(bench.engine.state == .stopped && bench.engine.deadline == nil)
        #expect(bench.engine.release(using: &bench.generator) == [])
        var young = ClientBench()
        young.begin()
        _ = young.wait()
        #expect(young.engine.release(using: &young.generator) == [])
    }

    @Test("asks for settings alone")
    func inform() throws {
        var bench = ClientBench()
        let own = IPv4Address(192, 0, 2, 50)
        bench.engine.inform(for: own, now: bench.now, using: &bench.generator)
        let inform = try #require(bench.wait().sent)
        #expect(inform.message.kind == .inform && inform.message.clientAddress == own)
        #expect(inform.destination == .broadcastFrom(own))
        #expect(inform.message.options[.leaseTime] == nil && inform.message.options[.requestedAddress] == nil)
        var answer = bench.reply(.ack)
        answer.yourAddress = .unspecified
        answer.options[.leaseTime] = nil
        let actions = bench.hear(answer)
        guard case .inform(let lease)? = actions.first else { return #expect(Bool(false), "\(actions)") }
        #expect(lease.address == own && lease.duration == 0 && lease.prefix == 24)
        #expect(bench.engine.state == .stopped)
    }

    @Test("asks for broadcasts when it cannot take anything else, and names itself as it is told")
    func wishes() throws {
        var bench = ClientBench {
            $0.wantsBroadcast = true
            $0.hostName = "viewer.cdn.test"
            $0.wantsFQDN = true
            $0.clientIdentifier = [0, 1, 2, 3]
        }
        bench.begin()
        let message = try #require(bench.wait().sent?.message)
        #expect(message.isBroadcast && message.options[.clientIdentifier] == [0, 1, 2, 3])
        let name = try #require(message.options.clientFQDN)
        #expect(name.name == "viewer.cdn.test" && name.isComplete && name.flags.contains(.serverUpdates))
        #expect(message.options[.hostName] == nil)
        _ = bench.hear(bench.reply(.offer))
        _ = bench.hear(bench.reply(.ack))
        // A client that has its address can be sent to.
        #expect(bench.wait().sent?.message.isBroadcast == false)
    }
}

extension ClientBench {
    func leaseOf(_ actions: [DHCPClientEngine.Action]) -> ClientLease? {
        for case .lose(let lease, _) in actions { return lease }
        return nil
    }
}

@Suite("A lease")
struct ClientLeaseTests {
    private func lease(_ change: (inout DHCPMessage) -> Void) -> ClientLease? {
        var message = DHCPMessage(.reply, kind: .ack, hardware: .broadcast, transactionID: 1)
        message.yourAddress = IPv4Address(172, 16, 0, 9)
        message.options.set(.leaseTime, long: 800)
        message.options.set(.serverIdentifier, IPv4Address(172, 16, 0, 1))
        change(&message)
        return ClientLease(message, start: .now)
    }

    @Test("has the server's times, or the standard's where those make no sense")
    func times() throws {
        func times(_ renewal: UInt32?, _ rebinding: UInt32?, lease duration: UInt32 = 800) -> [UInt32] {
            let lease = lease {
                $0.options.set(.leaseTime, long: duration)
                if let renewal { $0.options.set(.renewalTime, long: renewal) }
                if let rebinding { $0.options.set(.rebindingTime, long: rebinding) }
            }
            return lease.map { [$0.renewal, $0.rebinding] } ?? []
        }
        #expect(times(nil, nil) == [400, 700])
        #expect(times(100, 200) == [100, 200])
        #expect(times(900, 950) == [400, 700])
        #expect(times(700, nil) == [400, 700])
        // T1 must be earlier than T2 (RFC 2131 §4.4.5): these are not what the server can have meant.
        #expect(times(nil, 300) == [400, 700])
        #expect(times(nil, 400) == [400, 700])
        #expect(times(500, 300) == [400, 700])
        #expect(times(0, 0) == [400, 700])
        #expect(times(nil, 401) == [400, 401])
        #expect(times(100, 900) == [100, 700])
        #expect(times(nil, nil, lease: 1) == [0, 1])
        #expect(times(nil, nil, lease: .max).count == 2 && lease { $0.options.set(.leaseTime, long: .max) }?.end == nil)
    }

    @Test("has the network that the mask says, or the class of the address")
    func prefix() throws {
        #expect(lease { $0.options.set(.subnetMask, IPv4Address(255, 255, 255, 128)) }?.prefix == 25)
        #expect(lease { $0.options.set(.subnetMask, IPv4Address(255, 255, 255, 255)) }?.prefix == 32)
        for mask in [IPv4Address(255, 0, 255, 0), .unspecified, IPv4Address(0, 0, 0, 255)] {
            #expect(lease { $0.options.set(.subnetMask, mask) }?.prefix == 16)
        }
        #expect(lease { $0.yourAddress = IPv4Address(10, 0, 0, 9) }?.prefix == 8)
        #expect(lease { $0.yourAddress = IPv4Address(192, 0, 2, 9) }?.prefix == 24)
    }

    @Test("has classless routes, or a router where there are none")
    func routes() throws {
        let near = try #require(ClasslessRoute("10.0.0.0/8 via 172.16.0.3"))
        let lease = try #require(
            lease {
                $0.options.set(.routers, [IPv4Address(172, 16, 0, 1), IPv4Address(172, 16, 0, 2)])
                $0.options[.classlessRoutes] = ClasslessRoute.value([near])
            })
        #expect(lease.routes == [near])
        #expect(
            self.lease { $0.options.set(.routers, [.unspecified, IPv4Address(172, 16, 0, 2)]) }?.routes.map(
                \.description)
                == ["0.0.0.0/0 via 172.16.0.2"])
        #expect(self.lease { $0.options[.routers] = [1, 2, 3] }?.routes == [])
    }

    @Test("names only domains that can be names")
    func names() throws {
        #expect(lease { $0.options.set(.domainName, text: "cdn.test") }?.searchDomains == ["cdn.test"])
        for text in ["a b", "x;reboot", "-x", "", "a..b", "$(id)", "ä.test", String(repeating: "a", count: 64)] {
            #expect(lease { $0.options.set(.domainName, text: text) }?.searchDomains == [])
        }
    }
}

import DHCP
import Foundation
import Synchronization
import Testing

@testable import DHCPService

/// Real sockets on the loopback interface. What only root may is tried only by root.
@Suite("Sockets on a link")
struct LinkTests {
    private static let isRoot = geteuid() == 0

    /// A port that nobody has: the system chooses it.
    private func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, CInt(SOCK_DGRAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { place in
                bind(descriptor, place, length) == 0 ? getsockname(descriptor, place, &length) : -1
            }
        }
        try #require(status == 0)
        return UInt16(bigEndian: address.sin_port)
    }

    @Test("find out about interfaces, and say what is wrong with a name")
    func interfaces() throws {
        let loopback = try LinkInterface(named: "lo")
        #expect(loopback.index > 0 && loopback.mtu > 1_000 && loopback.hardware.octets.count == 6)
        if loopback.isUp {
            #expect(loopback.addresses.first?.address == IPv4Address(127, 0, 0, 1))
            #expect(loopback.addresses.first?.network == IPv4Network("127.0.0.0/8"))
        }
        for name in ["", "no-such-link-0", "a-name-of-more-than-15-octets", "lo\0x"] {
            #expect { try LinkInterface(named: name) } throws: { ($0 as? LinkError)?.code == .noInterface }
        }
    }

    @Test("call timers in their order, never early, and not those that were cancelled")
    func timers() async throws {
        let loop = try LinkLoop()
        defer { loop.stop() }
        let (calls, continuation) = AsyncStream.makeStream(of: Int.self)
        let start = ContinuousClock.now
        loop.schedule(at: start + .milliseconds(40)) { continuation.yield(start + .milliseconds(40) <= .now ? 3 : -3) }
        loop.schedule(at: start + .milliseconds(20)) { continuation.yield(start + .milliseconds(20) <= .now ? 2 : -2) }
        loop.cancel(loop.schedule(at: start + .milliseconds(10)) { continuation.yield(0) })
        loop.execute { continuation.yield(1) }
        var seen: [Int] = []
        for await call in calls {
            seen.append(call)
            if seen.count == 3 { break }
        }
        #expect(seen == [1, 2, 3])
    }

    @Test("tell who may not open them", .enabled(if: !isRoot))
    func permission() throws {
        let loop = try LinkLoop()
        defer { loop.stop() }
        let loopback = try LinkInterface(named: "lo")
        #expect { try DHCPPort(try freePort(), on: loopback, loop: loop) { _ in } } throws: {
            ($0 as? LinkError)?.code == .notPermitted && "\($0)".contains("root")
        }
    }

    @Test(
        "send frames from no address to everybody, and to hosts; datagrams by their address", .enabled(if: isRoot),
        .timeLimit(.minutes(15)),
        arguments: [DHCPPort.Reception.datagrams, .frames])
    func datagrams(reception: DHCPPort.Reception) async throws {
        let loop = try LinkLoop()
        defer { loop.stop() }
        let loopback = try LinkInterface(named: "lo")
        let (arrivals, continuation) = AsyncStream.makeStream(of: DHCPPort.Datagram.self)
        let (port, otherPort) = (try freePort(), try freePort())
        let here = IPv4Address(127, 0, 0, 1)
        let receiver = try DHCPPort(port, on: loopback, by: reception, loop: loop) { continuation.yield($0) }
        let sender = try DHCPPort(otherPort, on: loopback, loop: loop) { _ in }
        var arrived = arrivals.makeAsyncIterator()

        try sender.send([4], to: .address(here), from: here, port: port)
        var datagram = try #require(await arrived.next())
        #expect(datagram.payload == [4] && datagram.destination == here && datagram.source == here)

        #expect(datagram.interface == loopback.index && datagram.sourcePort == otherPort)
        #expect((datagram.hardware == nil) == (reception == .datagrams))

        if reception == .frames {
            try sender.send([1, 2, 3], to: .host(here, loopback.hardware), from: here, port: port)
            datagram = try #require(await arrived.next())
            #expect(datagram.payload == [1, 2, 3] && datagram.destination == here && datagram.source == here)
            #expect(datagram.sourcePort == otherPort && datagram.hardware == loopback.hardware)
            // An address that is nobody's, and none.
            let stranger = IPv4Address(192, 0, 2, 200)
            try sender.send([5], to: .host(stranger, loopback.hardware), from: .unspecified, port: port)
            datagram = try #require(await arrived.next())
            #expect(datagram.payload == [5] && datagram.destination == stranger && datagram.source == .unspecified)
            try sender.send([6], to: .broadcast, from: .unspecified, port: port)
            datagram = try #require(await arrived.next())
            #expect(datagram.payload == [6] && datagram.destination == .broadcast)
            // Other ports' frames stay outside.
            try sender.send([7], to: .broadcast, from: .unspecified, port: otherPort)
            try sender.send([8], to: .broadcast, from: .unspecified, port: port)
            #expect(await arrived.next()?.payload == [8])
        }
        withExtendedLifetime(receiver) {}
        #expect(throws: LinkError.self) {
            try sender.send([UInt8](repeating: 0, count: 65_530), to: .broadcast, from: here, port: port)
        }
    }

    @Test("ask who has an address, and hear who answers", .enabled(if: isRoot), .timeLimit(.minutes(15)))
    func probing() async throws {
        let loop = try LinkLoop()
        defer { loop.stop() }
        let loopback = try LinkInterface(named: "lo")
        let taken = IPv4Address(192, 0, 2, UInt8.random(in: 1...200))
        let free = IPv4Address(rawValue: taken.rawValue + 1)
        let owner = try #require(HardwareAddress("02:00:00:00:00:07"))
        // The host that has the address: it sees the probe, and answers.
        let host = Mutex<PacketSocket?>(nil)
        let socket = try PacketSocket(.arp, on: loopback, loop: loop) { packet in
            guard let question = ARPPacket(packet.octets), question.target == taken, question.senderHardware != owner
            else { return }
            let answer = ARPPacket(.reply, from: owner, taken, to: question.senderHardware, question.sender)
            try? host.withLock { $0 }?.send(answer.encoded, to: question.senderHardware)
        }
        host.withLock { $0 = socket }
        defer { host.withLock { $0 = nil } }
        var configuration = AddressProbes.Configuration.server
        configuration.interval = .milliseconds(10)...(.milliseconds(10))
        configuration.lastWait = .milliseconds(300)
        let prober = try AddressProber(on: loopback, configuration: configuration, loop: loop)
        async let first = prober.probe(taken)
        async let second = prober.probe(taken)
        async let third = prober.probe(free)
        #expect(await (first, second, third) == (.inUse(by: owner), .inUse(by: owner), .free))
        prober.close()
        #expect(await prober.probe(free) == .overloaded)
    }
}

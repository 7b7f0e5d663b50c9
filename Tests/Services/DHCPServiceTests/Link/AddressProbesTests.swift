import DHCP
import TestSupport
import Testing

@testable import DHCPService

@Suite("Probes for addresses")
struct AddressProbesTests {
    private let ours = HardwareAddress([2, 0, 0, 0, 0, 1]) ?? .broadcast
    private let other = HardwareAddress([2, 0, 0, 0, 0, 2]) ?? .broadcast
    private let address = IPv4Address(192, 0, 2, 9)
    private let start = ContinuousClock.now

    /// Runs probes to their end, in virtual time.
    private func run(
        _ probes: inout AddressProbes, from now: ContinuousClock.Instant, _ generator: inout SeededGenerator
    ) -> (sent: [Duration], outcomes: [IPv4Address: AddressProbes.Outcome], end: Duration) {
        var (sent, outcomes, end) = ([Duration](), [IPv4Address: AddressProbes.Outcome](), Duration.zero)
        while let deadline = probes.deadline {
            end = deadline - now
            for action in probes.advance(to: deadline, using: &generator) {
                switch action {
                case .send(let packet):
                    #expect(packet.sender == .unspecified && packet.senderHardware == ours)
                    sent.append(end)
                case .finish(let address, let outcome): outcomes[address] = outcome
                }
            }
        }
        return (sent, outcomes, end)
    }

    @Test("ask three times at the standard's pace, and find an address free that nobody speaks for")
    func free() {
        for seed in 1...50 as ClosedRange<UInt64> {
            var generator = SeededGenerator(seed: seed)
            var probes = AddressProbes(hardware: ours)
            #expect(probes.begin(address, now: start, using: &generator))
            let (sent, outcomes, end) = run(&probes, from: start, &generator)
            #expect(outcomes == [address: .free] && sent.count == 3)
            #expect(sent[0] <= .seconds(1) && end - sent[2] == .seconds(2))
            for (earlier, later) in zip(sent, sent.dropFirst()) {
                #expect((.seconds(1)...Duration.seconds(2)).contains(later - earlier))
            }
        }
    }

    @Test("find an address in use by an answer, by anything said from it, and by somebody else's probe")
    func conflicts() {
        for packet in [
            ARPPacket(.reply, from: other, address, to: ours, .unspecified),
            ARPPacket(.request, from: other, address, to: ours, IPv4Address(192, 0, 2, 77)),
            .announcement(of: address, by: other), .probe(for: address, by: other),
        ] {
            var generator = SeededGenerator(seed: 1)
            var probes = AddressProbes(hardware: ours)
            #expect(probes.begin(address, now: start, using: &generator))
            #expect(probes.receive(packet) == [.finish(address, .inUse(by: other))])
            #expect(probes.deadline == nil && probes.receive(packet) == [])
        }
    }

    @Test("are not disturbed by other addresses, by questions for the address, and by their own echo")
    func noise() {
        var generator = SeededGenerator(seed: 1)
        var probes = AddressProbes(hardware: ours)
        #expect(probes.begin(address, now: start, using: &generator))
        let neighbour = IPv4Address(192, 0, 2, 8)
        for packet in [
            ARPPacket.announcement(of: neighbour, by: other), .probe(for: neighbour, by: other),
            ARPPacket(.request, from: other, neighbour, to: ours, address), .probe(for: address, by: ours),
            ARPPacket(.reply, from: other, .unspecified, to: ours, address),
        ] {
            #expect(probes.receive(packet) == [])
        }
        #expect(run(&probes, from: start, &generator).outcomes == [address: .free])
    }

    @Test("are bounded in number, and one does for several who ask")
    func capacity() {
        var generator = SeededGenerator(seed: 1)
        var configuration = AddressProbes.Configuration.server
        configuration.capacity = 10
        var probes = AddressProbes(configuration, hardware: ours)
        for number in 0..<20 as Range<UInt8> {
            let address = IPv4Address(10, 0, 0, number)
            #expect(probes.begin(address, now: start, using: &generator) == (number < 10))
            #expect(probes.begin(address, now: start, using: &generator) == (number < 10))
        }
        #expect(probes.count == 10)
        let (sent, outcomes, end) = run(&probes, from: start, &generator)
        #expect(sent.count == 20 && outcomes.count == 10 && end == .milliseconds(500))
        #expect(probes.begin(address, now: start, using: &generator))
        #expect(probes.cancel() == [address] && probes.count == 0)
    }
}

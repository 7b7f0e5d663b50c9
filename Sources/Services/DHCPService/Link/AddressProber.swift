package import DHCP
internal import Synchronization

/// ARP on one interface: probes for addresses that others may have, and announcements of one's own.
package final class AddressProber: Sendable {
    private struct State {
        var probes: AddressProbes
        var waiting: [IPv4Address: [CheckedContinuation<AddressProbes.Outcome, Never>]] = [:]
        var timer: LinkLoop.Timer?
        var isClosed = false
    }

    private let interface: LinkInterface
    private let loop: LinkLoop
    private let state: Mutex<State>
    private let socket: PacketSocket
    private let relay: Relay

    /// What the socket calls, which exists before the prober does.
    private final class Relay: Sendable {
        let prober = Mutex<Weak>(Weak())
        struct Weak { weak var value: AddressProber? }
    }

    /// - Parameters:
    ///   - interface: the link.
    ///   - configuration: how often and how long to ask.
    ///   - loop: whose thread waits.
    /// - Throws: ``LinkError``
    package init(
        on interface: LinkInterface, configuration: AddressProbes.Configuration = .init(), loop: LinkLoop
    ) throws(LinkError) {
        self.interface = interface
        self.loop = loop
        state = Mutex(State(probes: AddressProbes(configuration, hardware: interface.hardware)))
        let relay = Relay()
        self.relay = relay
        socket = try PacketSocket(.arp, on: interface, loop: loop) { packet in
            guard let packet = ARPPacket(packet.octets) else { return }
            relay.prober.withLock { $0.value }?.receive(packet)
        }
        relay.prober.withLock { $0.value = self }
    }

    /// Whether somebody on the link has an address. Takes as long as the configuration says, and waits on no thread.
    package func probe(_ address: IPv4Address) async -> AddressProbes.Outcome {
        await withCheckedContinuation { continuation in
            var generator = SystemRandomNumberGenerator()
            let isBegun = state.withLock { state in
                guard !state.isClosed, state.probes.begin(address, now: .now, using: &generator) else { return false }
                state.waiting[address, default: []].append(continuation)
                return true
            }
            if isBegun {
                loop.execute { [weak self] in self?.advance() }
            } else {
                continuation.resume(returning: .overloaded)
            }
        }
    }

    /// Tells the link that an address is this interface's: hosts that knew another forget it.
    ///
    /// - Throws: ``LinkError``
    package func announce(_ address: IPv4Address) throws(LinkError) {
        try socket.send(ARPPacket.announcement(of: address, by: interface.hardware).encoded, to: .broadcast)
    }

    /// Ends all probes, as if there had been too many.
    package func close() {
        let left = state.withLock { state in
            defer { state.waiting = [:] }
            state.isClosed = true
            _ = state.probes.cancel()
            return state.waiting.values.flatMap { $0 }
        }
        for continuation in left { continuation.resume(returning: .overloaded) }
    }

    deinit { close() }

    private func receive(_ packet: ARPPacket) { perform { $0.receive(packet) } }

    private func advance() {
        var generator = SystemRandomNumberGenerator()
        perform { $0.advance(to: .now, using: &generator) }
        state.withLock { state in
            if let timer = state.timer { loop.cancel(timer) }
            state.timer = state.probes.deadline.map { loop.schedule(at: $0) { [weak self] in self?.advance() } }
        }
    }

    private func perform(_ step: (inout AddressProbes) -> [AddressProbes.Action]) {
        for action in state.withLock({ step(&$0.probes) }) {
            switch action {
            // A probe that the link does not take is like one that it loses.
            case .send(let packet): try? socket.send(packet.encoded, to: .broadcast)
            case .finish(let address, let outcome):
                let waiting = state.withLock { $0.waiting.removeValue(forKey: address) ?? [] }
                for continuation in waiting { continuation.resume(returning: outcome) }
            }
        }
    }
}

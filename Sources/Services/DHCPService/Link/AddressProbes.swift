package import DHCP

/// Asks a link whether addresses are in use, by ARP (RFC 5227 §2.1), many at once.
package struct AddressProbes: Sendable {
    /// How often and how long a link is asked; the standard's times (RFC 5227 §1.1) by default.
    package struct Configuration: Sendable, Hashable {
        /// How long to wait before the first probe at most, so that hosts that start together do not ask together.
        package var firstWait = Duration.seconds(1)
        /// Probes of an address, at least 1.
        package var count = 3
        /// Between two probes.
        package var interval = Duration.seconds(1)...Duration.seconds(2)
        /// How long to listen after the last.
        package var lastWait = Duration.seconds(2)
        /// Addresses that are probed at once, at most.
        package var capacity = 256

        /// What hosts do for themselves: RFC 5227's times, 5 to 7 seconds in all.
        package init() {}

        /// What a server can wait for before it offers an address: two probes, half a second in all.
        package static var server: Configuration {
            var configuration = Configuration()
            configuration.firstWait = .zero
            configuration.count = 2
            configuration.interval = .milliseconds(200)...(.milliseconds(200))
            configuration.lastWait = .milliseconds(300)
            configuration.capacity = 1_024
            return configuration
        }
    }

    /// What a link said of an address.
    package enum Outcome: Sendable, Hashable {
        /// Nobody has answered.
        case free
        case inUse(by: HardwareAddress)
        /// Too many addresses are being probed already.
        case overloaded
    }

    /// What the caller is to do.
    package enum Action: Sendable, Hashable {
        case send(ARPPacket)
        case finish(IPv4Address, Outcome)
    }

    private struct Probe {
        var sent = 0
        var next: ContinuousClock.Instant
    }

    private let configuration: Configuration
    private let hardware: HardwareAddress
    private var probes: [IPv4Address: Probe] = [:]

    /// - Parameters:
    ///   - configuration: how often and how long to ask.
    ///   - hardware: the address of the interface that asks.
    package init(_ configuration: Configuration = Configuration(), hardware: HardwareAddress) {
        self.configuration = configuration
        self.hardware = hardware
    }

    /// Addresses that are being probed.
    package var count: Int { probes.count }

    /// When something is due; nil while nothing is probed.
    package var deadline: ContinuousClock.Instant? { probes.values.map(\.next).min() }

    /// Begins to probe an address, unless it is being probed already.
    ///
    /// - Parameters:
    ///   - address: what nobody should have.
    ///   - now: the present time.
    ///   - generator: of the first wait.
    /// - Returns: false when there are too many.
    package mutating func begin(
        _ address: IPv4Address, now: ContinuousClock.Instant, using generator: inout some RandomNumberGenerator
    ) -> Bool {
        if probes[address] != nil { return true }
        guard probes.count < configuration.capacity else { return false }
        let wait = Self.random(.zero...configuration.firstWait, &generator)
        probes[address] = Probe(next: now + wait)
        return true
    }

    /// Takes what comes from the link: who speaks from an address has it, and who probes for one is about to.
    package mutating func receive(_ packet: ARPPacket) -> [Action] {
        guard packet.senderHardware != hardware else { return [] }
        let address: IPv4Address
        if packet.sender == .unspecified {
            guard packet.operation == .request else { return [] }
            address = packet.target
        } else {
            address = packet.sender
        }
        guard probes.removeValue(forKey: address) != nil else { return [] }
        return [.finish(address, .inUse(by: packet.senderHardware))]
    }

    /// Sends what is due, and finds addresses free that nobody has spoken for.
    package mutating func advance(
        to now: ContinuousClock.Instant, using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        var actions: [Action] = []
        for (address, probe) in probes where probe.next <= now {
            guard probe.sent < configuration.count else {
                probes[address] = nil
                actions.append(.finish(address, .free))
                continue
            }
            actions.append(.send(.probe(for: address, by: hardware)))
            let isLast = probe.sent + 1 == configuration.count
            let wait = isLast ? configuration.lastWait : Self.random(configuration.interval, &generator)
            probes[address] = Probe(sent: probe.sent + 1, next: now + wait)
        }
        return actions
    }

    /// Forgets everything.
    ///
    /// - Returns: what was being probed.
    package mutating func cancel() -> [IPv4Address] {
        defer { probes = [:] }
        return Array(probes.keys)
    }

    private static func random(
        _ range: ClosedRange<Duration>, _ generator: inout some RandomNumberGenerator
    ) -> Duration {
        range.lowerBound + (range.upperBound - range.lowerBound) * Double.random(in: 0...1, using: &generator)
    }
}

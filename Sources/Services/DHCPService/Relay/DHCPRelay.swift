package import DHCP
package import Logging
internal import ServiceLifecycle
internal import Synchronization

/// A relay agent on the interfaces of this machine.
package final class DHCPRelay: Service {
    /// Between which interfaces messages are relayed, and by which rules.
    package struct Configuration: Sendable {
        /// Where clients are, at least one; each needs an address.
        package var clientInterfaces: [String]
        /// Where servers are; nil for wherever a route leads.
        package var serverInterface: String?
        package var engine: RelayEngine.Configuration
        package var logger: Logger

        package init(clientInterfaces: [String], engine: RelayEngine.Configuration, logger: Logger) {
            self.clientInterfaces = clientInterfaces
            self.engine = engine
            self.logger = logger
        }
    }

    /// How often addresses of interfaces are looked at again.
    private static let patience = Duration.seconds(5)

    private struct State {
        var engine: RelayEngine
        /// By number of the interface.
        var ports: [Int: DHCPPort] = [:]
        /// Towards servers.
        var uplink: DHCPPort?
        /// How often each reason was met: the log tells of the first, and of each tenfold.
        var refusals: [RelayEngine.Refusal: Int] = [:]
    }

    private let configuration: Configuration
    private let loop: LinkLoop
    private let state: Mutex<State>

    /// - Throws: ``LinkError``
    package init(_ configuration: Configuration) throws(LinkError) {
        self.configuration = configuration
        let ports = try Self.ports(configuration.clientInterfaces)
        state = Mutex(State(engine: RelayEngine(configuration.engine, ports: ports)))
        loop = try LinkLoop()
    }

    deinit { loop.stop() }

    private static func ports(_ names: [String]) throws(LinkError) -> [RelayEngine.Port] {
        var ports: [RelayEngine.Port] = []
        for name in names { ports.append(try port(try LinkInterface(named: name))) }
        return ports
    }

    private static func port(_ interface: LinkInterface) throws(LinkError) -> RelayEngine.Port {
        let name = interface.name
        guard let address = interface.addresses.first?.address else {
            throw LinkError(
                .unsuitable,
                "the interface \(name) has no IPv4 address, which servers need to answer to: ip address add … dev \(name)"
            )
        }
        return RelayEngine.Port(
            index: interface.index, name: name, hardware: interface.hardware, address: address,
            networks: interface.addresses.map(\.network))
    }

    /// Listens on all interfaces.
    ///
    /// - Returns: the address of each interface with clients, and its name.
    /// - Throws: ``LinkError``
    package func listen() throws(LinkError) -> [(address: IPv4Address, interface: String)] {
        for name in configuration.clientInterfaces {
            let interface = try LinkInterface(named: name)
            let port = try open(interface)
            state.withLock { $0.ports[interface.index] = port }
        }
        let uplink: DHCPPort
        if let name = configuration.serverInterface {
            let interface = try LinkInterface(named: name)
            if let port = state.withLock({ $0.ports[interface.index] }) {
                uplink = port
            } else {
                uplink = try open(interface)
            }
        } else {
            uplink = try DHCPPort(DHCPPort.server, on: nil, loop: loop) { [weak self] datagram in
                // Broadcasts come to every socket; those of clients have one of their own.
                guard let self, state.withLock({ $0.ports[datagram.interface] == nil }) else { return }
                receive(datagram)
            }
        }
        state.withLock { $0.uplink = uplink }
        refreshLater()
        return state.withLock { state in
            state.engine.ports.values.sorted { $0.name < $1.name }.map { ($0.address, $0.name) }
        }
    }

    private func open(_ interface: LinkInterface) throws(LinkError) -> DHCPPort {
        try DHCPPort(DHCPPort.server, on: interface, loop: loop) { [weak self] in self?.receive($0) }
    }

    /// Relays until a graceful shutdown.
    package func run() async throws {
        try? await gracefulShutdown()
        let refusals = state.withLock { state in
            (state.ports, state.uplink) = ([:], nil)
            return state.refusals
        }
        loop.stop()
        for (refusal, count) in refusals {
            configuration.logger.info(
                "messages were not relayed", metadata: ["count": "\(count)", "reason": "\(refusal.rawValue)"])
        }
    }

    // MARK: On the loop's thread

    private func refreshLater() {
        loop.schedule(at: .now + Self.patience) { [weak self] in
            guard let self else { return }
            for name in configuration.clientInterfaces { refresh(name) }
            refreshLater()
        }
    }

    /// Looks at an interface again: its address may be another, and it may have been taken away and made anew. One that is
    /// gone, or has lost its address, keeps what it had until then.
    private func refresh(_ name: String) {
        guard let interface = try? LinkInterface(named: name), let port = try? Self.port(interface) else { return }
        if state.withLock({ $0.ports[interface.index] == nil }) {
            guard let socket = try? open(interface) else { return }
            state.withLock { state in
                for (index, old) in state.engine.ports where old.name == name {
                    state.engine.ports[index] = nil
                    state.ports[index] = nil
                }
                state.ports[interface.index] = socket
            }
            configuration.logger.notice("an interface was made anew", metadata: ["interface": "\(name)"])
        }
        state.withLock { $0.engine.ports[port.index] = port }
    }

    private func receive(_ datagram: DHCPPort.Datagram) {
        let (actions, ports, uplink) = state.withLock { state in
            let arrival = RelayEngine.Arrival(
                interface: datagram.interface, source: datagram.source, destination: datagram.destination)
            return (state.engine.react(to: datagram.payload, arrival, now: .now), state.ports, state.uplink)
        }
        for action in actions {
            do throws(LinkError) {
                switch action {
                case .toServer(let server, let source, let octets):
                    try uplink?.send(octets, to: .address(server), from: source, port: DHCPPort.server)
                    log("a request is relayed", octets, to: "\(server)")
                case .toClient(let destination, let interface, let source, let octets):
                    let place: DHCPPort.Destination =
                        switch destination {
                        case .broadcast: .broadcast
                        case .host(let address, let hardware): .host(address, hardware)
                        }
                    try ports[interface]?.send(octets, to: place, from: source, port: DHCPPort.client)
                    log("a reply is relayed", octets, to: "\(place)")
                case .refuse(let refusal): note(refusal, datagram)
                }
            } catch {
                configuration.logger.warning("a message is lost", metadata: ["error": "\(error)"])
            }
        }
    }

    private func log(_ event: Logger.Message, _ octets: [UInt8], to destination: String) {
        guard configuration.logger.logLevel <= .debug else { return }
        let message = try? DHCPMessage(octets)
        configuration.logger.debug(
            event,
            metadata: [
                "kind": "\(message?.kind?.name ?? "BOOTP")", "client": "\(message.map { "\($0.hardware)" } ?? "")",
                "to": "\(destination)",
            ])
    }

    private func note(_ refusal: RelayEngine.Refusal, _ datagram: DHCPPort.Datagram) {
        let count = state.withLock { state in
            state.refusals[refusal, default: 0] += 1
            return state.refusals[refusal] ?? 0
        }
        var isPowerOfTen = count > 0
        var rest = count
        while rest > 1, isPowerOfTen { (isPowerOfTen, rest) = (rest.isMultiple(of: 10), rest / 10) }
        guard isPowerOfTen else { return }
        configuration.logger.notice(
            "a message is not relayed",
            metadata: ["reason": "\(refusal.rawValue)", "from": "\(datagram.source)", "count": "\(count)"])
    }
}

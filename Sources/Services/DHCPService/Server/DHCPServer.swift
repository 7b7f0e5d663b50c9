package import DHCP
internal import Foundation
package import Logging
package import Metrics
internal import ServiceLifecycle
internal import Synchronization

/// A server of DHCP on interfaces of this machine.
package final class DHCPServer: Service {
    /// What a server gives out, on which interfaces.
    package struct Configuration: Sendable {
        package var addresses: DHCPServerConfiguration
        /// Names of interfaces: those of clients, and those that relay agents' messages come through.
        package var interfaces: [String]
        package var logger: Logger
        package var metrics: any MetricsFactory

        package init(
            addresses: DHCPServerConfiguration, interfaces: [String], logger: Logger, metrics: any MetricsFactory
        ) {
            self.addresses = addresses
            self.interfaces = interfaces
            self.logger = logger
            self.metrics = metrics
        }
    }

    private struct Place: Sendable {
        var interface: LinkInterface
        var port: DHCPPort
        var prober: AddressProber
    }

    private let configuration: Configuration
    private let store: LeaseStore
    private let observer: (any LeaseObserver)?
    private let loop: LinkLoop
    private let events = LeaseEvents()
    private let notes: NoteLog
    private let metrics: ServerMetrics
    private let engine: Mutex<DHCPServerEngine>
    private let places = Mutex<[String: Place]>([:])
    private let writer = Mutex<LeaseWriter?>(nil)
    private let interfaces: [LinkInterface]

    /// - Parameters:
    ///   - configuration: what to give, and where.
    ///   - store: what was given until now, and where it is written.
    ///   - observer: learns of leases; at first of all that are known.
    /// - Throws: `DHCPError`, ``LinkError``, ``LeaseStoreError``.
    package init(
        configuration: Configuration, store: LeaseStore, observer: (any LeaseObserver)? = nil
    ) throws {
        self.configuration = configuration
        self.store = store
        self.observer = observer
        metrics = ServerMetrics(configuration.metrics)
        notes = NoteLog(configuration.logger, metrics)
        try configuration.addresses.check()
        interfaces = try configuration.interfaces.map { name throws(LinkError) in
            let interface = try LinkInterface(named: name)
            guard !interface.addresses.isEmpty else {
                throw LinkError(.unsuitable, "the interface \(name) has no IPv4 address, which a server needs there")
            }
            return interface
        }
        let links = interfaces.map { interface in
            DHCPServerEngine.Link(
                name: interface.name, addresses: interface.addresses.map { .init($0.address, in: $0.network) })
        }
        let leases = try store.leases()
        let engine = DHCPServerEngine(
            configuration: configuration.addresses, links: links, leases: leases, now: Self.now)
        // What ended or began while nobody was told.
        if observer != nil {
            let bound = Dictionary(uniqueKeysWithValues: engine.leases.map { ($0.address, $0) })
            for lease in leases { events.append(bound[lease.address].map { .bound($0) } ?? .ended(lease)) }
        }
        self.engine = Mutex(engine)
        loop = try LinkLoop()
    }

    deinit { loop.stop() }

    private static var now: Double { Date().timeIntervalSince1970 }

    /// Listens and answers. Leases that end, and who observes them, need ``run()``.
    ///
    /// - Throws: ``LinkError``.
    package func bind() throws(LinkError) {
        let writer = LeaseWriter(store) { [weak self] tickets, error in
            guard let self else { return }
            if let error { configuration.logger.error("\(error)") }
            loop.execute { [weak self] in
                for ticket in tickets { self?.act { $0.committed(ticket, isDurable: error == nil, now: Self.now) } }
            }
        }
        self.writer.withLock { $0 = writer }
        for interface in interfaces {
            let name = interface.name
            let port = try DHCPPort(DHCPPort.server, on: interface, loop: loop) { [weak self] datagram in
                self?.receive(datagram, on: name)
            }
            let prober = try AddressProber(on: interface, configuration: .server, loop: loop)
            places.withLock { $0[name] = Place(interface: interface, port: port, prober: prober) }
        }
    }

    /// Serves until a graceful shutdown, after ``bind()``; what is being written then is written and answered.
    package func run() async throws {
        guard let writer = writer.withLock({ $0 }) else { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.tellObserver() }
            try? await cancelWhenGracefulShutdown {
                while true {
                    try await Task.sleep(for: .seconds(1))
                    self.act { $0.advance(to: Self.now) }
                    self.metrics.set(self.engine.withLock { $0.usage })
                }
            }
            // From now on nothing new begins.
            self.writer.withLock { $0 = nil }
            await writer.stop()
            // Answers to what was written go out before the ports close.
            await withCheckedContinuation { continuation in
                loop.execute { continuation.resume() }
            }
            let closing = places.withLock { places in
                defer { places = [:] }
                return places
            }
            for place in closing.values { place.prober.close() }
            events.finish()
        }
        loop.stop()
    }

    private func tellObserver() async {
        while let event = await events.next() { await observer?.observe(event) }
    }

    // MARK: Events and commands

    /// On the loop's thread.
    private func receive(_ datagram: DHCPPort.Datagram, on link: String) {
        // Nothing is to be begun that cannot be ended.
        guard writer.withLock({ $0 != nil }) else { return }
        metrics.received.increment()
        act {
            $0.receive(
                datagram.payload, from: .init(link: link, destination: datagram.destination), now: Self.now)
        }
    }

    private func act(_ event: (inout DHCPServerEngine) -> [DHCPServerEngine.Command]) {
        for command in engine.withLock({ event(&$0) }) {
            switch command {
            case .send(let reply): send(reply)
            case .probe(let address, let link): probe(address, on: link)
            case .commit(let lease, let ticket): writer.withLock { $0 }?.write(lease, ticket)
            case .tell(let event): if observer != nil { events.append(event) }
            case .note(let note): notes.record(note)
            }
        }
    }

    private func probe(_ address: IPv4Address, on link: String) {
        guard let prober = places.withLock({ $0[link]?.prober }) else { return }
        Task {
            var owner: HardwareAddress?
            if case .inUse(let hardware) = await prober.probe(address) { owner = hardware }
            act { $0.probed(address, answeredBy: owner, now: Self.now) }
        }
    }

    private func send(_ reply: DHCPServerEngine.Reply) {
        guard let port = places.withLock({ $0[reply.link]?.port }) else { return }
        let octets = reply.message.encoded(limit: reply.limit)
        let (destination, number): (DHCPPort.Destination, UInt16) =
            switch reply.destination {
            case .relay(let address): (.address(address), DHCPPort.server)
            case .client(let address): (.address(address), DHCPPort.client)
            case .hardware(let hardware, let address): (.host(address, hardware), DHCPPort.client)
            case .broadcast: (.broadcast, DHCPPort.client)
            }
        do throws(LinkError) {
            try port.send(octets, to: destination, from: reply.source, port: number)
            metrics.sent(reply.message.kind).increment()
        } catch {
            // A lost answer is one that the client asks for again.
            configuration.logger.info("an answer could not be sent", metadata: ["error": "\(error)"])
        }
    }
}

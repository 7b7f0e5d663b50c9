package import DHCP
internal import Foundation
package import Logging
internal import Synchronization

/// A client on one interface. It asks for an address and keeps it; what is done with it is the caller's.
package final class DHCPClient: Sendable {
    /// What a client asks for, and where it keeps what it gets.
    package struct Configuration: Sendable {
        package var engine: DHCPClientEngine.Configuration
        /// How often and how long the link is asked who has the address.
        package var probes = AddressProbes.Configuration()
        /// Where the lease is kept; nil for nowhere.
        package var file: LeaseFile?
        package var logger: Logger

        package init(engine: DHCPClientEngine.Configuration, logger: Logger) {
            self.engine = engine
            self.logger = logger
        }
    }

    /// What happens to the client.
    package enum Event: Sendable, Hashable {
        case bound(ClientLease)
        case extended(ClientLease)
        /// Settings for an address from elsewhere: the last event.
        case informed(ClientLease)
        case lost(ClientLease, DHCPClientEngine.Loss)
        case refused(String)
        case failed
    }

    private struct State {
        var engine: DHCPClientEngine
        var timer: LinkLoop.Timer?
        var port: DHCPPort?
    }

    private let configuration: Configuration
    private let interface: LinkInterface
    private let loop: LinkLoop
    private let prober: AddressProber
    private let state: Mutex<State>
    private let continuation: AsyncStream<Event>.Continuation
    /// What happens, in its order: few, as messages come apart further and further. Ends with ``stop()``.
    package let events: AsyncStream<Event>

    /// Listens on the interface.
    ///
    /// - Throws: ``LinkError``
    package init(_ configuration: Configuration, on interface: LinkInterface) throws(LinkError) {
        self.configuration = configuration
        self.interface = interface
        (events, continuation) = AsyncStream.makeStream()
        state = Mutex(State(engine: DHCPClientEngine(configuration.engine)))
        loop = try LinkLoop()
        do throws(LinkError) {
            prober = try AddressProber(on: interface, configuration: configuration.probes, loop: loop)
        } catch {
            loop.stop()
            throw error
        }
        let port = try DHCPPort(DHCPPort.client, on: interface, by: .frames, loop: loop) { [weak self] datagram in
            self?.receive(datagram)
        }
        state.withLock { $0.port = port }
    }

    deinit { stop() }

    /// Asks for an address, the one of the lease in the file if there is one.
    package func begin() {
        let remembered = configuration.file?.read(for: interface.hardware)
        perform { engine, generator in
            engine.begin(remembered: remembered, now: .now, using: &generator)
            return engine.advance(to: .now, using: &generator)
        }
    }

    /// Asks for settings only, for an address that the interface has from elsewhere.
    package func inform(for address: IPv4Address) {
        perform { engine, generator in
            engine.inform(for: address, now: .now, using: &generator)
            return engine.advance(to: .now, using: &generator)
        }
    }

    /// Asks for more time now.
    package func renew() {
        perform { engine, generator in
            guard engine.state == .bound else { return [] }
            engine.hasten(to: .now)
            return engine.advance(to: .now, using: &generator)
        }
    }

    /// Gives the address back: the last events follow.
    package func release() {
        perform { engine, generator in engine.release(using: &generator) }
    }

    /// Ends without a word: the address stays the client's until its end.
    package func stop() {
        state.withLock { $0.port = nil }
        prober.close()
        loop.stop()
        continuation.finish()
    }

    private func receive(_ datagram: DHCPPort.Datagram) {
        guard datagram.sourcePort == DHCPPort.server, let message = try? DHCPMessage(datagram.payload) else { return }
        configuration.logger.debug(
            "a message has come",
            metadata: ["kind": "\(message.kind?.name ?? "BOOTP")", "from": "\(datagram.source)"])
        perform { engine, generator in engine.receive(message, now: .now, using: &generator) }
    }

    /// Takes a step, does what comes of it, and sets the timer.
    private func perform(
        _ step: (inout DHCPClientEngine, inout SystemRandomNumberGenerator) -> [DHCPClientEngine.Action]
    ) {
        var generator = SystemRandomNumberGenerator()
        let (actions, port) = state.withLock { state in
            let actions = step(&state.engine, &generator)
            if let timer = state.timer { loop.cancel(timer) }
            state.timer = state.engine.deadline.map { deadline in
                loop.schedule(at: deadline) { [weak self] in
                    self?.perform { engine, generator in engine.advance(to: .now, using: &generator) }
                }
            }
            // In the order of the steps, whatever thread they are taken on; and nobody hears of a lease before it is in its
            // file.
            for action in actions {
                remember(action)
                if let event = Self.event(action) { continuation.yield(event) }
            }
            return (actions, state.port)
        }
        for action in actions { carryOut(action, port) }
    }

    private static func event(_ action: DHCPClientEngine.Action) -> Event? {
        switch action {
        case .bind(let lease): .bound(lease)
        case .extend(let lease): .extended(lease)
        case .inform(let lease): .informed(lease)
        case .lose(let lease, let loss): .lost(lease, loss)
        case .refused(let message): .refused(message)
        case .fail: .failed
        case .send, .check: nil
        }
    }

    private func carryOut(_ action: DHCPClientEngine.Action, _ port: DHCPPort?) {
        switch action {
        case .send(let message, let destination): send(message, destination, port)
        case .check(let address):
            Task { [weak self, prober] in
                let outcome = await prober.probe(address)
                if case .inUse(let owner) = outcome {
                    self?.configuration.logger.warning(
                        "the address is in use", metadata: ["address": "\(address)", "by": "\(owner)"])
                }
                var isFree = true
                if case .inUse = outcome { isFree = false }
                self?.perform { [isFree] engine, generator in
                    engine.checked(isFree: isFree, now: .now, using: &generator)
                }
            }
        case .bind, .extend, .lose, .inform, .refused, .fail: break
        }
    }

    /// Keeps the file as the lease is.
    private func remember(_ action: DHCPClientEngine.Action) {
        do {
            switch action {
            case .bind(let lease), .extend(let lease): try configuration.file?.write(lease)
            case .lose: configuration.file?.remove()
            case .send, .check, .inform, .refused, .fail: break
            }
        } catch {
            configuration.logger.error(
                "the lease cannot be kept",
                metadata: ["file": "\(configuration.file?.path ?? "")", "error": "\(error.localizedDescription)"])
        }
    }

    private func send(_ message: DHCPMessage, _ destination: DHCPClientEngine.Destination, _ port: DHCPPort?) {
        let octets = message.encoded()
        configuration.logger.debug(
            "a message is sent", metadata: ["kind": "\(message.kind?.name ?? "")", "to": "\(destination)"])
        do throws(LinkError) {
            switch destination {
            case .broadcast: try port?.send(octets, to: .broadcast, from: .unspecified, port: DHCPPort.server)
            case .broadcastFrom(let source):
                try port?.send(octets, to: .broadcast, from: source, port: DHCPPort.server)
            case .unicast(let source, let server):
                do throws(LinkError) {
                    try port?.send(octets, to: .address(server), from: source, port: DHCPPort.server)
                } catch {
                    // Nobody has given the interface its address, or a way to the server: only a frame can say it then.
                    configuration.logger.debug("a message goes to all", metadata: ["error": "\(error)"])
                    try port?.send(octets, to: .broadcast, from: source, port: DHCPPort.server)
                }
            }
        } catch {
            // As if it were lost on the way: the next one may do better.
            configuration.logger.warning("a message is lost", metadata: ["error": "\(error)"])
        }
    }

    /// Tells the link that an address is this interface's, once it is there (RFC 5227 §2.3).
    package func announce(_ address: IPv4Address) { try? prober.announce(address) }
}

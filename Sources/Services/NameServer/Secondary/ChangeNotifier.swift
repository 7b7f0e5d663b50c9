package import DNS
internal import Dispatch
internal import FileWatch
internal import Foundation
package import LineProtocol
package import Logging
package import NIOCore
internal import ServiceLifecycle
internal import Synchronization

/// Tells servers that have copies of our zones that one has changed (RFC 1996): those that the zone's NS records name, and
/// others that are named to it.
package final class ChangeNotifier: Service {
    /// Who is told, besides the servers that zones name.
    package struct Configuration: Sendable {
        /// Who is told of all zones.
        package var others: [Endpoint] = []
        /// Where this server answers: it does not tell itself.
        package var ourselves: [Endpoint] = []
        /// Of servers that NS records name.
        package var port = 53
        package var logger: Logger

        package init(logger: Logger) { self.logger = logger }
    }

    private struct State {
        var schedule = NotifySchedule()
        /// What was told of last.
        var serials: [DomainName: UInt32] = [:]
        var zones = ZoneTable()
        var isOver = false
        var running: [Int: Task<Void, Never>] = [:]
        var nextTask = 0
    }

    /// Seconds for an answer.
    private static let patience = TimeAmount.seconds(5)

    private let configuration: Configuration
    private let exchange: DNSExchange
    private let state = Mutex(State())
    private let resolving = DispatchQueue(label: "headwater.notify")

    /// - Parameters:
    ///   - configuration: who is told.
    ///   - group: where sockets live.
    package init(configuration: Configuration, group: any EventLoopGroup) {
        self.configuration = configuration
        exchange = DNSExchange(group: group)
    }

    private static var now: Int { Int(DispatchTime.now().uptimeNanoseconds / 1_000_000_000) }

    /// These are the zones now. Servers are told of those whose serial has changed since the last call.
    package func serve(_ zones: ZoneTable) {
        let changed = state.withLock { state in
            let changed = zones.all.filter { state.serials[$0.origin] != $0.start.serial }
            state.serials = Dictionary(uniqueKeysWithValues: zones.all.map { ($0.origin, $0.start.serial) })
            state.zones = zones
            return changed
        }
        for zone in changed { tell(zone, zones) }
    }

    private func tell(_ zone: Zone, _ zones: ZoneTable) {
        add(configuration.others, zone.origin)
        // RFC 1996 §2.1: all but the primary that the SOA record names.
        let hosts = zone.records(at: zone.origin, .ns).map(\.data.target).filter { $0 != zone.start.server }
        var strangers: [DomainName] = []
        for host in hosts {
            let addresses = zones.zone(for: host, .a)?.addresses(of: host).compactMap(\.data.address) ?? []
            if addresses.isEmpty { strangers.append(host) }
            add(addresses.map { Endpoint(host: "\($0)", port: configuration.port) }, zone.origin)
        }
        guard !strangers.isEmpty else { return }
        // The system's resolver waits for others.
        resolving.async { [self, strangers] in
            for host in strangers {
                let address = try? SocketAddress.makeAddressResolvingHost("\(host)", port: configuration.port)
                if let place = Endpoint(address) { add([place], zone.origin) }
            }
            sendThoseDue()
        }
    }

    private func add(_ places: [Endpoint], _ zone: DomainName) {
        let now = Self.now
        for place in places where !configuration.ourselves.contains(place) {
            guard let address = IPAddress(place.host) else { continue }
            let message = NotifySchedule.Message(zone: zone, address: address, port: place.port)
            if !state.withLock({ $0.schedule.add(message, now: now) }) {
                configuration.logger.warning(
                    "too many servers are to be told of changes", metadata: ["zone": "\(zone)", "server": "\(place)"])
            }
        }
    }

    /// Sends what is due, until a graceful shutdown.
    package func run() async throws {
        await eachSecond { self.sendThoseDue() }
        let running = state.withLock { state in
            state.isOver = true
            return Array(state.running.values)
        }
        for task in running { task.cancel() }
        for task in running { await task.value }
    }

    private func sendThoseDue() {
        state.withLock { state in
            guard !state.isOver else { return }
            for message in state.schedule.take(now: Self.now) {
                let start = state.zones.zone(named: message.zone)?.startRecord
                state.nextTask += 1
                state.running[state.nextTask] = Task { [id = state.nextTask] in
                    await self.send(message, start)
                    self.state.withLock { $0.running[id] = nil }
                }
            }
        }
    }

    private func send(_ message: NotifySchedule.Message, _ start: ResourceRecord?) async {
        var query = DNSMessage(id: 0, flags: .authoritative, opcode: .notify)
        query.questions = [.init(message.zone, .soa)]
        query.answers = [start].compactMap(\.self)
        let place = Endpoint(host: "\(message.address)", port: message.port)
        var metadata: Logger.Metadata = ["zone": "\(message.zone)", "server": "\(place)"]
        do {
            let answer = try await exchange.ask(query, of: place, over: .udp, timeout: Self.patience)
            state.withLock { $0.schedule.answered(message) }
            metadata["answer"] = "\(answer.responseCode)"
            configuration.logger.info("a server was told of a change", metadata: metadata)
        } catch {
            let again = state.withLock { $0.schedule.failed(message, now: Self.now) }
            metadata["error"] = "\(error)"
            configuration.logger.log(
                level: again ? .debug : .warning, "a server cannot be told of a change", metadata: metadata)
        }
    }
}

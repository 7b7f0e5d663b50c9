package import DNS
internal import Dispatch
internal import FileWatch
internal import Foundation
package import LineProtocol
package import Logging
package import NIOCore
internal import ServiceLifecycle
internal import Synchronization

/// Keeps copies of zones in a database: asks their primaries when the SOA record says and when they notify, and takes the
/// zone by AXFR when it has a newer serial (RFC 1034 §4.3.5, RFC 5936, RFC 1996).
///
/// Questions go over TCP, where nobody else can answer them.
package final class SecondaryZones: Service {
    /// A zone, and servers that have it.
    package struct Source: Sendable, Hashable {
        package var zone: DomainName
        /// Asked in turn until one answers; first the one that notified, or answered last.
        package var primaries: [Endpoint]

        package init(zone: DomainName, primaries: [Endpoint]) {
            self.zone = zone
            self.primaries = primaries
        }
    }

    private struct Copy {
        var schedule: SecondaryZone
        var primaries: [Endpoint]
        /// Of the primary that is asked first.
        var turn = 0
    }

    /// Zones that are asked for at once.
    private static let parallel = 8
    /// Seconds that a primary may be silent.
    private static let patience = TimeAmount.seconds(20)

    private let database: ZoneDatabase
    private let exchange: DNSExchange
    private let limits: ZoneTransferReader.Limits
    private let logger: Logger
    private let copies: Mutex<[DomainName: Copy]>
    private let tasks = Mutex<(isOver: Bool, running: [DomainName: Task<Void, Never>])>((false, [:]))
    /// What blocks until it is on disk.
    private let writer = DispatchQueue(label: "headwater.secondary")
    private let changed = Mutex<(@Sendable () async -> Void)?>(nil)

    /// - Parameters:
    ///   - sources: zones to have copies of.
    ///   - database: where they are kept.
    ///   - group: where sockets live.
    ///   - limits: of the size of a zone.
    /// - Throws: ``ZoneDatabaseError``: `.refused` when one of the zones is our own in the database.
    package init(
        _ sources: [Source], database: ZoneDatabase, group: any EventLoopGroup,
        limits: ZoneTransferReader.Limits = .init(), logger: Logger
    ) async throws {
        self.database = database
        self.limits = limits
        self.logger = logger
        exchange = DNSExchange(group: group)
        var copies: [DomainName: Copy] = [:]
        let stored = try await database.states()
        for source in sources {
            let state = stored.first { $0.name == source.zone }
            if let state, state.primary == nil {
                throw ZoneDatabaseError(
                    .refused, "\(source.zone) in \(database.path) is no copy: remove it, or leave --secondary out")
            }
            // One that cannot be read is fetched anew.
            let start = state == nil ? nil : try? await database.zone(source.zone).start
            copies[source.zone] = Copy(
                schedule: SecondaryZone(start: start, checked: state?.checked ?? 0, now: Self.now),
                primaries: source.primaries)
        }
        self.copies = Mutex(copies)
    }

    private static var now: Int { Int(Date().timeIntervalSince1970) }

    /// Names of the zones, whether there are copies of them or not.
    package var names: [DomainName] { copies.withLock { Array($0.keys) } }

    /// Has `body` called whenever the database has changed.
    package func whenChanged(_ body: @escaping @Sendable () async -> Void) { changed.withLock { $0 = body } }

    /// Asks primaries, until a graceful shutdown.
    package func run() async throws {
        await eachSecond { self.askThoseDue() }
        let running = tasks.withLock { tasks in
            tasks.isOver = true
            return Array(tasks.running.values)
        }
        for task in running { task.cancel() }
        for task in running { await task.value }
    }

    /// Somebody says that a zone has changed.
    ///
    /// - Returns: whether it was one of the zone's primaries, which is asked then.
    package func notified(_ zone: DomainName, by address: IPAddress) -> Bool {
        let isPrimary = copies.withLock { copies in
            guard let copy = copies[zone],
                let turn = copy.primaries.firstIndex(where: { IPAddress($0.host) == address })
            else { return false }
            copies[zone]?.turn = turn
            copies[zone]?.schedule.notified(now: Self.now)
            return true
        }
        if isPrimary { askThoseDue() }
        return isPrimary
    }

    private func askThoseDue() {
        let now = Self.now
        tasks.withLock { tasks in
            guard !tasks.isOver else { return }
            copies.withLock { copies in
                let due = copies.filter { name, copy in
                    tasks.running[name] == nil && copy.schedule.due.map { $0 <= now } ?? false
                }
                for (name, copy) in due.prefix(Self.parallel - tasks.running.count) {
                    copies[name]?.schedule.begin(now: now)
                    tasks.running[name] = Task { await self.look(name, copy) }
                }
            }
        }
    }

    /// Asks the primaries until one answers, and takes its zone when that is newer.
    private func look(_ name: DomainName, _ copy: Copy) async {
        var found: (start: StartOfAuthority, turn: Int)?
        for offset in copy.primaries.indices where found == nil && !Task.isCancelled {
            let turn = (copy.turn + offset) % copy.primaries.count
            do {
                found = (try await update(name, copy.primaries[turn], copy.schedule.start), turn)
            } catch is CancellationError {
                break
            } catch {
                logger.warning(
                    "a zone cannot be compared with its primary's",
                    metadata: ["zone": "\(name)", "primary": "\(copy.primaries[turn])", "error": "\(error)"])
            }
        }
        copies.withLock { [found] copies in
            if let found {
                copies[name]?.schedule.confirmed(found.start, now: Self.now, share: .random(in: 0.75...1))
                copies[name]?.turn = found.turn
            } else {
                copies[name]?.schedule.failed(now: Self.now)
            }
        }
        tasks.withLock { $0.running[name] = nil }
        if found != nil { await changed.withLock { $0 }?() }
        askThoseDue()
    }

    /// - Returns: the SOA record of the copy that there is now.
    private func update(
        _ name: DomainName, _ primary: Endpoint, _ start: StartOfAuthority?
    ) async throws -> StartOfAuthority {
        var query = DNSMessage(id: 0)
        query.questions = [.init(name, .soa)]
        let answer = try await exchange.ask(query, of: primary, over: .tcp, timeout: Self.patience)
        guard answer.responseCode == .noError, answer.flags.contains(.authoritative),
            let record = answer.answers.first(where: { $0.type == .soa && $0.name == name }),
            let theirs = StartOfAuthority(record.data)
        else {
            throw DNSError(
                .malformedMessage, "the primary is none: it answers \(answer.responseCode) without its own SOA record")
        }
        if let start, !start.isOlder(than: theirs.serial) {
            if theirs.serial != start.serial {
                logger.warning(
                    "a primary has an older zone",
                    metadata: ["zone": "\(name)", "serial": "\(theirs.serial)", "ours": "\(start.serial)"])
            }
            try await writing { try $0.noteCheck(of: name, at: Self.now) }
            return start
        }
        query.questions = [.init(name, .axfr)]
        var reader = ZoneTransferReader(name, limits: limits)
        var zone: Zone?
        try await exchange.receive(query, of: primary, timeout: Self.patience) { message in
            zone = try reader.take(message)
            return zone == nil
        }
        guard let zone else { throw DNSError(.malformedMessage, "the primary sends no zone") }
        if let start, zone.start.serial != start.serial, !start.isOlder(than: zone.start.serial) {
            throw DNSError(.malformedZone, "the primary sends an older zone than it has")
        }
        try await writing { try $0.put(zone, copiedFrom: "\(primary)", checked: Self.now) }
        logger.notice(
            "a zone was transferred",
            metadata: ["zone": "\(name)", "from": "\(primary)", "serial": "\(zone.start.serial)"])
        return zone.start
    }

    /// Writes where waiting for a disk keeps nobody up.
    private func writing(_ body: @escaping @Sendable (ZoneDatabase) throws -> Void) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            writer.async { [database] in continuation.resume(with: Result { try body(database) }) }
        }
    }
}

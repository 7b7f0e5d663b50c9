import DHCP
import DHCPService
import DNS
import Foundation
import Logging
import NameServer
import Synchronization

/// Publishes the names of DHCP's clients in zones of a database: an A record in the domain of their subnet, and a PTR record
/// in the reverse zone, where there is one.
///
/// A name that somebody else has stays with them: one with a record that is not of a lease, or of another client's lease. A
/// lease of which no name could be published is served all the same.
final class LeaseNames: LeaseObserver {
    /// What was published for an address.
    private struct Entry: Sendable, Hashable {
        var name: DomainName
        var zone: DomainName
        var client: ClientKey
    }

    private let database: ZoneDatabase
    private let subnets: [DHCPServerConfiguration.Subnet]
    private let logger: Logger
    private let published = Mutex<[IPv4Address: Entry]>([:])
    /// Zone changes wait for the disk: not on a thread that others need.
    private let queue: OperationQueue

    init(_ database: ZoneDatabase, _ subnets: [DHCPServerConfiguration.Subnet], logger: Logger) {
        self.database = database
        self.subnets = subnets
        self.logger = logger
        queue = OperationQueue()
        queue.maxConcurrentOperationCount = 1
    }

    func observe(_ event: DHCPServerEngine.LeaseEvent) async {
        do {
            let zones = try await database.names()
            switch event {
            case .bound(let lease): try await publish(lease, zones)
            case .ended(let lease): try await withdraw(lease, zones)
            }
        } catch {
            logger.warning("a client's name is not published", metadata: ["error": "\(error)"])
        }
    }

    private func publish(_ lease: Lease, _ zones: [DomainName]) async throws {
        let old = published.withLock { $0[lease.address] }
        guard let name = try name(of: lease) else {
            if old != nil { try await withdraw(lease, zones) }
            return
        }
        guard let zone = Self.zone(of: name, zones) else {
            logger.notice("no zone of the database has the name", metadata: ["name": "\(name)"])
            return
        }
        if let old, old.name == name, old.client == lease.client { return }
        if old != nil { try await withdraw(lease, zones) }
        // The client may have moved here from another address.
        let others = published.withLock { published in
            published.filter { $0.value.name == name && $0.key != lease.address }
        }
        for (address, entry) in others {
            guard entry.client == lease.client else {
                logger.notice(
                    "the name of a client is another one's",
                    metadata: ["name": "\(name)", "address": "\(lease.address)", "other": "\(address)"])
                return
            }
            try await withdraw(address, entry, zones)
        }
        let data = try RecordData(lease.address.octets, .a)
        let present = try await database.records(of: name, in: zone)
        guard present.allSatisfy({ $0.type == .a && $0.data == data }) else {
            logger.notice(
                "the name of a client has records already",
                metadata: ["name": "\(name)", "address": "\(lease.address)"])
            return
        }
        let ttl = UInt32(max(30, min(3_600, (lease.expiry == Lease.never ? 7_200 : lease.expiry - lease.start) / 2)))
        try await update(zone, adding: [ResourceRecord(name: name, type: .a, ttl: ttl, data: data)])
        published.withLock { $0[lease.address] = Entry(name: name, zone: zone, client: lease.client) }
        logger.info("a client's name is published", metadata: ["name": "\(name)", "address": "\(lease.address)"])
        let reverse = try Self.reverseName(lease.address)
        if let zone = Self.zone(of: reverse, zones) {
            let pointer = ResourceRecord(
                name: reverse, type: .ptr, ttl: ttl, data: try RecordData("\(name)", .ptr))
            try await update(zone, adding: [pointer], removing: [.set(reverse, .ptr)])
        }
    }

    /// Nil where nothing is to be published.
    private func name(of lease: Lease) throws -> DomainName? {
        guard !lease.hostName.isEmpty, let subnet = subnets.first(where: { $0.network.contains(lease.address) }),
            !subnet.domain.isEmpty
        else { return nil }
        return try DomainName("\(lease.hostName).\(subnet.domain)")
    }

    private func withdraw(_ lease: Lease, _ zones: [DomainName]) async throws {
        if let entry = published.withLock({ $0[lease.address] }) {
            return try await withdraw(lease.address, entry, zones)
        }
        // Published by an earlier process: the record of this name and address was the lease's.
        guard let name = try name(of: lease), let zone = Self.zone(of: name, zones) else { return }
        try await withdraw(lease.address, Entry(name: name, zone: zone, client: lease.client), zones)
    }

    private func withdraw(_ address: IPv4Address, _ entry: Entry, _ zones: [DomainName]) async throws {
        try await update(
            entry.zone, removing: [.record(entry.name, .a, try RecordData(address.octets, .a))])
        published.withLock { $0[address] = nil }
        let reverse = try Self.reverseName(address)
        if let zone = Self.zone(of: reverse, zones) {
            try await update(zone, removing: [.record(reverse, .ptr, try RecordData("\(entry.name)", .ptr))])
        }
    }

    private func update(
        _ zone: DomainName, adding: [ResourceRecord] = [], removing: [ZoneDatabase.Removal] = []
    ) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            queue.addOperation { [database] in
                continuation.resume(
                    with: Result { try database.update(zone, adding: adding, removing: removing) })
            }
        }
    }

    /// The zone that is nearest above a name.
    private static func zone(of name: DomainName, _ zones: [DomainName]) -> DomainName? {
        zones.filter { name.isWithin($0) && $0 != name }.max { $0.wire.count < $1.wire.count }
    }

    /// `10.2.0.192.in-addr.arpa.`
    private static func reverseName(_ address: IPv4Address) throws -> DomainName {
        try DomainName(address.octets.reversed().map { "\($0)." }.joined() + "in-addr.arpa.")
    }
}

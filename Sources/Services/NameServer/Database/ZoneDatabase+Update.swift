package import DNS
internal import Foundation
internal import GRDB

/// Changes of single records.
extension ZoneDatabase {
    /// Changes a zone: all of it or nothing. Where something has changed, the serial is one more (RFC 1982); an SOA record
    /// among those added takes the place of the old one and must have a newer serial.
    ///
    /// First is removed, then added; a record that is added gives its set its time to live (RFC 2181 §5.2). Only names that
    /// change are looked at, so that a change takes as long in a large zone as in a small one.
    ///
    /// - Parameters:
    ///   - zone: its name.
    ///   - adding: records that the zone has afterwards.
    ///   - removing: records that it has no more, unless they are added again.
    /// - Throws: ``ZoneDatabaseError``: `.unknown` for no such zone, `.refused` when the zone could not be served any more
    ///   (a CNAME beside other records, no NS record of its own, a name out of the zone), `.unusable`.
    package func update(
        _ zone: DomainName, adding: [ResourceRecord] = [], removing: [Removal] = []
    ) throws(ZoneDatabaseError) {
        try write { database in
            var change = try Change(zone, database)
            for removal in removing { try change.remove(removal) }
            for record in adding { try change.add(record) }
            try change.finish()
        }
    }
}

/// A change of a zone within a transaction.
private struct Change {
    private let database: Database
    private let origin: DomainName
    private let zone: Int64
    /// Names that have lost or got records.
    private var touched: Set<DomainName> = []
    private var newStart: ResourceRecord?

    init(_ origin: DomainName, _ database: Database) throws {
        self.database = database
        self.origin = origin
        zone = try ZoneDatabase.id(of: origin, database)
        let primary = try String.fetchOne(
            database, sql: "SELECT \"primary\" FROM zone WHERE id = ?", arguments: [zone])
        if let primary {
            throw ZoneDatabaseError(.refused, "the zone \(origin) is a copy of that at \(primary): change it there")
        }
    }

    private func records(_ name: DomainName, _ type: RecordType? = nil) throws -> [ResourceRecord] {
        if let type {
            return try ZoneDatabase.records(
                database, "zone = ? AND name = ? AND type = ?", [zone, name.description, type.rawValue])
        }
        return try ZoneDatabase.records(database, "zone = ? AND name = ?", [zone, name.description])
    }

    private mutating func delete(_ record: ResourceRecord) throws {
        try database.cachedStatement(
            sql: "DELETE FROM record WHERE zone = ? AND name = ? AND type = ? AND data = ?"
        ).execute(
            arguments: [zone, record.name.description, record.type.rawValue, Data(record.data.octets)])
        touched.insert(record.name)
    }

    mutating func remove(_ removal: ZoneDatabase.Removal) throws {
        let found =
            switch removal {
            case .record(let name, let type, let data):
                try records(name, type).filter { $0.data.canonical(as: type) == data.canonical(as: type) }
            case .set(let name, let type): try records(name, type)
            case .name(let name): try records(name)
            }
        for record in found {
            guard record.type != .soa else {
                throw ZoneDatabaseError(.refused, "the zone \(origin) needs its SOA record; add another in its place")
            }
            try delete(record)
        }
    }

    mutating func add(_ record: ResourceRecord) throws {
        guard record.name.isWithin(origin) else {
            throw ZoneDatabaseError(.refused, "\(record.name) is not within the zone \(origin)")
        }
        guard record.recordClass == .internet, !record.type.isMeta else {
            throw ZoneDatabaseError(.refused, "\(record.recordClass) \(record.type) records are not served")
        }
        guard record.type != .soa else {
            newStart = record
            return
        }
        let set = try records(record.name, record.type)
        let canonical = record.data.canonical(as: record.type)
        if !set.contains(where: { $0.data.canonical(as: record.type) == canonical }) {
            try ZoneDatabase.insert(record, zone, database)
            touched.insert(record.name)
        }
        if set.contains(where: { $0.ttl != record.ttl }) {
            try database.execute(
                sql: "UPDATE record SET ttl = ? WHERE zone = ? AND name = ? AND type = ?",
                arguments: [record.ttl, zone, record.name.description, record.type.rawValue])
            touched.insert(record.name)
        }
    }

    /// Looks whether the zone can still be served, and raises its serial.
    mutating func finish() throws {
        let old = try records(origin, .soa)
        guard let first = old.first, var start = StartOfAuthority(first.data) else {
            throw ZoneDatabaseError(.unusable, "the zone \(origin) has no SOA record: import it again")
        }
        var record = first
        if let newStart, newStart.data != first.data || newStart.ttl != first.ttl {
            guard newStart.name == origin, let new = StartOfAuthority(newStart.data),
                start.isOlder(than: new.serial)
            else {
                throw ZoneDatabaseError(
                    .refused, "the new SOA record of \(origin) needs a serial above \(start.serial) (RFC 1982)")
            }
            (record, start) = (newStart, new)
        } else {
            guard !touched.isEmpty else { return }
            start.serial &+= 1
            record.data = start.data
        }
        try check()
        for record in old { try delete(record) }
        try ZoneDatabase.insert(record, zone, database)
        try database.execute(
            sql: "UPDATE zone SET version = ?, serial = ? WHERE id = ?",
            arguments: [try ZoneDatabase.nextVersion(database), start.serial, zone])
    }

    private func check() throws {
        for name in touched {
            let types = try records(name).map(\.type)
            let others = types.filter { ![.cname, .rrsig, .nsec].contains($0) }
            let aliases = types.count { $0 == .cname }
            guard aliases == 0 || aliases == 1 && others.isEmpty else {
                throw ZoneDatabaseError(.refused, "\(name) would have a CNAME record and others (RFC 1034 §3.6.2)")
            }
            if name == origin, !types.contains(.ns) {
                throw ZoneDatabaseError(.refused, "the zone \(origin) needs an NS record of its own")
            }
            try checkSubstitution(name, types)
        }
    }

    /// RFC 6672 §2.4: nothing is below a DNAME record.
    private func checkSubstitution(_ name: DomainName, _ types: [RecordType]) throws {
        var above = name.parent
        while !types.isEmpty, let owner = above, owner.isWithin(origin) {
            guard try records(owner, .dname).isEmpty else {
                throw ZoneDatabaseError(.refused, "\(name) would be below \(owner), which has a DNAME record")
            }
            above = owner.parent
        }
        guard types.contains(.dname) else { return }
        let suffix = "." + name.description
        let candidates = try String.fetchAll(
            database,
            sql: """
                SELECT DISTINCT name FROM record
                WHERE zone = ? AND substr(name, -length(?)) = ? COLLATE NOCASE
                """, arguments: [zone, suffix, suffix])
        let below = try candidates.first { try DomainName($0).isWithin(name) && DomainName($0) != name }
        if let below {
            throw ZoneDatabaseError(.refused, "\(below) is below \(name), which would have a DNAME record")
        }
        if types.count(where: { $0 == .dname }) > 1 {
            throw ZoneDatabaseError(.refused, "\(name) would have two DNAME records")
        }
    }
}

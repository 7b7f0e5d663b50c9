package import DNS
internal import Foundation
internal import GRDB

/// Zones in an SQLite database that several processes may use at once: one serves what others change.
///
/// A change is on disk, whole or not at all, when the function that makes it returns; it blocks until then, and so is not
/// called on event loops. Each raises the zone's serial, by which secondaries learn of it.
package final class ZoneDatabase: Sendable {
    /// What is to be removed from a zone. What is not there is no error.
    package enum Removal: Sendable, Hashable {
        /// One record, whatever its time to live.
        case record(DomainName, RecordType, RecordData)
        /// The records of a name and type.
        case set(DomainName, RecordType)
        /// All records of a name.
        case name(DomainName)
    }

    /// What is known of a zone without its records.
    package struct Summary: Sendable, Hashable {
        package var name: DomainName
        /// Another one after each change.
        package var version: Int
        /// Of the SOA record.
        package var serial: UInt32
        package var records: Int
        /// Where the zone is a copy from; nil for one of our own.
        package var primary: String?
        /// Seconds since 1970 when the primary last said that a copy is up to date.
        package var checked: Int?
    }

    /// Seconds that a process waits for another one's change.
    private static let patience = 30.0

    let database: DatabaseQueue
    package let path: String

    /// Opens the database, and makes it where there is none.
    ///
    /// - Throws: ``ZoneDatabaseError`` with ``ZoneDatabaseError/Code/unusable``.
    package init(path: String) throws(ZoneDatabaseError) {
        self.path = path
        do {
            var configuration = Configuration()
            configuration.busyMode = .timeout(Self.patience)
            configuration.prepareDatabase { database in
                try database.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
            }
            database = try DatabaseQueue(path: path, configuration: configuration)
            try database.write(Self.prepare)
        } catch {
            throw Self.explain(error, path)
        }
    }

    /// Names are text, as people write them, so that one can look into the database with any tool; data are octets as on
    /// the wire. NOCASE folds the letters of ASCII only, as the DNS does (RFC 4343).
    private static func prepare(_ database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE IF NOT EXISTS zone (
                    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE, version INTEGER NOT NULL,
                    serial INTEGER NOT NULL, "primary" TEXT, checked INTEGER
                ) STRICT;
                CREATE TABLE IF NOT EXISTS record (
                    zone INTEGER NOT NULL REFERENCES zone (id) ON DELETE CASCADE, name TEXT NOT NULL COLLATE NOCASE,
                    type INTEGER NOT NULL, ttl INTEGER NOT NULL, data BLOB NOT NULL,
                    PRIMARY KEY (zone, name, type, data)
                ) STRICT, WITHOUT ROWID;
                CREATE TABLE IF NOT EXISTS version (latest INTEGER NOT NULL) STRICT;
                INSERT INTO version SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM version);
                """)
    }

    // MARK: Reading

    /// Another number whenever any zone has changed, come or gone, whoever did it.
    package func version() async throws -> Int {
        try await read { try Int.fetchOne($0, sql: "SELECT latest FROM version") ?? 0 }
    }

    /// All zones, by name.
    package func list() async throws -> [Summary] {
        try await read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT name, version, serial, "primary", checked,
                        (SELECT count(*) FROM record WHERE zone = zone.id) AS records FROM zone
                    """
            ).map(Summary.init)
        }.sorted { $0.name < $1.name }
    }

    /// All zones, without counting their records, which ``Summary/records`` says are none.
    func states() async throws -> [Summary] {
        try await read { database in
            try Row.fetchAll(
                database, sql: "SELECT name, version, serial, \"primary\", checked, 0 AS records FROM zone"
            )
            .map(Summary.init)
        }
    }

    /// A zone.
    ///
    /// - Throws: ``ZoneDatabaseError``: `.unknown`, `.unusable`.
    package func zone(_ name: DomainName) async throws -> Zone {
        let records = try await read { database in
            let id = try Self.id(of: name, database)
            return try Self.records(database, "zone = ?", [id])
        }
        do throws(DNSError) {
            return try Zone(origin: name, records)
        } catch {
            throw ZoneDatabaseError(.unusable, "\(path): \(error)")
        }
    }

    // MARK: Whole zones

    /// Takes a zone in place of the one of its name, if there is one.
    ///
    /// - Parameters:
    ///   - zone: as it is to be, its serial too.
    ///   - primary: where it is a copy from; nil for a zone of our own.
    ///   - checked: seconds since 1970 when the primary had this version.
    package func put(_ zone: Zone, copiedFrom primary: String? = nil, checked: Int? = nil) throws(ZoneDatabaseError) {
        try write { database in
            let version = try Self.nextVersion(database)
            try database.execute(
                sql: """
                    INSERT INTO zone (name, version, serial, "primary", checked) VALUES (?, ?, ?, ?, ?)
                    ON CONFLICT (name) DO UPDATE SET version = excluded.version, serial = excluded.serial,
                        "primary" = excluded."primary", checked = excluded.checked
                    """,
                arguments: [zone.origin.description, version, zone.start.serial, primary, checked])
            let id = try Self.id(of: zone.origin, database)
            try database.execute(sql: "DELETE FROM record WHERE zone = ?", arguments: [id])
            for record in zone.allRecords { try Self.insert(record, id, database) }
        }
    }

    /// Takes a zone that people wrote in place of the one of its name, if there is one. Where that has other records and a
    /// serial that is not older, the new one gets the next serial.
    ///
    /// - Returns: the serial that the zone has now.
    package func importing(_ zone: Zone) async throws -> UInt32 {
        var zone = zone
        if let old = try await list().first(where: { $0.name == zone.origin }) {
            if let primary = old.primary {
                throw ZoneDatabaseError(
                    .refused, "the zone \(zone.origin) is a copy of that at \(primary): remove it first")
            }
            let before = try await self.zone(zone.origin)
            if before.allRecords != zone.allRecords, !before.start.isOlder(than: zone.start.serial) {
                var start = zone.start
                start.serial = old.serial &+ 1
                let records = zone.allRecords.map { record in
                    var record = record
                    if record.type == .soa { record.data = start.data }
                    return record
                }
                zone = try Zone(origin: zone.origin, records)
            }
        }
        try put(zone)
        return zone.start.serial
    }

    /// Notes that a copy is still what its primary has.
    package func noteCheck(of name: DomainName, at time: Int) throws(ZoneDatabaseError) {
        try write { database in
            try database.execute(
                sql: "UPDATE zone SET checked = ? WHERE name = ?", arguments: [time, name.description])
        }
    }

    /// Removes a zone and its records.
    ///
    /// - Throws: ``ZoneDatabaseError``: `.unknown`, `.unusable`.
    package func remove(_ name: DomainName) throws(ZoneDatabaseError) {
        try write { database in
            let id = try Self.id(of: name, database)
            _ = try Self.nextVersion(database)
            try database.execute(sql: "DELETE FROM zone WHERE id = ?", arguments: [id])
        }
    }

    // MARK: Below

    static func id(of name: DomainName, _ database: Database) throws -> Int64 {
        guard
            let id = try Int64.fetchOne(
                database, sql: "SELECT id FROM zone WHERE name = ?", arguments: [name.description])
        else { throw ZoneDatabaseError(.unknown, "there is no zone \(name); import makes one from a file") }
        return id
    }

    static func nextVersion(_ database: Database) throws -> Int {
        try database.execute(sql: "UPDATE version SET latest = latest + 1")
        return try Int.fetchOne(database, sql: "SELECT latest FROM version") ?? 0
    }

    static func records(
        _ database: Database, _ condition: String, _ arguments: StatementArguments
    ) throws -> [ResourceRecord] {
        let rows = try Row.fetchCursor(
            database.cachedStatement(sql: "SELECT name, type, ttl, data FROM record WHERE \(condition)"),
            arguments: arguments)
        // Rows come by name: each is read once.
        var last: (text: String, name: DomainName)?
        return try Array(
            rows.map { row in
                let (text, type): (String, RecordType) = (row[0], RecordType(rawValue: row[1]))
                let name = last?.text == text ? last?.name : nil
                let owner = try name ?? DomainName(text)
                last = (text, owner)
                return ResourceRecord(
                    name: owner, type: type, ttl: row[2], data: try RecordData(Array(row[3] as Data), type))
            })
    }

    static func insert(_ record: ResourceRecord, _ zone: Int64, _ database: Database) throws {
        try database.cachedStatement(sql: "INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?, ?)").execute(
            arguments: [
                zone, record.name.description, record.type.rawValue, record.ttl, Data(record.data.octets),
            ])
    }

    private func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        do {
            return try await database.read(body)
        } catch {
            throw Self.explain(error, path)
        }
    }

    func write(_ body: (Database) throws -> Void) throws(ZoneDatabaseError) {
        do {
            try database.write(body)
        } catch {
            throw Self.explain(error, path)
        }
    }

    private static func explain(_ error: any Error, _ path: String) -> ZoneDatabaseError {
        if let error = error as? ZoneDatabaseError { return error }
        if let error = error as? DNSError { return ZoneDatabaseError(.unusable, "\(path) is damaged: \(error)") }
        let reason = (error as? DatabaseError)?.message ?? (error as NSError).localizedDescription
        return ZoneDatabaseError(.unusable, "cannot use the zones in \(path): \(reason)")
    }
}

extension ZoneDatabase.Summary {
    fileprivate init(_ row: Row) throws {
        self.init(
            name: try DomainName(row["name"] as String), version: row["version"], serial: row["serial"],
            records: row["records"], primary: row["primary"], checked: row["checked"])
    }
}

package import DNS
internal import GRDB

/// Looking at single names, which takes as long in a large zone as in a small one.
extension ZoneDatabase {
    /// The names of all zones.
    ///
    /// - Throws: what the database says.
    package func names() async throws -> [DomainName] {
        try await database.read { database in
            try String.fetchAll(database, sql: "SELECT name FROM zone").map { try DomainName($0) }
        }
    }

    /// The records of one name; empty where there are none.
    ///
    /// - Throws: ``ZoneDatabaseError`` with `.unknown` for no such zone, else what the database says.
    package func records(of name: DomainName, in zone: DomainName) async throws -> [ResourceRecord] {
        try await database.read { database in
            let id = try Self.id(of: zone, database)
            return try Self.records(database, "zone = ? AND name = ?", [id, name.description])
        }
    }
}

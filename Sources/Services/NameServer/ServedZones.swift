package import DNS
package import Logging
internal import Synchronization

/// The zones of a server, wherever they come from: files, a database, primaries.
package final class ServedZones: Sendable {
    private let files: ZoneFiles?
    private let database: DatabaseZones?
    /// Names that the server answers for, were it only with failures.
    private let copies: [DomainName]
    private let logger: Logger
    private let changed = Mutex<(@Sendable (ZoneTable) -> Void)?>(nil)

    /// - Parameters:
    ///   - files: zones in files; they come before those of the database.
    ///   - database: zones in a database.
    ///   - copies: names of zones that may not have come yet.
    package init(files: ZoneFiles?, database: DatabaseZones?, copies: [DomainName] = [], logger: Logger) {
        self.files = files
        self.database = database
        self.copies = copies
        self.logger = logger
        files?.whenChanged { [weak self] _ in self?.tell() }
        database?.whenChanged { [weak self] in self?.tell() }
    }

    /// All zones as they are now.
    package var zones: ZoneTable {
        let ours = files?.zones.all ?? []
        let names = Set(ours.map(\.origin))
        let others = database?.zones ?? []
        for zone in others where names.contains(zone.origin) {
            logger.error(
                "a zone is in a file and in the database: the file counts", metadata: ["zone": "\(zone.origin)"])
        }
        return ZoneTable(others + ours, unavailable: copies + (database?.unavailable ?? []))
    }

    /// Has `body` called with all zones now, and whenever one of them has changed.
    package func whenChanged(_ body: @escaping @Sendable (ZoneTable) -> Void) {
        changed.withLock { $0 = body }
        tell()
    }

    private func tell() {
        // One after the other, so that the last is the latest.
        changed.withLock { $0?(zones) }
    }
}

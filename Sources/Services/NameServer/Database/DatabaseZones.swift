package import DNS
internal import FileWatch
internal import Foundation
package import Logging
internal import ServiceLifecycle
internal import Synchronization

/// The zones of a database, read anew when any process has changed them. Copies that their primaries have not confirmed for
/// too long are unavailable.
package final class DatabaseZones: Service {
    private struct Loaded {
        var version: Int
        /// Nil when it cannot be read.
        var zone: Zone?
        var isCopy = false
        var isExpired = false
    }

    private struct State {
        /// Of the database when it was last read.
        var version: Int?
        var zones: [DomainName: Loaded] = [:]
    }

    private let database: ZoneDatabase
    private let logger: Logger
    private let state = Mutex(State())
    private let changed = Mutex<(@Sendable () -> Void)?>(nil)

    /// Reads all zones.
    ///
    /// - Throws: ``ZoneDatabaseError``.
    package init(_ database: ZoneDatabase, logger: Logger) async throws {
        self.database = database
        self.logger = logger
        try await load(now: Self.now)
    }

    private static var now: Int { Int(Date().timeIntervalSince1970) }

    package var zones: [Zone] {
        state.withLock { state in state.zones.values.compactMap { $0.isExpired ? nil : $0.zone } }
    }

    /// Names of zones that there are but cannot be answered from.
    package var unavailable: [DomainName] {
        state.withLock { state in state.zones.filter { $1.isExpired || $1.zone == nil }.map(\.key) }
    }

    /// Has `body` called whenever zones have changed.
    package func whenChanged(_ body: @escaping @Sendable () -> Void) { changed.withLock { $0 = body } }

    /// Looks at the database each second.
    package func run() async throws {
        await eachSecond { await self.reload() }
    }

    /// Reads what has changed; when the database cannot be read, zones stay as they were.
    ///
    /// - Parameter now: seconds since 1970.
    package func reload(now: Int? = nil) async {
        do {
            if try await load(now: now ?? Self.now) { changed.withLock { $0 }?() }
        } catch {
            logger.error("zones stay as they were", metadata: ["error": "\(error)"])
        }
    }

    /// - Returns: whether anything has changed.
    @discardableResult
    private func load(now: Int) async throws -> Bool {
        let before = state.withLock { $0 }
        // Before the zones: what changes while they are read is found the next time.
        let version = try await database.version()
        guard version != before.version || before.zones.values.contains(where: \.isCopy) else { return false }
        var new: [DomainName: Loaded] = [:]
        var hasChanged = false
        for summary in try await database.states() {
            var loaded = before.zones[summary.name] ?? Loaded(version: -1)
            if loaded.version != summary.version {
                loaded = Loaded(
                    version: summary.version, zone: await read(summary), isCopy: summary.primary != nil)
                hasChanged = true
            }
            if let start = loaded.zone?.start {
                let isExpired =
                    loaded.isCopy && SecondaryZone.isExpired(start, checked: summary.checked ?? 0, at: now)
                if isExpired != loaded.isExpired {
                    loaded.isExpired = isExpired
                    hasChanged = true
                    logger.log(
                        level: isExpired ? .error : .notice,
                        isExpired ? "a copy is too old to be answered from" : "a copy is up to date again",
                        metadata: ["zone": "\(summary.name)", "primary": "\(summary.primary ?? "")"])
                }
            }
            new[summary.name] = loaded
        }
        hasChanged = hasChanged || new.count != before.zones.count
        state.withLock { $0 = State(version: version, zones: new) }
        return hasChanged
    }

    private func read(_ summary: ZoneDatabase.Summary) async -> Zone? {
        do {
            let zone = try await database.zone(summary.name)
            for warning in zone.warnings { logger.warning("\(warning)", metadata: ["zone": "\(summary.name)"]) }
            logger.info("a zone was read", metadata: ["zone": "\(summary.name)", "serial": "\(zone.start.serial)"])
            return zone
        } catch {
            logger.error("a zone cannot be read", metadata: ["zone": "\(summary.name)", "error": "\(error)"])
            return nil
        }
    }
}

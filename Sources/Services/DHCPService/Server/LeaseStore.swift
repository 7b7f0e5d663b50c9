package import DHCP
internal import Foundation
internal import GRDB

/// Leases in an SQLite database: what is written here survives the process and the machine's power.
package final class LeaseStore: Sendable {
    private let database: DatabaseQueue
    /// Held while the store is open for writing, so that no second server gives the same addresses.
    private let lock: CInt

    /// Opens the leases of a folder, and makes both where there are none.
    ///
    /// - Parameters:
    ///   - folder: holds `leases.sqlite`.
    ///   - isReading: whether only to look, beside the server that writes.
    /// - Throws: ``LeaseStoreError``.
    package init(folder: String, isReading: Bool = false) throws(LeaseStoreError) {
        let path = folder + "/leases.sqlite"
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        if isReading {
            guard FileManager.default.fileExists(atPath: path) else {
                throw LeaseStoreError(.missing, "there are no leases in \(folder): no server has kept any there")
            }
            configuration.readonly = true
            lock = -1
        } else {
            lock = try Self.lock(folder)
            configuration.prepareDatabase { database in
                try database.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
            }
        }
        do {
            database = try DatabaseQueue(path: path, configuration: configuration)
            if !isReading { try database.write(Self.prepare) }
        } catch {
            throw LeaseStoreError(.unusable, "\(path): \(error)")
        }
    }

    deinit {
        guard lock >= 0 else { return }
        // Not by closing alone: a process that is just being started may have the file open, too, for a moment.
        flock(lock, LOCK_UN)
        close(lock)
    }

    private static func lock(_ folder: String) throws(LeaseStoreError) -> CInt {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw LeaseStoreError(.unusable, "cannot make the folder \(folder): \(error.localizedDescription)")
        }
        let lock = Foundation.open(folder + "/leases.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else {
            throw LeaseStoreError(
                .unusable, "cannot write to the folder \(folder): \(String(cString: strerror(errno)))")
        }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            close(lock)
            throw LeaseStoreError(.inUse, "another server keeps its leases in \(folder)")
        }
        return lock
    }

    private static func prepare(_ database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE IF NOT EXISTS lease (
                    address INTEGER PRIMARY KEY, client BLOB NOT NULL, hardwareType INTEGER NOT NULL,
                    hardware BLOB NOT NULL, state INTEGER NOT NULL, start INTEGER NOT NULL, expiry INTEGER NOT NULL,
                    hostName TEXT NOT NULL, agent BLOB NOT NULL
                ) STRICT
                """)
    }

    /// All leases, those too that have ended.
    ///
    /// - Throws: ``LeaseStoreError``.
    package func leases() throws(LeaseStoreError) -> [Lease] {
        do {
            return try database.read { database in
                try Row.fetchAll(database, sql: "SELECT * FROM lease ORDER BY address").compactMap(Lease.init)
            }
        } catch {
            throw LeaseStoreError(.unusable, "the leases cannot be read: \(error)")
        }
    }

    /// Takes each lease in place of what there is of its address; all of them are on disk, or none, when it returns. Blocks
    /// until then.
    ///
    /// - Throws: ``LeaseStoreError``.
    package func write(_ leases: some Sequence<Lease>) throws(LeaseStoreError) {
        do {
            try database.write { database in
                let statement = try database.cachedStatement(
                    sql: "INSERT OR REPLACE INTO lease VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
                for lease in leases {
                    try statement.execute(arguments: [
                        Int64(lease.address.rawValue), Data(lease.client.octets), Int64(lease.hardware.type),
                        Data(lease.hardware.octets), Int64(lease.state.rawValue), lease.start, lease.expiry,
                        lease.hostName, Data(lease.agentInformation),
                    ])
                }
            }
        } catch {
            throw LeaseStoreError(.unusable, "the leases cannot be written: \(error)")
        }
    }
}

extension Lease {
    /// Nil for a row that this program cannot have written.
    fileprivate init?(_ row: Row) {
        let (client, hardware, agent): (Data, Data, Data) = (row["client"], row["hardware"], row["agent"])
        guard let address = UInt32(exactly: row["address"] as Int64), let key = ClientKey(octets: Array(client)),
            let type = UInt8(exactly: row["hardwareType"] as Int64),
            let hardware = HardwareAddress(type: type, hardware),
            let state = UInt8(exactly: row["state"] as Int64).flatMap(State.init(rawValue:))
        else { return nil }
        self.init(
            address: IPv4Address(rawValue: address), client: key, hardware: hardware, state: state, start: row["start"],
            expiry: row["expiry"])
        hostName = row["hostName"]
        agentInformation = Array(agent)
    }
}

/// Why leases cannot be kept.
package struct LeaseStoreError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is in the way: another process, or the disk.
    package enum Code: Sendable, Hashable {
        /// Another process writes there.
        case inUse
        /// There is nothing to read.
        case missing
        /// The folder or the database cannot be read or written.
        case unusable
    }

    package let code: Code
    /// What, where, and what to do: one line.
    package let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}

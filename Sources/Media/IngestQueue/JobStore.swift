internal import Foundation
internal import GRDB
internal import Ingest

/// The jobs of a folder, in an SQLite database: what is written here survives the process and the machine's power.
struct JobStore: Sendable {
    private let database: DatabaseQueue

    /// - Parameter path: of the database; made when it does not exist.
    init(path: String) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
        }
        database = try DatabaseQueue(path: path, configuration: configuration)
        try database.write { database in
            try database.execute(
                sql: """
                    CREATE TABLE IF NOT EXISTS job (
                        id INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, file TEXT NOT NULL,
                        size INTEGER NOT NULL, source TEXT NOT NULL, options TEXT NOT NULL, state TEXT NOT NULL,
                        submitted REAL NOT NULL, started REAL, ended REAL, due REAL NOT NULL DEFAULT 0,
                        attempts INTEGER NOT NULL DEFAULT 0, retries INTEGER NOT NULL DEFAULT 0, name TEXT,
                        content TEXT, sameAs INTEGER, reason TEXT, report TEXT, isAnnounced INTEGER NOT NULL DEFAULT 0
                    ) STRICT;
                    CREATE INDEX IF NOT EXISTS jobsByState ON job (state, due);
                    CREATE INDEX IF NOT EXISTS jobsByContent ON job (content);
                    CREATE INDEX IF NOT EXISTS jobsByName ON job (name);
                    CREATE INDEX IF NOT EXISTS jobsByOwner ON job (owner);
                    """)
        }
    }

    // MARK: Looking

    /// The newest jobs first.
    /// - Parameter owner: whose; nil for everybody's.
    func jobs(of owner: String?, limit: Int) async throws -> [IngestJob] {
        try await database.read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM job WHERE ? IS NULL OR owner = ? ORDER BY id DESC LIMIT ?",
                arguments: [owner, owner, limit]
            ).map { try Stored($0).job }
        }
    }

    func job(_ id: Int64) async throws -> IngestJob? {
        try await database.read { database in
            try Row.fetchOne(database, sql: "SELECT * FROM job WHERE id = ?", arguments: [id]).map {
                try Stored($0).job
            }
        }
    }

    /// How many jobs there are in each state.
    func counts() async throws -> [IngestJob.State: Int] {
        try await database.read { database in
            let rows = try Row.fetchAll(database, sql: "SELECT state, count(*) AS count FROM job GROUP BY state")
            return rows.reduce(into: [:]) { counts, row in
                if let state = IngestJob.State(rawValue: row["state"]) { counts[state] = row["count"] }
            }
        }
    }

    /// Ids of jobs whose file is still needed.
    func live() throws -> Set<Int64> {
        try database.read { database in
            try Set(Int64.fetchAll(database, sql: "SELECT id FROM job WHERE isAnnounced = 0"))
        }
    }

    // MARK: Coming

    /// A new job that waits.
    ///
    /// - Parameters:
    ///   - file: as its owner calls it.
    ///   - size: in bytes.
    ///   - owner: whose it is.
    ///   - options: what shapes the presentation, besides the content.
    ///   - limit: how many jobs may wait.
    ///   - now: the time.
    ///   - keep: keeps the file for the job with this id, and tells where.
    /// - Throws: ``IngestQueueError/Code/full``; what `keep` throws.
    func insert(
        _ file: String, size: Int64, owner: String, options: String, limit: Int, now: Date,
        keep: @escaping @Sendable (Int64) throws -> String
    ) async throws -> IngestJob {
        try await database.write { database in
            let waiting = try Int.fetchOne(database, sql: "SELECT count(*) FROM job WHERE state = 'waiting'") ?? 0
            guard waiting < limit else {
                throw IngestQueueError(.full, "\(waiting) ingest jobs wait: try again when some of them are done")
            }
            try database.execute(
                sql: """
                    INSERT INTO job (owner, file, size, source, options, state, submitted)
                    VALUES (?, ?, ?, '', ?, 'waiting', ?)
                    """,
                arguments: [owner, file, size, options, now.timeIntervalSince1970])
            let id = database.lastInsertedRowID
            try database.execute(sql: "UPDATE job SET source = ? WHERE id = ?", arguments: [try keep(id), id])
            return IngestJob(
                id: id, owner: owner, file: file, size: size, state: .waiting, submitted: now)
        }
    }

    // MARK: Running

    /// What ran when the process ended goes on; what ended the process again and again fails.
    /// - Parameter limit: runs of one job that may end with the process.
    func recover(limit: Int, now: Date) throws {
        try database.write { database in
            try database.execute(
                sql: """
                    UPDATE job SET state = 'failed', ended = ?, reason = ? WHERE state = 'running' AND attempts >= ?
                    """,
                arguments: [
                    now.timeIntervalSince1970, "the server ended \(limit) times while it was ingested", limit,
                ])
            try database.execute(sql: "UPDATE job SET state = 'waiting', due = 0 WHERE state = 'running'")
        }
    }

    /// The next job that is due, which now runs.
    func start(now: Date) async throws -> Stored? {
        try await database.write { database in
            let row = try Row.fetchOne(
                database, sql: "SELECT * FROM job WHERE state = 'waiting' AND due <= ? ORDER BY id LIMIT 1",
                arguments: [now.timeIntervalSince1970])
            guard let id = row?["id"] as Int64? else { return nil }
            try database.execute(
                sql:
                    "UPDATE job SET state = 'running', started = ?, attempts = attempts + 1, reason = NULL WHERE id = ?",
                arguments: [now.timeIntervalSince1970, id])
            return try Row.fetchOne(database, sql: "SELECT * FROM job WHERE id = ?", arguments: [id]).map(Stored.init)
        }
    }

    /// When the next job that waits for a time is due.
    func nextDue() async throws -> Date? {
        try await database.read { database in
            try Double.fetchOne(database, sql: "SELECT min(due) FROM job WHERE state = 'waiting'").map {
                Date(timeIntervalSince1970: $0)
            }
        }
    }

    /// What a job's content means.
    enum Content: Sendable, Hashable {
        case new
        /// Earlier jobs have presentations of the same content with the same options, the newest first.
        case known([IngestJob])
        /// Another job is at it.
        case underway
    }

    /// Notes a running job's content.
    func setContent(_ content: String, of stored: Stored) async throws -> Content {
        try await database.write { database in
            try database.execute(
                sql: "UPDATE job SET content = ? WHERE id = ?", arguments: [content, stored.job.id])
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM job WHERE content = ? AND options = ? AND id <> ?
                        AND state IN ('running', 'ready') ORDER BY id DESC LIMIT 100
                    """, arguments: [content, stored.options, stored.job.id])
            let others = try rows.map { try Stored($0).job }
            let ready = others.filter { $0.state == .ready }
            return !ready.isEmpty ? .known(ready) : others.isEmpty ? .new : .underway
        }
    }

    /// Gives a running job the first of `names` that is free: that no job of another owner has, that no running job has,
    /// and for which `isTaken` does not hold unless a job of the same owner made it.
    ///
    /// - Returns: nil when another running job of the owner has it, so that this one should wait.
    /// - Throws: ``IngestQueueError/Code/full`` when none is free.
    func claim(
        _ names: some Sequence<String> & Sendable, for job: IngestJob, isTaken: @Sendable (String) -> Bool
    ) async throws -> String? {
        let names = Array(names)
        let taken = Set(names.filter(isTaken))
        return try await database.write { database in
            for name in names {
                let others = try Row.fetchAll(
                    database,
                    sql: "SELECT owner, state FROM job WHERE name = ? AND id <> ? AND state <> 'failed'",
                    arguments: [name, job.id])
                let isOwn = others.allSatisfy { $0["owner"] == job.owner }
                guard isOwn, !others.isEmpty || !taken.contains(name) || job.name == name else { continue }
                if others.contains(where: { $0["state"] == IngestJob.State.running.rawValue }) { return nil }
                try database.execute(sql: "UPDATE job SET name = ? WHERE id = ?", arguments: [name, job.id])
                return name
            }
            throw IngestQueueError(.full, "all names up to \(names.last ?? "") are taken: give the file another name")
        }
    }

    /// Lets a running job wait again: until `due`, or, unless it is a retry, at most until another one of its owner or its
    /// content ends.
    func postpone(_ id: Int64, until due: Date, reason: String?, isRetry: Bool) async throws {
        try await database.write { database in
            try database.execute(
                sql: """
                    UPDATE job SET state = 'waiting', due = ?, reason = ?, attempts = attempts - 1,
                        retries = retries + ? WHERE id = ?
                    """, arguments: [due.timeIntervalSince1970, reason, isRetry ? 1 : 0, id])
        }
    }

    /// A running job is over; jobs that wait for it may begin.
    func end(_ job: IngestJob) async throws {
        let report = try job.report.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }
        try await database.write { database in
            try database.execute(
                sql: """
                    UPDATE job SET state = ?, ended = ?, name = ?, sameAs = ?, reason = ?, report = ? WHERE id = ?
                    """,
                arguments: [
                    job.state.rawValue, job.ended?.timeIntervalSince1970, job.name, job.sameAs, job.reason, report,
                    job.id,
                ])
            try database.execute(
                sql: "UPDATE job SET due = 0 WHERE state = 'waiting' AND retries = 0 AND (content = ? OR owner = ?)",
                arguments: [job.content, job.owner])
        }
    }

    // MARK: Telling

    /// Jobs that are over and whose owner was not told, the oldest first.
    func unannounced() async throws -> [Stored] {
        try await database.read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT * FROM job WHERE state IN ('ready', 'failed') AND isAnnounced = 0 ORDER BY id"
            ).map { try Stored($0) }
        }
    }

    func setAnnounced(_ id: Int64) async throws {
        try await database.write { database in
            try database.execute(sql: "UPDATE job SET isAnnounced = 1 WHERE id = ?", arguments: [id])
        }
    }
}

/// A job, and what only the queue needs to know of it.
struct Stored: Sendable, Hashable {
    var job: IngestJob
    /// Path of the file to read.
    var source: String
    /// What shapes the presentation, besides the content.
    var options: String
    /// How often it was put off because the machine could not.
    var retries: Int
}

extension Stored {
    init(_ row: Row) throws {
        func date(_ column: String) -> Date? { (row[column] as Double?).map { Date(timeIntervalSince1970: $0) } }
        var job = IngestJob(
            id: row["id"], owner: row["owner"], file: row["file"], size: row["size"],
            state: IngestJob.State(rawValue: row["state"]) ?? .failed, submitted: date("submitted") ?? .distantPast)
        (job.started, job.ended) = (date("started"), date("ended"))
        (job.name, job.content, job.sameAs, job.reason) = (row["name"], row["content"], row["sameAs"], row["reason"])
        if let report = row["report"] as String? {
            job.report = try JSONDecoder().decode(IngestReport.self, from: Data(report.utf8))
        }
        self.init(job: job, source: row["source"], options: row["options"], retries: row["retries"])
    }
}

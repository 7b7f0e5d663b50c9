internal import GRDB

/// Conversations of an account: which names of messages belong together, whether there are such messages or not.
///
/// A message joins the conversation of all that it names and of all that name it (RFC 5256 §3, without its steps about
/// subjects). Two that a message joins become one: what belongs to the smaller is renamed, so that no row is renamed more
/// often than the logarithm of their number.
struct ThreadIndex {
    private let database: Database

    init(_ database: Database) { self.database = database }

    /// The conversation that a message joins or begins.
    func thread(of message: MessageDigest) throws -> Int64 {
        let names = [message.messageID].compactMap { $0 } + message.references
        var unknown: [String] = []
        var found: Set<Int64> = []
        for name in names {
            let thread = try Int64.fetchOne(
                database, sql: "SELECT thread FROM threadName WHERE name = ?", arguments: [name])
            if let thread { found.insert(thread) } else { unknown.append(name) }
        }
        let thread = try joined(found.sorted())
        for name in unknown {
            try database.execute(sql: "INSERT INTO threadName VALUES (?, ?)", arguments: [name, thread])
        }
        try database.execute(
            sql: "UPDATE thread SET weight = weight + ? WHERE id = ?", arguments: [unknown.count + 1, thread])
        return thread
    }

    /// One conversation out of several, or out of none.
    private func joined(_ threads: [Int64]) throws -> Int64 {
        guard var largest = threads.first else {
            try database.execute(sql: "INSERT INTO thread (weight) VALUES (0)")
            return database.lastInsertedRowID
        }
        func weight(_ thread: Int64) throws -> Int {
            try Int.fetchOne(database, sql: "SELECT weight FROM thread WHERE id = ?", arguments: [thread]) ?? 0
        }
        var most = try weight(largest)
        for other in threads.dropFirst() {
            let (small, weight) = try (other, weight(other))
            let gone = weight > most ? largest : small
            if weight > most { largest = small }
            most += weight
            for table in ["threadName", "summary"] {
                try database.execute(
                    sql: "UPDATE \(table) SET thread = ? WHERE thread = ?", arguments: [largest, gone])
            }
            try database.execute(sql: "UPDATE thread SET weight = ? WHERE id = ?", arguments: [most, largest])
            try database.execute(sql: "DELETE FROM thread WHERE id = ?", arguments: [gone])
        }
        return largest
    }
}

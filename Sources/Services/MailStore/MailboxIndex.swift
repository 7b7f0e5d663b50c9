internal import Foundation
internal import GRDB

/// The index of an account's mailboxes: UIDs, flags and sizes, beside the folders that hold the messages.
///
/// The folders are the truth. Whatever was done to them, also by other programs or by a process that was killed in between,
/// ``synchronize(_:_:)`` finds and notes. All that changes existing messages happens within a write transaction of this
/// database, so that processes wait for each other.
struct MailboxIndex: Sendable {
    /// The row of a mailbox.
    struct Mailbox: Sendable {
        var id: Int64
        var name: String
        var uidValidity: UInt32
        var uidNext: UInt32
        var modification: Int
        /// Of the folder when it was last read; empty where it may have changed since.
        var version: String
        var use: String?
        var isSubscribed: Bool

        init(_ row: Row) {
            id = row["id"]
            name = row["name"]
            uidValidity = row["uidValidity"]
            uidNext = row["uidNext"]
            modification = row["modification"]
            version = row["version"]
            use = row["use"]
            isSubscribed = row["subscribed"]
        }
    }

    let root: String

    /// Opens the database, and makes it where there is none.
    func open() throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.busyMode = .timeout(30)
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -512")
        }
        let queue = try DatabaseQueue(path: root + "/index.sqlite", configuration: configuration)
        try queue.write { database in
            try database.execute(
                sql: """
                    CREATE TABLE IF NOT EXISTS mailbox (
                        id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, uidValidity INTEGER NOT NULL,
                        uidNext INTEGER NOT NULL DEFAULT 1, modification INTEGER NOT NULL DEFAULT 1,
                        version TEXT NOT NULL DEFAULT '', use TEXT, subscribed INTEGER NOT NULL DEFAULT 0
                    ) STRICT;
                    CREATE TABLE IF NOT EXISTS message (
                        mailbox INTEGER NOT NULL REFERENCES mailbox (id) ON DELETE CASCADE, uid INTEGER NOT NULL,
                        base TEXT NOT NULL, flags INTEGER NOT NULL, keywords TEXT NOT NULL DEFAULT '',
                        isNew INTEGER NOT NULL, size INTEGER NOT NULL, internalDate INTEGER NOT NULL,
                        modification INTEGER NOT NULL, PRIMARY KEY (mailbox, uid), UNIQUE (mailbox, base)
                    ) STRICT, WITHOUT ROWID;
                    CREATE INDEX IF NOT EXISTS messageKeywords ON message (mailbox, keywords) WHERE keywords > '';
                    CREATE TABLE IF NOT EXISTS expunged (
                        mailbox INTEGER NOT NULL REFERENCES mailbox (id) ON DELETE CASCADE, uid INTEGER NOT NULL,
                        modification INTEGER NOT NULL, PRIMARY KEY (mailbox, modification, uid)
                    ) STRICT, WITHOUT ROWID;
                    CREATE TABLE IF NOT EXISTS validity (latest INTEGER NOT NULL) STRICT;
                    CREATE TABLE IF NOT EXISTS missingSubscription (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
                    """)
            try SummaryIndex.prepare(database)
        }
        return queue
    }

    func maildir(_ name: String) throws(MailStoreError) -> Maildir {
        let folder = try MailboxFolder.name(of: name)
        return Maildir(path: folder.isEmpty ? root : "\(root)/\(folder)")
    }

    // MARK: Mailboxes

    /// A UIDVALIDITY above all earlier ones, even if the whole index was lost.
    func nextValidity(_ database: Database) throws -> UInt32 {
        let latest = try Int.fetchOne(database, sql: "SELECT max(latest) FROM validity") ?? 0
        let next = max(latest + 1, Int(Date().timeIntervalSince1970))
        try database.execute(sql: "DELETE FROM validity; INSERT INTO validity VALUES (?)", arguments: [next])
        return UInt32(clamping: next)
    }

    /// Notes which mailboxes there are, as the account's folder has them.
    func synchronizeMailboxes(_ database: Database) throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: root)
        let present = Set(
            folders.compactMap(MailboxFolder.mailbox(of:)).filter { name in
                (try? maildir(name)).map { FileManager.default.fileExists(atPath: $0.path + "/cur") } ?? false
            }
        ).union([MailboxFolder.inbox])
        let known = Set(try String.fetchAll(database, sql: "SELECT name FROM mailbox"))
        for name in known.subtracting(present) { try remove(name, database) }
        for name in present.subtracting(known).sorted() { try insert(name, use: nil, database) }
    }

    func insert(_ name: String, use: SpecialUse?, _ database: Database) throws {
        // Where an index is made anew, names tell what mailboxes are for.
        let use = use ?? SpecialUse.allCases.first { $0.mailbox == name }
        let taken = try Bool.fetchOne(
            database, sql: "SELECT EXISTS (SELECT 1 FROM mailbox WHERE use = ?)", arguments: [use?.rawValue])
        try database.execute(
            sql: "INSERT INTO mailbox (name, uidValidity, use, subscribed) VALUES (?, ?, ?, ?)",
            arguments: [
                name, try nextValidity(database), taken == true ? nil : use?.rawValue,
                name == MailboxFolder.inbox || use != nil,
            ])
        try takeSubscription(name, database)
    }

    /// Forgets a mailbox, but not that it was subscribed: the name stays so until somebody says otherwise (RFC 3501 §6.3.9).
    func remove(_ name: String, _ database: Database) throws {
        try database.execute(
            sql: "INSERT OR IGNORE INTO missingSubscription SELECT name FROM mailbox WHERE name = ? AND subscribed",
            arguments: [name])
        try database.execute(sql: "DELETE FROM mailbox WHERE name = ?", arguments: [name])
    }

    /// Gives a mailbox that has come the subscription that its name had before.
    func takeSubscription(_ name: String, _ database: Database) throws {
        try database.execute(sql: "DELETE FROM missingSubscription WHERE name = ?", arguments: [name])
        guard database.changesCount > 0 else { return }
        try database.execute(sql: "UPDATE mailbox SET subscribed = 1 WHERE name = ?", arguments: [name])
    }

    /// The row of a mailbox whose messages are as its folder has them.
    ///
    /// - Throws: ``MailStoreError`` with `.noMailbox`.
    func mailbox(_ name: String, _ database: Database) throws -> Mailbox {
        func find() throws -> Mailbox? {
            try Row.fetchOne(database, sql: "SELECT * FROM mailbox WHERE name = ?", arguments: [name]).map(Mailbox.init)
        }
        if try find() == nil { try synchronizeMailboxes(database) }
        guard let mailbox = try find() else { throw MailStoreError(.noMailbox, "there is no mailbox \(name)") }
        return try synchronize(mailbox, database)
    }

    // MARK: Messages

    func messages(_ mailbox: Mailbox, _ database: Database, changedSince: Int = 0) throws -> [Message] {
        try Message.fetch(database, "mailbox = ? AND modification > ? ORDER BY uid", [mailbox.id, changedSince])
    }

    /// Those that nobody was told of.
    func newMessages(_ mailbox: Mailbox, _ database: Database) throws -> [Message] {
        try Message.fetch(database, "mailbox = ? AND isNew ORDER BY uid", [mailbox.id])
    }

    /// A message and those behind it.
    func messages(_ mailbox: Mailbox, from uid: UInt32, atMost count: Int, _ database: Database) throws -> [Message] {
        try Message.fetch(database, "mailbox = ? AND uid >= ? ORDER BY uid LIMIT ?", [mailbox.id, uid, count])
    }

    func message(_ uid: UInt32, in mailbox: Mailbox, _ database: Database) throws -> Message? {
        try Message.fetch(database, "mailbox = ? AND uid = ?", [mailbox.id, uid]).first
    }

    /// A modification sequence above all earlier ones of the mailbox. The folder is about to change.
    func nextModification(_ mailbox: inout Mailbox, _ database: Database) throws -> Int {
        mailbox.modification += 1
        mailbox.version = ""
        try database.execute(
            sql: "UPDATE mailbox SET modification = ?, version = '' WHERE id = ?",
            arguments: [mailbox.modification, mailbox.id])
        return mailbox.modification
    }

    /// - Parameters:
    ///   - isNew: whether the file is in `new`.
    ///   - isRecent: whether no session was told of a message whose file is in `cur`.
    func write(
        _ flags: MessageFlags, of uid: UInt32, in mailbox: Mailbox, isNew: Bool = false, isRecent: Bool = false,
        _ database: Database
    ) throws {
        try database.execute(
            sql:
                "UPDATE message SET flags = ?, keywords = ?, isNew = ?, modification = ? WHERE mailbox = ? AND uid = ?",
            arguments: [
                flags.system.rawValue, flags.keywords.joined(separator: " "),
                isNew ? Message.new : isRecent ? Message.recent : Message.told, mailbox.modification, mailbox.id, uid,
            ])
    }

    func delete(_ uid: UInt32, in mailbox: Mailbox, _ database: Database) throws {
        try database.execute(
            sql: "DELETE FROM message WHERE mailbox = ? AND uid = ?", arguments: [mailbox.id, uid])
        try database.execute(
            sql: "INSERT INTO expunged VALUES (?, ?, ?)", arguments: [mailbox.id, uid, mailbox.modification])
        // Nobody is told of what went long ago one by one: the index would grow for ever.
        try database.execute(
            sql: "DELETE FROM expunged WHERE mailbox = ? AND modification <= ?",
            arguments: [mailbox.id, mailbox.modification - Self.remembered])
    }

    /// Modifications of a mailbox for which it is known which messages went.
    static let remembered = 250

    // MARK: The folder is the truth

    /// How recent a change of a folder may be for another one to have the same time, in seconds.
    static let timeResolution = 1.0

    /// Notes what is in a mailbox's folder: messages that came get UIDs in the order of their arrival, those that went are
    /// expunged, changed flags change.
    func synchronize(_ mailbox: Mailbox, _ database: Database) throws -> Mailbox {
        let maildir = try maildir(mailbox.name)
        // Before it is read: what changes while it is read is found the next time.
        let version = maildir.version()
        guard version != mailbox.version else { return mailbox }
        var mailbox = mailbox
        let known = try messages(mailbox, database)
        var entries = Self.byBase(try maildir.entries())
        if known.contains(where: { entries[$0.base] == nil }) {
            // Another program may have renamed one while the folder was read.
            entries.merge(Self.byBase(try maildir.entries())) { _, second in second }
        }
        for entry in entries.values where !entry.isPlain { entries[entry.base] = maildir.settled(entry) }
        let gone = known.filter { entries[$0.base] == nil }
        let changed = known.filter { message in
            entries[message.base].map { $0.flags != message.flags.system || $0.isNew != message.isNew } ?? false
        }
        let bases = Set(known.map(\.base))
        let arrived = entries.values.filter { !bases.contains($0.base) }
        if !gone.isEmpty || !changed.isEmpty || !arrived.isEmpty {
            let modification = try nextModification(&mailbox, database)
            for message in gone { try delete(message.uid, in: mailbox, database) }
            for message in changed {
                guard let entry = entries[message.base] else { continue }
                let flags = MessageFlags(entry.flags, keywords: message.flags.keywords)
                let isRecent = message.isRecent && entry.isNew == message.isNew
                try write(flags, of: message.uid, in: mailbox, isNew: entry.isNew, isRecent: isRecent, database)
            }
            var rewritten = 0
            for entry in Maildir.sorted(arrived) where rewritten < Maildir.rewrittenAtOnce {
                // Where the disk is full, a message that can be read as it is beats none.
                if (try? maildir.completeLines(of: entry)) == true { rewritten += 1 }
                try insert(entry, maildir, &mailbox, modification, database)
            }
            if rewritten > 0 {
                for folder in ["new", "cur"] { try maildir.synchronize(folder) }
            }
            try database.execute(
                sql: "UPDATE mailbox SET uidNext = ? WHERE id = ?", arguments: [mailbox.uidNext, mailbox.id])
        }
        // Times are coarse: what changed just now may change again within the same one.
        let isSettled = maildir.age() > Self.timeResolution
        let settled = isSettled ? version : ""
        // What is written has to reach the disk, so nothing is that says the same again.
        guard settled != mailbox.version else { return mailbox }
        mailbox.version = settled
        try database.execute(
            sql: "UPDATE mailbox SET version = ? WHERE id = ?", arguments: [mailbox.version, mailbox.id])
        return mailbox
    }

    private func insert(
        _ entry: Maildir.Entry, _ maildir: Maildir, _ mailbox: inout Mailbox, _ modification: Int,
        _ database: Database
    ) throws {
        // Gone already: it never was there.
        guard let facts = FileFacts(path: "\(maildir.path)/\(entry.file)") else { return }
        guard mailbox.uidNext < UInt32.max else {
            throw MailStoreError(.unusable, "the mailbox has had as many messages as it can")
        }
        try database.execute(
            sql: """
                INSERT INTO message (mailbox, uid, base, flags, isNew, size, internalDate, modification)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                mailbox.id, mailbox.uidNext, entry.base, entry.flags.rawValue, entry.isNew,
                facts.size, facts.modified.seconds, modification,
            ])
        mailbox.uidNext += 1
    }

    /// A message that comes twice was renamed meanwhile, from `new` to `cur`.
    private static func byBase(_ entries: [Maildir.Entry]) -> [String: Maildir.Entry] {
        func rank(_ entry: Maildir.Entry) -> Int { (entry.isNew ? 0 : 2) + (entry.isPlain ? 1 : 0) }
        return entries.reduce(into: [:]) { found, entry in
            if let other = found[entry.base], rank(other) >= rank(entry) { return }
            found[entry.base] = entry
        }
    }
}

internal import Foundation
internal import GRDB

/// Summaries and conversations in an account's index, and the words that messages are found by.
///
/// All of it is read from messages, and made anew where it is missing: each mailbox has a mark up to which UID it was done.
struct SummaryIndex: Sendable {
    private let index: MailboxIndex

    init(_ index: MailboxIndex) { self.index = index }

    /// Of what is noted and how; what another version wrote is made anew.
    private static let version = 2
    /// What one transaction takes in: others wait for it.
    private static let batch = (messages: 200, octets: 32 << 20)
    /// Messages of a conversation that are told; of more, the newest.
    static let longestThread = 1000

    /// Makes the tables where they are missing.
    static func prepare(_ database: Database) throws {
        let found = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        if found != version {
            try database.execute(
                sql: """
                    DROP TRIGGER IF EXISTS summaryGone; DROP TABLE IF EXISTS search; DROP TABLE IF EXISTS summary;
                    DROP TABLE IF EXISTS threadName; DROP TABLE IF EXISTS thread; DROP TABLE IF EXISTS summarised;
                    PRAGMA user_version = \(version);
                    """)
        }
        try database.execute(
            sql: """
                CREATE INDEX IF NOT EXISTS messageArrival ON message (mailbox, internalDate, uid);
                CREATE TABLE IF NOT EXISTS summarised (
                    mailbox INTEGER PRIMARY KEY REFERENCES mailbox (id) ON DELETE CASCADE,
                    uid INTEGER NOT NULL DEFAULT 0, searchable INTEGER NOT NULL DEFAULT 0
                ) STRICT;
                CREATE TABLE IF NOT EXISTS thread (
                    id INTEGER PRIMARY KEY AUTOINCREMENT, weight INTEGER NOT NULL
                ) STRICT;
                CREATE TABLE IF NOT EXISTS threadName (
                    name TEXT PRIMARY KEY, thread INTEGER NOT NULL REFERENCES thread (id) ON DELETE CASCADE
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX IF NOT EXISTS threadNames ON threadName (thread);
                CREATE TABLE IF NOT EXISTS summary (
                    id INTEGER PRIMARY KEY, mailbox INTEGER NOT NULL, uid INTEGER NOT NULL, sender TEXT NOT NULL,
                    senderAddress TEXT NOT NULL, recipients TEXT NOT NULL, subject TEXT NOT NULL, date INTEGER NOT NULL,
                    messageID TEXT, thread INTEGER NOT NULL REFERENCES thread (id), hasAttachments INTEGER NOT NULL,
                    isSearchable INTEGER NOT NULL DEFAULT 0, UNIQUE (mailbox, uid),
                    FOREIGN KEY (mailbox, uid) REFERENCES message (mailbox, uid) ON DELETE CASCADE
                ) STRICT;
                CREATE INDEX IF NOT EXISTS summaryThread ON summary (thread);
                CREATE VIRTUAL TABLE IF NOT EXISTS search USING fts5 (
                    author, recipients, subject, text, tokenize = 'unicode61 remove_diacritics 2'
                );
                CREATE TRIGGER IF NOT EXISTS summaryGone AFTER DELETE ON summary BEGIN
                    DELETE FROM search WHERE OLD.isSearchable AND rowid = OLD.id;
                    DELETE FROM thread
                    WHERE id = OLD.thread AND NOT EXISTS (SELECT 1 FROM summary WHERE thread = OLD.thread);
                END;
                """)
    }

    // MARK: Reading

    private static let columns = """
        \(MailboxIndex.Message.columns), summary.sender, summary.senderAddress, summary.recipients, summary.subject, summary.date,
        summary.messageID, summary.thread, summary.hasAttachments
        """

    /// Messages of a mailbox, newest first.
    func page(
        of mailbox: MailboxIndex.Mailbox, matching query: SearchQuery?, offset: Int, count: Int, _ database: Database
    ) throws -> (total: Int, page: [MessageSummary]) {
        var source = """
            message CROSS JOIN summary ON summary.mailbox = message.mailbox AND summary.uid = message.uid
            WHERE message.mailbox = ?
            """
        var arguments: StatementArguments = [mailbox.id]
        if let query {
            guard let expression = query.expression else { return (0, []) }
            source = """
                search CROSS JOIN summary ON summary.id = search.rowid
                CROSS JOIN message ON message.mailbox = summary.mailbox AND message.uid = summary.uid
                WHERE search MATCH ? AND message.mailbox = ?
                """
            arguments = [expression, mailbox.id]
        }
        let total = try Int.fetchOne(database, sql: "SELECT count(*) FROM \(source)", arguments: arguments) ?? 0
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT \(Self.columns) FROM \(source)
                ORDER BY message.internalDate DESC, message.uid DESC LIMIT ? OFFSET ?
                """, arguments: arguments + [count, offset])
        return (total, rows.map { Self.summary($0, in: mailbox.name) })
    }

    func summary(of uid: UInt32, in mailbox: MailboxIndex.Mailbox, _ database: Database) throws -> MessageSummary? {
        try Row.fetchOne(
            database,
            sql: """
                SELECT \(Self.columns) FROM message
                JOIN summary ON summary.mailbox = message.mailbox AND summary.uid = message.uid
                WHERE message.mailbox = ? AND message.uid = ?
                """, arguments: [mailbox.id, uid]
        ).map { Self.summary($0, in: mailbox.name) }
    }

    /// A conversation, oldest first.
    func thread(_ thread: Int, _ database: Database) throws -> [MessageSummary] {
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT \(Self.columns), mailbox.name AS mailboxName,
                    ifnull(mailbox.use, '') IN ('\\Trash', '\\Junk') AS isAside
                FROM summary
                JOIN message ON message.mailbox = summary.mailbox AND message.uid = summary.uid
                JOIN mailbox ON mailbox.id = summary.mailbox
                WHERE summary.thread = ?
                ORDER BY isAside, message.internalDate DESC, summary.date DESC, message.mailbox, message.uid DESC LIMIT ?
                """, arguments: [thread, Self.longestThread])
        let shown = rows.filter { !($0["isAside"] as Bool) }
        return (shown.isEmpty ? rows : shown).reversed().map { Self.summary($0, in: $0["mailboxName"]) }
    }

    private static func summary(_ row: Row, in mailbox: String) -> MessageSummary {
        let message = MailboxIndex.Message(row)
        return MessageSummary(
            message: message.stored(isRecent: message.isRecent), mailbox: mailbox, from: row["sender"],
            fromAddress: row["senderAddress"], to: row["recipients"], subject: row["subject"], date: row["date"],
            messageID: row["messageID"], thread: row["thread"], hasAttachments: row["hasAttachments"])
    }

    // MARK: Taking in

    /// What is left for a transaction to take in.
    private struct Budget {
        var messages = SummaryIndex.batch.messages
        var octets = SummaryIndex.batch.octets
        var isSpent: Bool { messages <= 0 || octets <= 0 }

        mutating func take(_ message: MailboxIndex.Message) {
            messages -= 1
            octets -= message.size
        }
    }

    /// Takes in messages that no list has shown yet, as many as a batch has.
    ///
    /// - Parameter isFirst: whether the folders are looked at for what has come.
    /// - Returns: whether there is more.
    func summarise(isFirst: Bool, _ database: Database) throws -> Bool {
        if isFirst { try index.synchronizeMailboxes(database) }
        var budget = Budget()
        for name in try String.fetchAll(database, sql: "SELECT name FROM mailbox ORDER BY id") {
            guard let mailbox = try current(name, isFirst: isFirst, database) else { continue }
            let isDone = try take(
                in: mailbox, mark: "uid", upTo: mailbox.uidNext - 1, missing: Self.unsummarised, &budget, database
            ) { message in
                let digest = try read(message, in: mailbox, database) { MessageDigest($0) } ?? MessageDigest()
                try insert(digest, of: message, in: mailbox, database)
            }
            if !isDone { return true }
        }
        return false
    }

    /// Takes in the words of messages of a mailbox that have summaries, as many messages as a batch has.
    ///
    /// - Returns: whether there is more.
    func makeSearchable(_ name: String, _ database: Database) throws -> Bool {
        guard let mailbox = try current(name, isFirst: false, database) else { return false }
        var budget = Budget()
        // Others may have come since summaries were made.
        let last = try mark("uid", of: mailbox, database)
        return try !take(
            in: mailbox, mark: "searchable", upTo: last, missing: Self.unsearchable, &budget, database
        ) { message in
            let id = try Int64.fetchOne(
                database, sql: "SELECT id FROM summary WHERE mailbox = ? AND uid = ?",
                arguments: [mailbox.id, message.uid])
            guard let id else { return }
            let text = try read(message, in: mailbox, database) { SearchableText($0) } ?? SearchableText()
            try database.execute(sql: "UPDATE summary SET isSearchable = 1 WHERE id = ?", arguments: [id])
            // It may have gone while it was looked for. Its words would stay, and meet those of the next that gets its id.
            guard database.changesCount > 0 else { return }
            try database.execute(
                sql: "INSERT INTO search (rowid, author, recipients, subject, text) VALUES (?, ?, ?, ?, ?)",
                arguments: [id, text.author, text.recipients, text.subject, text.text])
        }
    }

    /// Lets a message that goes to another mailbox keep its summary and its place in its conversation.
    func move(
        _ uid: UInt32, in source: MailboxIndex.Mailbox, to target: UInt32, in destination: MailboxIndex.Mailbox,
        _ database: Database
    ) throws {
        try database.execute(
            sql: "UPDATE OR IGNORE summary SET mailbox = ?, uid = ? WHERE mailbox = ? AND uid = ?",
            arguments: [destination.id, target, source.id, uid])
    }

    private func current(_ name: String, isFirst: Bool, _ database: Database) throws -> MailboxIndex.Mailbox? {
        guard isFirst else {
            return try Row.fetchOne(database, sql: "SELECT * FROM mailbox WHERE name = ?", arguments: [name])
                .map(MailboxIndex.Mailbox.init)
        }
        do {
            return try index.mailbox(name, database)
        } catch let error as MailStoreError {
            // Another program has just removed it.
            guard error.code == .noMailbox else { throw error }
            return nil
        }
    }

    private static let unsummarised = """
        NOT EXISTS (SELECT 1 FROM summary WHERE summary.mailbox = message.mailbox AND summary.uid = message.uid)
        """
    private static let unsearchable = """
        NOT EXISTS (
            SELECT 1 FROM summary
            WHERE summary.mailbox = message.mailbox AND summary.uid = message.uid AND isSearchable
        )
        """

    /// The UID up to which something was done.
    private func mark(_ name: String, of mailbox: MailboxIndex.Mailbox, _ database: Database) throws -> UInt32 {
        try UInt32.fetchOne(
            database, sql: "SELECT \(name) FROM summarised WHERE mailbox = ?", arguments: [mailbox.id]) ?? 0
    }

    /// Gives `body` the messages from a mailbox's mark to `last` that are missing, and moves the mark.
    ///
    /// - Returns: whether it has reached the last message.
    private func take(
        in mailbox: MailboxIndex.Mailbox, mark: String, upTo last: UInt32, missing: String, _ budget: inout Budget,
        _ database: Database, body: (MailboxIndex.Message) throws -> Void
    ) throws -> Bool {
        let done = try self.mark(mark, of: mailbox, database)
        guard done < last else { return true }
        guard !budget.isSpent else { return false }
        let messages = try MailboxIndex.Message.fetch(
            database, "mailbox = ? AND uid > ? AND uid <= ? AND \(missing) ORDER BY uid LIMIT ?",
            [mailbox.id, done, last, budget.messages + 1])
        var reached = last
        for (position, message) in messages.enumerated() {
            if budget.isSpent {
                // The one before it was the last.
                reached = position > 0 ? messages[position - 1].uid : done
                break
            }
            try body(message)
            budget.take(message)
        }
        try database.execute(
            sql: """
                INSERT INTO summarised (mailbox, \(mark)) VALUES (?, ?)
                ON CONFLICT (mailbox) DO UPDATE SET \(mark) = excluded.\(mark)
                """, arguments: [mailbox.id, reached])
        return reached == last
    }

    /// Reads a message; nil when that cannot be done.
    private func read<Value: Sendable>(
        _ message: MailboxIndex.Message, in mailbox: MailboxIndex.Mailbox, _ database: Database,
        _ body: @escaping @Sendable (UnsafeBufferPointer<UInt8>) -> Value
    ) throws -> Value? {
        var message = message
        // Another program may have renamed it since the folder was read.
        for attempt in 0..<3 {
            if attempt > 0 {
                guard let mailbox = try? index.reread(mailbox.name, database),
                    let found = try index.message(message.uid, in: mailbox, database)
                else { return nil }
                message = found
            }
            let path = try index.maildir(mailbox.name).path(
                of: message.base, message.flags.system, isNew: message.isNew)
            if let file = try MessageFile(path: path), let value = try? file.mapNow(body) { return value }
        }
        return nil
    }

    private func insert(
        _ digest: MessageDigest, of message: MailboxIndex.Message, in mailbox: MailboxIndex.Mailbox,
        _ database: Database
    ) throws {
        // It may have gone while it was looked for.
        guard try index.message(message.uid, in: mailbox, database) != nil else { return }
        let thread = try ThreadIndex(database).thread(of: digest)
        try database.execute(
            sql: """
                INSERT INTO summary
                    (mailbox, uid, sender, senderAddress, recipients, subject, date, messageID, thread, hasAttachments)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                mailbox.id, message.uid, digest.sender, digest.senderAddress, digest.recipients, digest.subject,
                digest.date ?? message.internalDate, digest.messageID, thread, digest.hasAttachments,
            ])
    }
}

internal import Accounts
internal import Foundation
internal import GRDB
internal import NIOPosix
internal import Synchronization

/// The mailboxes of one account: a folder in the layout of Maildir++, and an index beside it.
///
/// Several processes may use it at once. Messages appear whole, by one rename or link, once they are on disk. Methods run
/// on threads of their own and never block who calls them.
package final class MailAccount: Sendable {
    let root: String
    let index: MailboxIndex
    let names: MessageNames
    private let connection = Mutex<DatabaseQueue?>(nil)
    private let observers = Mutex<[UInt64: AsyncStream<Void>.Continuation]>([:])
    private let observerCount = Atomic<UInt64>(0)
    private let changed = Atomic(0)
    private let hasSwept = Atomic(false)
    /// Where messages were when the index was last asked.
    let places = Mutex(MessagePlaces())
    /// Mailboxes as they were at their last look, by name.
    let looks = Mutex<[String: MailboxLook]>([:])
    /// Of the index: SQLite lets one at a time write anyway.
    private let transactions = SerialWork(on: threads)

    /// For what blocks: enough threads that many messages can be made durable at once, which the file system then does
    /// together.
    private static let threads: NIOThreadPool = {
        let threads = NIOThreadPool(numberOfThreads: 16)
        threads.start()
        return threads
    }()

    /// - Parameters:
    ///   - root: the account's folder; made when needed.
    ///   - names: of this process.
    init(root: String, names: MessageNames) throws {
        self.root = root
        self.names = names
        index = MailboxIndex(root: root)
        let inbox = Maildir(path: root)
        let isFresh = access(root + "/cur", F_OK) != 0
        if isFresh {
            do {
                try FileManager.default.createDirectory(
                    atPath: root, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            } catch {
                throw MailStoreError(.unusable, "the account's folder cannot be made")
            }
        }
        try inbox.make()
        guard isFresh else { return }
        for use in SpecialUse.allCases { try index.maildir(use.mailbox).make() }
    }

    // MARK: The index

    /// Closes the index until it is needed again: an idle session should cost little.
    package func rest() {
        connection.withLock { $0 = nil }
        places.withLock { $0 = MessagePlaces() }
    }

    private func queue() throws -> DatabaseQueue {
        try connection.withLock { connection in
            if let connection { return connection }
            let opened = try index.open()
            connection = opened
            if !hasSwept.exchange(true, ordering: .relaxed) { Maildir.sweep(root + "/tmp") }
            return opened
        }
    }

    /// Runs `body` in a transaction that no other process changes the account beside.
    func write<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        do {
            return try await transactions.run { [self] in try queue().write(body) }
        } catch let error as DatabaseError {
            throw MailStoreError(
                .unusable, "the mailboxes' index cannot be used: \(error.message ?? "\(error.resultCode)")")
        }
    }

    /// Runs what blocks on a thread for that.
    static func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await threads.runIfActive(body)
    }

    // MARK: Changes

    /// Something that comes whenever this process has changed the account: several changes may come as one.
    package func changes() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id = observerCount.wrappingAdd(1, ordering: .relaxed).newValue
        observers.withLock { $0[id] = continuation }
        continuation.onTermination = { [weak self] _ in
            self?.observers.withLock { $0[id] = nil }
        }
        return stream
    }

    /// Grows with each change that this process makes.
    package var changeCount: Int { changed.load(ordering: .acquiring) }

    func tellObservers() {
        changed.add(1, ordering: .releasing)
        for observer in observers.withLock({ Array($0.values) }) { observer.yield() }
    }

    /// A text that differs from an earlier one when a mailbox has changed since, in whatever process. Costs no more than
    /// looking at a few files, so that it may be asked every second or two.
    package func stamp(of mailbox: String) async -> String {
        let text = try? await Self.blocking { [index, root] in
            // Whoever is the last to close the index takes its log into it: then only the index itself tells.
            let logs = ["", "-wal"].map { FileFacts(path: "\(root)/index.sqlite\($0)")?.modified.text ?? "" }
            return try ([index.maildir(mailbox).version()] + logs).joined(separator: " ")
        }
        return text ?? ""
    }

    // MARK: Mailboxes

    /// By name, the inbox first.
    package func mailboxes() async throws -> [MailboxInfo] {
        try await write { [index] database in
            try index.synchronizeMailboxes(database)
            return try Row.fetchAll(database, sql: "SELECT * FROM mailbox ORDER BY name <> 'INBOX', name").map {
                let row = MailboxIndex.Mailbox($0)
                return MailboxInfo(
                    name: row.name, use: row.use.flatMap(SpecialUse.init(name:)), isSubscribed: row.isSubscribed)
            }
        }
    }

    /// Makes a mailbox, and those above it that are missing.
    ///
    /// - Throws: ``MailStoreError``: `.exists`, `.notAllowed`.
    package func create(_ name: String, use: SpecialUse? = nil) async throws {
        try await write { [index] database in
            try index.synchronizeMailboxes(database)
            guard try !Self.exists(name, database) else {
                throw MailStoreError(.exists, "there is a mailbox \(name) already")
            }
            _ = try MailboxFolder.name(of: name)
            let levels = name.split(separator: MailboxFolder.separator, omittingEmptySubsequences: false)
            for count in 1...levels.count {
                let level = levels.prefix(count).joined(separator: String(MailboxFolder.separator))
                guard level != MailboxFolder.inbox, try !Self.exists(level, database) else { continue }
                try index.maildir(level).make()
                try index.insert(level, use: count == levels.count ? use : nil, database)
            }
        }
        tellObservers()
    }

    private static func exists(_ name: String, _ database: Database) throws -> Bool {
        try Bool.fetchOne(
            database, sql: "SELECT EXISTS (SELECT 1 FROM mailbox WHERE name = ?)", arguments: [name]) ?? false
    }

    /// Removes a mailbox and its messages; those below it stay.
    ///
    /// - Throws: ``MailStoreError``: `.noMailbox`, `.notAllowed` for the inbox.
    package func delete(_ name: String) async throws {
        guard name != MailboxFolder.inbox else { throw MailStoreError(.notAllowed, "the inbox cannot be deleted") }
        try await write { [index, root] database in
            let mailbox = try index.mailbox(name, database)
            // Out of sight first: what is killed on the way leaves no mailbox with half of its messages.
            let trash = "\(root)/tmp/deleted.\(UInt64.random(in: 0...UInt64.max))"
            guard Maildir.move(try index.maildir(name).path, to: trash) else {
                throw MailStoreError(errno: errno, "the mailbox cannot be deleted")
            }
            try index.remove(mailbox.name, database)
            try? FileManager.default.removeItem(atPath: trash)
        }
        tellObservers()
    }

    /// Renames a mailbox and those below it, or those below a level that is no mailbox itself. Of the inbox only the messages go, and a new mailbox gets them (RFC 9051
    /// §6.3.6).
    ///
    /// - Throws: ``MailStoreError``: `.noMailbox`, `.exists`, `.notAllowed`.
    package func rename(_ name: String, to newName: String) async throws {
        if name == MailboxFolder.inbox {
            try await create(newName)
            let uids = try await snapshot(of: name).messages.map(\.uid)
            _ = try await move(uids, from: name, to: newName)
            return
        }
        let below = name + String(MailboxFolder.separator)
        guard !newName.hasPrefix(below), newName != name else {
            throw MailStoreError(.notAllowed, "a mailbox cannot become one below itself")
        }
        try await write { [index] database in
            try index.synchronizeMailboxes(database)
            let all = try String.fetchAll(database, sql: "SELECT name FROM mailbox")
            let renamed = all.filter { $0 == name || $0.hasPrefix(below) }.map {
                ($0, newName + $0.dropFirst(name.count))
            }
            guard !renamed.isEmpty else { throw MailStoreError(.noMailbox, "there is no mailbox \(name)") }
            for (_, target) in renamed {
                guard !all.contains(target) else {
                    throw MailStoreError(.exists, "there is a mailbox \(target) already")
                }
                _ = try MailboxFolder.name(of: target)
            }
            for (source, target) in renamed {
                guard Maildir.move(try index.maildir(source).path, to: try index.maildir(target).path) else {
                    throw MailStoreError(errno: errno, "the mailbox cannot be renamed")
                }
                try database.execute(
                    sql: "UPDATE mailbox SET name = ?, uidValidity = ?, version = '' WHERE name = ?",
                    arguments: [target, try index.nextValidity(database), source])
                try index.takeSubscription(target, database)
            }
        }
        tellObservers()
    }

    /// Notes whether a client wants to see a mailbox. The wish outlives the mailbox, and can be taken back without it.
    ///
    /// - Throws: ``MailStoreError`` with `.noMailbox` for a wish to see what there is not.
    package func subscribe(_ name: String, _ isSubscribed: Bool) async throws {
        try await write { [index] database in
            try index.synchronizeMailboxes(database)
            try database.execute(
                sql: "UPDATE mailbox SET subscribed = ? WHERE name = ?", arguments: [isSubscribed, name])
            guard database.changesCount == 0 else { return }
            guard !isSubscribed else { throw MailStoreError(.noMailbox, "there is no mailbox \(name)") }
            try database.execute(sql: "DELETE FROM missingSubscription WHERE name = ?", arguments: [name])
        }
    }

    /// Names that somebody wants to see, of mailboxes that there are no longer.
    package func missingSubscriptions() async throws -> [String] {
        try await write { database in
            try String.fetchAll(database, sql: "SELECT name FROM missingSubscription ORDER BY name")
        }
    }

    /// - Throws: ``MailStoreError`` with `.noMailbox`.
    package func status(of name: String) async throws -> MailboxStatus {
        try await write { [index] database in
            let mailbox = try index.mailbox(name, database)
            let row = try Row.fetchOne(
                database,
                sql: """
                    SELECT count(*) AS messages, total(isNew <> 0) AS recent, total(flags & 8 = 0) AS unseen,
                        total(flags & 16 <> 0) AS deleted, total(size) AS size
                    FROM message WHERE mailbox = ?
                    """, arguments: [mailbox.id])
            func figure(_ name: String) -> Int { (row?[name] as Double?).map { Int($0) } ?? 0 }
            return MailboxStatus(
                messages: figure("messages"), recent: figure("recent"), unseen: figure("unseen"),
                deleted: figure("deleted"), uidNext: mailbox.uidNext, uidValidity: mailbox.uidValidity,
                size: figure("size"), modification: mailbox.modification)
        }
    }
}

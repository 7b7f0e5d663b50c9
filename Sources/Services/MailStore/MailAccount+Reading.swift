internal import Foundation
internal import GRDB
internal import NIOCore
internal import Synchronization

/// Where messages of an account were when the index was last asked: guesses, which opening a file checks. The name of a
/// file is one message's alone, so what is found under it is that message.
struct MessagePlaces: Sendable {
    private struct Mailbox: Sendable {
        var uidValidity: UInt32
        var paths: [UInt32: String] = [:]
    }

    /// Messages that are asked for together, since most readers go on with the next.
    static let batch = 64
    /// Guesses that are kept of one mailbox.
    private static let limit = 1024
    private var mailboxes: [String: Mailbox] = [:]

    func path(_ uid: UInt32, in name: String) -> String? { mailboxes[name]?.paths[uid] }

    /// UIDs of another validity mean other messages.
    mutating func note(_ mailbox: MailboxIndex.Mailbox) {
        guard mailboxes[mailbox.name].map({ $0.uidValidity != mailbox.uidValidity }) ?? false else { return }
        mailboxes[mailbox.name] = nil
    }

    mutating func keep(_ paths: [(uid: UInt32, path: String)], in mailbox: MailboxIndex.Mailbox) {
        note(mailbox)
        if mailboxes[mailbox.name] == nil, mailboxes.count >= 8 { mailboxes = [:] }
        var kept = mailboxes[mailbox.name] ?? Mailbox(uidValidity: mailbox.uidValidity)
        if kept.paths.count >= Self.limit { kept.paths = [:] }
        for (uid, path) in paths { kept.paths[uid] = path }
        mailboxes[mailbox.name] = kept
    }

    mutating func forget(_ uid: UInt32, in name: String) { mailboxes[name]?.paths[uid] = nil }
}

/// A mailbox at its last look, and by what one sees that nothing has happened to it since.
struct MailboxLook: Sendable {
    var stamp: String
    /// Whether the stamp is so old that a later change would have made another.
    var isSettled: Bool
    var uidNext: UInt32 = 0
    var modification = 0
}

/// Reading messages.
extension MailAccount {
    /// Opens a message for reading. It stays readable even if it is expunged meanwhile.
    ///
    /// - Parameters:
    ///   - uid: which.
    ///   - name: the mailbox.
    ///   - count: octets of its beginning that will be read first, and come with the opening.
    /// - Throws: ``MailStoreError``: `.noMailbox`, `.noMessage`.
    package func open(_ uid: UInt32, in name: String, reading count: Int = 0) async throws -> MessageFile {
        if let path = places.withLock({ $0.path(uid, in: name) }),
            let file = try await Self.blocking({ try MessageFile(path: path, reading: count) })
        {
            return file
        }
        return try await write { [index, self] database in
            // Another program may have renamed it since the folder was read.
            for attempt in 0...1 {
                let mailbox = try attempt == 0 ? index.mailbox(name, database) : index.reread(name, database)
                let maildir = try index.maildir(name)
                let messages = try index.messages(mailbox, from: uid, atMost: MessagePlaces.batch, database).map {
                    (uid: $0.uid, path: maildir.path(of: $0.base, $0.flags.system, isNew: $0.isNew))
                }
                guard let message = messages.first, message.uid == uid else { break }
                if let file = try MessageFile(path: message.path, reading: count) {
                    places.withLock { $0.keep(messages, in: mailbox) }
                    return file
                }
            }
            throw MailStoreError(.noMessage, "the message is gone")
        }
    }

    /// Gives `body` all octets of a message, on a thread for what blocks.
    ///
    /// - Returns: the message's file, and what `body` makes of it.
    /// - Throws: ``MailStoreError``: `.noMailbox`, `.noMessage`; what `body` throws.
    package func map<Value: Sendable>(
        _ uid: UInt32, in name: String, _ body: @escaping @Sendable (UnsafeBufferPointer<UInt8>) throws -> Value
    ) async throws -> (file: MessageFile, value: Value) {
        if let path = places.withLock({ $0.path(uid, in: name) }),
            let found = try await Self.blocking({
                try MessageFile(path: path).map { (file: $0, value: try $0.mapNow(body)) }
            })
        {
            return found
        }
        let file = try await open(uid, in: name)
        return (file, try await file.map(body))
    }

    // MARK: Whether anything has happened

    /// Looks at the times of a few files, which cost less than the index.
    ///
    /// - Returns: how the mailbox looks, to be kept with what the index says afterwards; and all that there is to say when
    ///   it has not changed since `modification`.
    func look(at name: String, since modification: Int) async throws -> (MailboxLook, MailboxChanges?) {
        let look = try await Self.blocking { [index, root] in
            let maildir = try index.maildir(name)
            var text = maildir.version()
            var isSettled = maildir.age() > MailboxIndex.timeResolution
            let now = FileFacts.Moment.now
            for file in ["/index.sqlite", "/index.sqlite-wal"] {
                guard let facts = FileFacts(path: root + file) else { continue }
                text += " \(facts.modified.text)"
                isSettled = isSettled && now.seconds(since: facts.modified) > MailboxIndex.timeResolution
            }
            return MailboxLook(stamp: text, isSettled: isSettled)
        }
        guard let last = looks.withLock({ $0[name] }), last.stamp == look.stamp, last.modification == modification
        else { return (look, nil) }
        return (look, MailboxChanges(uidNext: last.uidNext, modification: modification))
    }

    func keep(_ look: MailboxLook, of name: String, _ changes: MailboxChanges) {
        looks.withLock { looks in
            guard look.isSettled else {
                looks[name] = nil
                return
            }
            if looks.count >= 64 { looks = [:] }
            var look = look
            (look.uidNext, look.modification) = (changes.uidNext, changes.modification)
            looks[name] = look
        }
    }
}

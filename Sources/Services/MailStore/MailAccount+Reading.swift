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
    /// Guesses that are kept of one mailbox: they are soon made anew, and a server has many accounts.
    private static let limit = 4 * batch
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
    var stamp: [FileFacts.Moment?]
    /// Whether the stamp is so old that a later change would have made another.
    var isSettled: Bool
    var uidValidity: UInt32 = 0
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

    /// Gives `body` all octets of one message after the other, on a thread for what blocks: one change of threads for all.
    ///
    /// - Parameters:
    ///   - uids: which; those that are gone are passed over.
    ///   - name: the mailbox.
    ///   - body: what is to be known of a message.
    /// - Returns: by UID the message's file, and what `body` made of it.
    /// - Throws: ``MailStoreError``: `.noMailbox`, `.unusable`; what `body` throws.
    package func map<Value: Sendable>(
        _ uids: [UInt32], in name: String,
        _ body: @escaping @Sendable (UnsafeBufferPointer<UInt8>) throws -> Value
    ) async throws -> [UInt32: (file: MessageFile, value: Value)] {
        var paths = known(uids, name)
        if paths.count < uids.count, let first = uids.first(where: { uid in !paths.contains { $0.uid == uid } }) {
            // That tells about those behind it, too.
            _ = try? await open(first, in: name)
            paths = known(uids, name)
        }
        var found = try await Self.blocking { [paths] in
            try Self.mapNow(paths, body)
        }
        for uid in uids where found[uid] == nil {
            // It has been renamed, or lies far from the others.
            do {
                let file = try await open(uid, in: name)
                found[uid] = (file, try await file.map(body))
            } catch let error as MailStoreError where error.code == .noMessage {
                continue
            }
        }
        return found
    }

    /// As ``map(_:in:_:)``, where nothing has happened to the mailbox: one change of threads for both.
    ///
    /// - Parameters:
    ///   - uids: which, the one that matters first.
    ///   - name: the mailbox.
    ///   - modification: of the last look.
    ///   - body: what is to be known of a message.
    /// - Returns: nil where something has happened since, or may have, or the first message is not where it was; else those
    ///   messages that are.
    package func mapUnchanged<Value: Sendable>(
        _ uids: [UInt32], in name: String, since modification: Int,
        _ body: @escaping @Sendable (UnsafeBufferPointer<UInt8>) throws -> Value
    ) async throws -> [UInt32: (file: MessageFile, value: Value)]? {
        let paths = known(uids, name)
        guard let first = uids.first, paths.first?.uid == first, let last = looks.withLock({ $0[name] }),
            last.modification == modification
        else { return nil }
        return try await Self.blocking { [self] in
            guard try lookNow(at: name).stamp == last.stamp else { return nil }
            let found = try Self.mapNow(paths, body)
            return found[first] == nil ? nil : found
        }
    }

    private func known(_ uids: [UInt32], _ name: String) -> [(uid: UInt32, path: String)] {
        places.withLock { places in uids.compactMap { uid in places.path(uid, in: name).map { (uid, $0) } } }
    }

    private static func mapNow<Value>(
        _ paths: [(uid: UInt32, path: String)], _ body: (UnsafeBufferPointer<UInt8>) throws -> Value
    ) throws -> [UInt32: (file: MessageFile, value: Value)] {
        var found: [UInt32: (file: MessageFile, value: Value)] = [:]
        for (uid, path) in paths {
            guard let file = try MessageFile(path: path) else { continue }
            found[uid] = (file, try file.mapNow(body))
        }
        return found
    }

    // MARK: Whether anything has happened

    /// As ``MailboxIndex/timeResolution``, of the file systems that an index can be on: those that memory can share.
    private static let indexTimeResolution = 0.1

    /// Looks at the times of a few files, which cost less than the index.
    ///
    /// - Returns: how the mailbox looks, to be kept with what the index says afterwards; and all that there is to say when
    ///   it has not changed since `modification`.
    func look(at name: String, since modification: Int) async throws -> (MailboxLook, MailboxChanges?) {
        let look = try await Self.blocking { [self] in try lookNow(at: name) }
        guard let last = looks.withLock({ $0[name] }), last.stamp == look.stamp, last.modification == modification
        else { return (look, nil) }
        return (
            look,
            MailboxChanges(uidValidity: last.uidValidity, uidNext: last.uidNext, modification: modification)
        )
    }

    private func lookNow(at name: String) throws -> MailboxLook {
        var stamp: [FileFacts.Moment?] = []
        var isSettled = true
        let now = FileFacts.Moment.now
        let folder = try index.maildir(name).path
        for (path, resolution) in [
            (folder + "/new", MailboxIndex.timeResolution), (folder + "/cur", MailboxIndex.timeResolution),
            (root + "/index.sqlite", Self.indexTimeResolution), (root + "/index.sqlite-wal", Self.indexTimeResolution),
        ] {
            let facts = FileFacts(path: path)
            stamp.append(facts?.modified)
            if let facts { isSettled = isSettled && now.seconds(since: facts.modified) > resolution }
        }
        return MailboxLook(stamp: stamp, isSettled: isSettled)
    }

    func keep(_ look: MailboxLook, of name: String, _ changes: MailboxChanges) {
        looks.withLock { looks in
            guard look.isSettled else {
                looks[name] = nil
                return
            }
            if looks.count >= 64 { looks = [:] }
            var look = look
            (look.uidValidity, look.uidNext) = (changes.uidValidity, changes.uidNext)
            look.modification = changes.modification
            looks[name] = look
        }
    }
}

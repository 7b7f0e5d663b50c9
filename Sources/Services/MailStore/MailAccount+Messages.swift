internal import Foundation
internal import GRDB
internal import Synchronization

/// Reading messages, and what clients do with them.
extension MailAccount {
    /// A mailbox as it is now.
    ///
    /// - Parameters:
    ///   - name: the mailbox.
    ///   - claimsRecent: whether messages that no session was told of are this one's, and no longer new to others.
    /// - Throws: ``MailStoreError`` with `.noMailbox`.
    package func snapshot(of name: String, claimsRecent: Bool = false) async throws -> MailboxSnapshot {
        try await write { [index, self] database in
            var mailbox = try index.mailbox(name, database)
            places.withLock { $0.note(mailbox) }
            let recent = claimsRecent ? try Self.claim(&mailbox, index, database) : []
            let messages = try index.messages(mailbox, database).map {
                $0.stored(isRecent: $0.isRecent || recent.contains($0.uid))
            }
            return MailboxSnapshot(
                uidValidity: mailbox.uidValidity, uidNext: mailbox.uidNext, modification: mailbox.modification,
                messages: messages)
        }
    }

    /// What has happened to a mailbox since a session's last look.
    ///
    /// - Parameters:
    ///   - name: the mailbox.
    ///   - modification: the modification sequence of that look.
    ///   - claimsRecent: as of ``snapshot(of:claimsRecent:)``.
    /// - Throws: ``MailStoreError`` with `.noMailbox`.
    package func changes(
        in name: String, since modification: Int, claimsRecent: Bool = false
    ) async throws -> MailboxChanges {
        let (look, unchanged) = try await look(at: name, since: modification)
        if let unchanged { return unchanged }
        let changes = try await write { [index] database in
            var mailbox = try index.mailbox(name, database)
            var changes = MailboxChanges(mailbox)
            // Whoever has seen all that there is has claimed what was new.
            guard mailbox.modification > modification else { return changes }
            let recent = claimsRecent ? try Self.claim(&mailbox, index, database) : []
            changes.modification = mailbox.modification
            if mailbox.modification - modification > MailboxIndex.remembered {
                changes.present = try UInt32.fetchSet(
                    database, sql: "SELECT uid FROM message WHERE mailbox = ?", arguments: [mailbox.id])
            } else {
                changes.expunged = try UInt32.fetchAll(
                    database, sql: "SELECT uid FROM expunged WHERE mailbox = ? AND modification > ? ORDER BY uid",
                    arguments: [mailbox.id, modification])
            }
            changes.messages = try index.messages(mailbox, database, changedSince: modification).map {
                $0.stored(isRecent: $0.isRecent || recent.contains($0.uid))
            }
            return changes
        }
        keep(look, of: name, changes)
        return changes
    }

    /// Makes of messages that are new to every session some that one was told of, and files of `new` ones of `cur`.
    ///
    /// - Returns: their UIDs.
    private static func claim(
        _ mailbox: inout MailboxIndex.Mailbox, _ index: MailboxIndex, _ database: Database
    ) throws -> Set<UInt32> {
        let new = try index.newMessages(mailbox, database)
        guard !new.isEmpty else { return [] }
        let maildir = try index.maildir(mailbox.name)
        if new.contains(where: \.isNew) { _ = try index.nextModification(&mailbox, database) }
        var claimed: Set<UInt32> = []
        for message in new {
            if message.isNew {
                let target = maildir.path(of: message.base, message.flags.system, isNew: false)
                guard Maildir.move(maildir.path(of: message.base, [], isNew: true), to: target) else { continue }
            }
            try index.write(message.flags, of: message.uid, in: mailbox, database)
            claimed.insert(message.uid)
        }
        return claimed
    }

    /// Changes the flags of messages; of all of them, or of none.
    ///
    /// - Returns: those that there still are, as they are now.
    /// - Throws: ``MailStoreError``: `.noMailbox`; `.limit` for more keywords than there may be.
    package func setFlags(
        of uids: [UInt32], in name: String, _ change: FlagChange, _ flags: MessageFlags
    ) async throws -> [StoredMessage] {
        if change != .remove { try flags.checkKeywords() }
        let changed = try await write { [index, self] database in
            var mailbox = try index.mailbox(name, database)
            let maildir = try index.maildir(name)
            var messages = try uids.compactMap { try index.message($0, in: mailbox, database) }
            let next = messages.map { $0.flags.changed(change, flags) }
            if change != .remove, zip(messages, next).contains(where: { $0.flags.keywords != $1.keywords }) {
                for flags in next { try flags.checkKeywords() }
                try flags.checkRoom(in: mailbox, database)
            }
            var changed: [StoredMessage] = []
            var modification: Int?
            for place in messages.indices {
                let (message, next) = (messages[place], next[place])
                if next != message.flags {
                    if modification == nil { modification = try index.nextModification(&mailbox, database) }
                    let source = maildir.path(of: message.base, message.flags.system, isNew: message.isNew)
                    // Flags have no place in the names of new messages.
                    let target = maildir.path(of: message.base, next.system, isNew: false)
                    if source != target, !Maildir.move(source, to: target) {
                        if errno == ENOENT { continue }
                        throw MailStoreError(errno: errno, "the flags cannot be changed")
                    }
                    try index.write(next, of: message.uid, in: mailbox, database)
                    places.withLock { $0.forget(message.uid, in: name) }
                    messages[place].flags = next
                    messages[place].modification = mailbox.modification
                }
                changed.append(messages[place].stored(isRecent: false))
            }
            return changed
        }
        tellObservers()
        return changed
    }

    /// Removes messages for good.
    ///
    /// - Parameters:
    ///   - name: the mailbox.
    ///   - uids: nil for all that are flagged as deleted; else only those of them that are.
    ///   - force: whether flags make no difference.
    /// - Returns: the UIDs of those that are gone.
    /// - Throws: ``MailStoreError`` with `.noMailbox`.
    package func expunge(_ name: String, uids: [UInt32]? = nil, force: Bool = false) async throws -> [UInt32] {
        let expunged = try await write { [index] database in
            var mailbox = try index.mailbox(name, database)
            let maildir = try index.maildir(name)
            let wanted = uids.map(Set.init)
            let gone = try index.messages(mailbox, database).filter {
                (force || $0.flags.system.contains(.deleted)) && (wanted?.contains($0.uid) ?? true)
            }
            guard !gone.isEmpty else { return [UInt32]() }
            _ = try index.nextModification(&mailbox, database)
            for message in gone {
                let path = maildir.path(of: message.base, message.flags.system, isNew: message.isNew)
                guard unlink(path) == 0 || errno == ENOENT else {
                    throw MailStoreError(errno: errno, "a message cannot be removed")
                }
                try index.delete(message.uid, in: mailbox, database)
            }
            return gone.map(\.uid)
        }
        if !expunged.isEmpty { tellObservers() }
        return expunged
    }

    /// Puts the same messages, with their flags and dates, into another mailbox; all of them, or none. Keywords that the other
    /// mailbox has no room for are left out.
    ///
    /// - Parameters:
    ///   - uids: which.
    ///   - name: where they are.
    ///   - target: where they go.
    ///   - needsAll: whether one that is gone is an error; else it is passed over.
    /// - Throws: ``MailStoreError``: `.noMailbox`, `.noMessage`.
    package func copy(
        _ uids: [UInt32], from name: String, to target: String, needsAll: Bool = false
    ) async throws -> CopiedMessages {
        try await transfer(uids, from: name, to: target, isMove: false, needsAll: needsAll)
    }

    /// The same, and removes them here.
    package func move(
        _ uids: [UInt32], from name: String, to target: String, needsAll: Bool = false
    ) async throws -> CopiedMessages {
        try await transfer(uids, from: name, to: target, isMove: true, needsAll: needsAll)
    }

    private func transfer(
        _ uids: [UInt32], from name: String, to target: String, isMove: Bool, needsAll: Bool
    ) async throws -> CopiedMessages {
        @Sendable func passOver() throws {
            if needsAll { throw MailStoreError(.noMessage, "some of the messages are gone") }
        }
        let copied = try await write { [index, names] database in
            var source = try index.mailbox(name, database)
            var destination = try index.mailbox(target, database)
            let (from, to) = (try index.maildir(name), try index.maildir(target))
            var made: [(message: MailboxIndex.Message, base: String, path: String)] = []
            do {
                for uid in uids {
                    guard let message = try index.message(uid, in: source, database) else {
                        try passOver()
                        continue
                    }
                    let base = names.next(size: message.size)
                    let path = to.path(of: base, message.flags.system, isNew: false)
                    let old = from.path(of: message.base, message.flags.system, isNew: message.isNew)
                    guard link(old, path) == 0 else {
                        guard errno == ENOENT else {
                            throw MailStoreError(errno: errno, "a message cannot be copied")
                        }
                        try passOver()
                        continue
                    }
                    made.append((message, base, path))
                }
                try to.synchronize("cur")
            } catch {
                for copy in made { unlink(copy.path) }
                throw error
            }
            destination = try index.reread(target, database)
            if name == target { source = destination }
            var copied = CopiedMessages(uidValidity: destination.uidValidity, pairs: [])
            var room: KeywordRoom?
            for (message, base, _) in made {
                guard let uid = try index.uid(of: base, in: destination, database) else { continue }
                var flags = message.flags
                if !flags.keywords.isEmpty {
                    var space = try room ?? KeywordRoom(destination, database)
                    // Rather no keyword than no copy.
                    flags.keywords.removeAll { !space.take($0) }
                    room = space
                }
                try index.write(flags, of: uid, in: destination, isRecent: true, database)
                if isMove {
                    try SummaryIndex(index).move(message.uid, in: source, to: uid, in: destination, database)
                }
                copied.pairs.append((message.uid, uid))
            }
            guard isMove, !made.isEmpty else { return copied }
            _ = try index.nextModification(&source, database)
            for (message, _, _) in made {
                unlink(from.path(of: message.base, message.flags.system, isNew: message.isNew))
                try index.delete(message.uid, in: source, database)
            }
            return copied
        }
        tellObservers()
        return copied
    }

    /// Adds a message that a client brings.
    ///
    /// - Parameters:
    ///   - spool: the message, on disk and in a folder of the same file system; it is used up.
    ///   - name: the mailbox.
    ///   - flags: of the message.
    ///   - internalDate: in seconds since 1970; nil for now.
    /// - Returns: the mailbox's UIDVALIDITY and the message's UID.
    /// - Throws: ``MailStoreError``: `.noMailbox`; `.limit` for more keywords than there may be.
    package func append(
        _ spool: SpooledMessage, to name: String, flags: MessageFlags = MessageFlags(), internalDate: Int? = nil
    ) async throws -> (uidValidity: UInt32, uid: UInt32) {
        try flags.checkKeywords()
        let appended = try await write { [index, names] database in
            try flags.checkRoom(in: try index.mailbox(name, database), database)
            let maildir = try index.maildir(name)
            let base = names.next(size: spool.size)
            if let internalDate { spool.setDate(internalDate) }
            guard Maildir.move(spool.path, to: maildir.path(of: base, flags.system, isNew: false)) else {
                throw MailStoreError(errno: errno, "the message cannot be stored")
            }
            try maildir.synchronize("cur")
            let mailbox = try index.reread(name, database)
            guard let uid = try index.uid(of: base, in: mailbox, database) else {
                throw MailStoreError(.noMessage, "the message is gone")
            }
            try index.write(flags, of: uid, in: mailbox, isRecent: true, database)
            return (mailbox.uidValidity, uid)
        }
        tellObservers()
        return appended
    }
}

extension MailboxChanges {
    /// None, up to now.
    fileprivate init(_ mailbox: MailboxIndex.Mailbox) {
        self.init(uidValidity: mailbox.uidValidity, uidNext: mailbox.uidNext, modification: mailbox.modification)
    }
}

extension MailboxIndex {
    /// The row of a mailbox after its folder was certainly read again.
    func reread(_ name: String, _ database: Database) throws -> Mailbox {
        try database.execute(sql: "UPDATE mailbox SET version = '' WHERE name = ?", arguments: [name])
        return try mailbox(name, database)
    }

    func uid(of base: String, in mailbox: Mailbox, _ database: Database) throws -> UInt32? {
        try UInt32.fetchOne(
            database, sql: "SELECT uid FROM message WHERE mailbox = ? AND base = ?", arguments: [mailbox.id, base])
    }
}

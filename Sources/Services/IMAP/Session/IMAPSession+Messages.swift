internal import MailStore

/// What is done with the messages of the selected mailbox (RFC 9051 §6.4).
extension IMAPSession {
    mutating func onMessages(_ tag: String, _ command: IMAPCommand) async throws {
        switch command {
        // What is told is what is so now; numbers stay.
        case .search: try await tellNews(expunged: false)
        default: break
        }
        var read: [UInt32: ReadMessage]?
        if case .fetch(let set, let items, let uid) = command {
            read = try await readUnchanged(set, items, uid: uid)
            if read == nil { try await tellNews(expunged: false) }
        } else {
            (ahead, lastFetched) = (nil, nil)
        }
        guard let account, let view else { return }
        switch command {
        case .close:
            if !view.isReadOnly { _ = try await account.expunge(view.name) }
            self.view = nil
            ok(tag, "Closed.")
        case .unselect:
            self.view = nil
            ok(tag, "Closed.")
        case .expunge(let set):
            guard !view.isReadOnly else { return refuseReadOnly(tag) }
            let uids = set.map { view.indices($0, uid: true, saved: saved) ?? [] }.map {
                $0.map { view.messages[$0].uid }
            }
            _ = try await account.expunge(view.name, uids: uids)
            try await tellNews()
            ok(tag, "Expunged.")
        case .search(let request, let uid): try await search(tag, request, uid: uid)
        case .fetch(let set, let items, let uid):
            guard let indices = find(set, uid, tag) else { return }
            let isWhole = try await fetch(indices, items, uid: uid, read: read ?? [:])
            // What has happened meanwhile is told with the next command.
            if uid { try await tellExpunged() }
            guard uid || isWhole else { return refuseExpunged(tag) }
            ok(tag, "Fetched.")
        case .store(let set, let request, let uid):
            guard let indices = find(set, uid, tag) else { return }
            guard !view.isReadOnly else { return refuseReadOnly(tag) }
            let isWhole = try await store(indices, request, uid: uid)
            try await tellNews(expunged: uid)
            guard uid || isWhole else { return refuseExpunged(tag) }
            ok(tag, "Stored.")
        case .copy(let set, let target, let uid):
            guard let indices = find(set, uid, tag) else { return }
            let copied = try await account.copy(
                indices.map { view.messages[$0].uid }, from: view.name, to: target, needsAll: !uid)
            try await tellNews()
            ok(tag, Self.copyCode(copied) + "Copied.")
        case .move(let set, let target, let uid):
            guard let indices = find(set, uid, tag) else { return }
            guard !view.isReadOnly else { return refuseReadOnly(tag) }
            let moved = try await account.move(
                indices.map { view.messages[$0].uid }, from: view.name, to: target, needsAll: !uid)
            // Before the messages go, so that the client knows what became of them (RFC 6851 §4.3).
            if !moved.pairs.isEmpty { untagged("OK \(Self.copyCode(moved))Moved.") }
            try await tellNews()
            ok(tag, "Moved.")
        default: break
        }
    }

    /// Indices of the messages that a command is about; tells the client when there is none of such a number.
    private mutating func find(_ set: NumberSet, _ uid: Bool, _ tag: String) -> [Int]? {
        guard let indices = view?.indices(set, uid: uid, saved: saved) else {
            tagged(tag, "BAD There is no message of that number.")
            return nil
        }
        return indices
    }

    private mutating func refuseReadOnly(_ tag: String) {
        tagged(tag, "NO [READ-ONLY] The mailbox is open for reading only.")
    }

    /// Numbers stand for messages until the client is told that they are gone; those of some are no longer there (RFC 2180
    /// §4, RFC 5530). A UID without a message is no error.
    private mutating func refuseExpunged(_ tag: String) {
        tagged(tag, "NO [EXPUNGEISSUED] Some of the messages are gone.")
    }

    /// `[COPYUID …]` (RFC 4315 §3); nothing where nothing was copied.
    private static func copyCode(_ copied: CopiedMessages) -> String {
        guard !copied.pairs.isEmpty else { return "" }
        let source = NumberSet.text(copied.pairs.map(\.source))
        let destination = NumberSet.text(copied.pairs.map(\.destination))
        return "[COPYUID \(copied.uidValidity) \(source) \(destination)] "
    }

    /// - Returns: whether all of the messages were there.
    private mutating func store(_ indices: [Int], _ request: StoreRequest, uid: Bool) async throws -> Bool {
        guard let account, let view else { return true }
        let change: FlagChange =
            switch request.action {
            case .replace: .replace
            case .add: .add
            case .remove: .remove
            }
        let changed = try await account.setFlags(
            of: indices.map { view.messages[$0].uid }, in: view.name, change, MessageFlags(names: request.flags))
        for message in changed { self.view?.note(message.flags, of: message.uid) }
        let present = Set(changed.map(\.uid))
        for index in indices where !request.isSilent && present.contains(view.messages[index].uid) {
            writeFlags(number: index + 1, withUID: uid)
            try await flushIfLarge()
        }
        return indices.allSatisfy { present.contains(view.messages[$0].uid) }
    }
}

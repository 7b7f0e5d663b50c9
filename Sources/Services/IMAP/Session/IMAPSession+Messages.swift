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

    // MARK: Searching

    private mutating func search(_ tag: String, _ request: SearchRequest, uid: Bool) async throws {
        guard let account, let view else { return }
        if let charset = request.charset, charset != "UTF-8", charset != "US-ASCII" {
            return tagged(tag, "NO [BADCHARSET (UTF-8 US-ASCII)] Write it in UTF-8.")
        }
        let matcher = SearchMatcher(
            key: request.key, lastNumber: UInt32(view.messages.count), lastUID: view.lastUID, saved: saved)
        var found: [Int] = []
        for (index, message) in view.messages.enumerated() where !view.isGone(message.uid) {
            let candidate = SearchMatcher.Message(number: UInt32(index + 1), stored: message)
            if let isMatch = matcher.matches(candidate) {
                if isMatch { found.append(index) }
                continue
            }
            // Gone meanwhile: it cannot be found.
            guard let file = try? await account.open(message.uid, in: view.name) else { continue }
            if try await file.map({ matcher.matches(candidate, $0) }) { found.append(index) }
        }
        let numbers = found.map { uid ? view.messages[$0].uid : UInt32($0 + 1) }
        let results = request.results ?? (isRevision2 ? [.all] : nil)
        if let results {
            if results.contains(.save) {
                // What is saved is what is returned, where that is less (RFC 5182 §2.1).
                var uids = found.map { view.messages[$0].uid }
                if !results.contains(.all), !results.contains(.count) {
                    uids =
                        [results.contains(.min) ? uids.first : nil, results.contains(.max) ? uids.last : nil]
                        .compactMap { $0 } + (results == [.save] ? uids : [])
                }
                saved = NumberSet.merged(uids.map { $0...$0 })
            }
            writeESearch(tag, results, numbers, uid: uid)
        } else {
            output.text("* SEARCH")
            for number in numbers { output.text(" \(number)") }
            output.endLine()
        }
        try await tellNews(expunged: uid)
        ok(tag, "Searched.")
    }

    /// `ESEARCH` (RFC 4731 §3.1).
    private mutating func writeESearch(
        _ tag: String, _ results: Set<SearchRequest.Result>, _ numbers: [UInt32], uid: Bool
    ) {
        guard results != [.save] else { return }
        output.text("* ESEARCH (TAG ")
        output.string(tag)
        output.text(")\(uid ? " UID" : "")")
        if let first = numbers.first, let last = numbers.last {
            if results.contains(.min) { output.text(" MIN \(first)") }
            if results.contains(.max) { output.text(" MAX \(last)") }
            if results.contains(.all) { output.text(" ALL \(NumberSet.text(numbers))") }
        }
        if results.contains(.count) { output.text(" COUNT \(numbers.count)") }
        output.endLine()
    }
}

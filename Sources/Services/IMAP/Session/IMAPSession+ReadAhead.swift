internal import MailStore
internal import NIOCore

/// A message's file, where parts of it are still to be read, and what was asked for of it.
struct ReadMessage: Sendable {
    var file: MessageFile?
    var answers: [[IMAPSession.Piece]]

    init(_ file: MessageFile, _ answers: [[IMAPSession.Piece]]) {
        let needsFile = answers.contains { $0.contains { if case .range = $0 { true } else { false } } }
        // Nothing stays open for what has been read already.
        self.file = needsFile ? file : nil
        self.answers = answers
    }
}

/// Answers for a client that fetches one message after the other, command by command: those to the next commands are read
/// together with the first, by one change of threads, and hold for a moment.
struct FetchAhead: Sendable {
    /// How long nothing that another process does is looked for.
    static let lifetime = TimeAmount.milliseconds(20)

    var items: [FetchItem]
    var modification: Int
    /// Of what this process does.
    var changeCount: Int
    var time: NIODeadline
    var messages: [UInt32: ReadMessage]
}

extension IMAPSession {
    /// Reads what a `FETCH` of a few messages needs of their files, if nothing has happened to the mailbox; nil if it may
    /// have, or there is more to be read than is read together.
    mutating func readUnchanged(
        _ set: NumberSet, _ items: [FetchItem], uid: Bool
    ) async throws -> [UInt32: ReadMessage]? {
        let fromFile = items.filter { $0.needsFile }
        guard !fromFile.isEmpty, let account, let view, let indices = view.indices(set, uid: uid, saved: saved),
            let first = indices.first, readTogether(indices[...]).count == indices.count
        else { return nil }
        let isInARow = indices.count == 1 && lastFetched.map { $0.index == first - 1 && $0.items == fromFile } ?? false
        lastFetched = (first, fromFile)
        let uids = indices.map { view.messages[$0].uid }
        if isInARow, let message = takeAhead(uids[0], fromFile, account, view) { return [uids[0]: message] }
        let time = NIODeadline.now()
        let changeCount = account.changeCount
        let together =
            isInARow ? Array(readTogether(Array(first..<min(first + 16, view.messages.count))[...])) : indices
        let read = try await account.mapUnchanged(
            together.map { view.messages[$0].uid }, in: view.name, since: view.modification,
            Self.answers(fromFile, usesUTF8: isRevision2)
        )?.mapValues { ReadMessage($0.file, $0.value) }
        ahead = nil
        guard let read, uids.allSatisfy({ read[$0] != nil }) else { return nil }
        if isInARow {
            let others = read.filter { $0.key != uids[0] && $0.value.file == nil }
            ahead = FetchAhead(
                items: fromFile, modification: view.modification, changeCount: changeCount, time: time,
                messages: others)
        }
        return read.filter { uids.contains($0.key) }
    }

    /// The answers of a message that were read ahead, if they still hold.
    private mutating func takeAhead(
        _ uid: UInt32, _ items: [FetchItem], _ account: MailAccount, _ view: MailboxView
    ) -> ReadMessage? {
        guard let found = ahead, found.items == items, found.modification == view.modification,
            found.changeCount == account.changeCount, NIODeadline.now() < found.time + FetchAhead.lifetime
        else { return nil }
        return ahead?.messages.removeValue(forKey: uid)
    }
}

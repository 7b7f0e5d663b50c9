internal import MailStore

/// A mailbox as one session knows it: which message has which number. Numbers only change when the session tells its client
/// so, whatever happens to the mailbox meanwhile (RFC 9051 §5.5 and §7.5.1).
struct MailboxView: Sendable {
    private(set) var name: String
    let isReadOnly: Bool
    /// 0 where the next look is to tell it.
    private(set) var uidValidity: UInt32
    private(set) var uidNext: UInt32
    private(set) var modification: Int
    /// By number, from 1, and by ascending UID.
    private(set) var messages: [StoredMessage]
    /// What is gone and the client has not been told of.
    private var gone: Set<UInt32> = []

    /// What a client is told of changes.
    enum News: Sendable, Hashable {
        case expunged(number: Int)
        /// So many messages are there now.
        case exists(Int)
        case recent(Int)
        case flags(number: Int)
    }

    init(_ name: String, isReadOnly: Bool, _ snapshot: MailboxSnapshot) {
        self.name = name
        self.isReadOnly = isReadOnly
        uidValidity = snapshot.uidValidity
        uidNext = snapshot.uidNext
        modification = snapshot.modification
        messages = snapshot.messages
    }

    var lastUID: UInt32 { messages.last?.uid ?? 0 }

    /// Whether there is something that is gone and the client has not been told of.
    var hasGone: Bool { !gone.isEmpty }
    func isGone(_ uid: UInt32) -> Bool { gone.contains(uid) }

    /// Whether changes are those of this mailbox, not of a later one of the same name.
    func isSame(_ changes: MailboxChanges) -> Bool { uidValidity == 0 || uidValidity == changes.uidValidity }

    /// Takes in what has happened to the mailbox.
    ///
    /// - Parameters:
    ///   - changes: since ``modification``.
    ///   - tellsExpunged: whether numbers may change now.
    /// - Returns: what the client is to be told, in this order.
    mutating func take(_ changes: MailboxChanges, tellsExpunged: Bool) -> [News] {
        uidValidity = changes.uidValidity
        modification = changes.modification
        uidNext = changes.uidNext
        gone.formUnion(changes.expunged.filter { index(of: $0) != nil })
        if let present = changes.present { gone.formUnion(messages.lazy.map(\.uid).filter { !present.contains($0) }) }
        var news: [News] = []
        if tellsExpunged, !gone.isEmpty {
            // From the end, so that no number changes before it is told.
            for index in messages.indices.reversed() where gone.contains(messages[index].uid) {
                news.append(.expunged(number: index + 1))
                messages.remove(at: index)
            }
            gone = []
        }
        var arrived = false
        for message in changes.messages {
            if let index = index(of: message.uid) {
                guard messages[index].flags != message.flags else { continue }
                messages[index].flags = message.flags
                news.append(.flags(number: index + 1))
            } else if message.uid > lastUID {
                messages.append(message)
                arrived = true
            }
        }
        if arrived {
            news.append(.exists(messages.count))
            news.append(.recent(recentCount))
        }
        return news
    }

    var recentCount: Int { messages.lazy.filter(\.isRecent).count }

    /// A mailbox has been renamed: this one, perhaps, or one that it lies below. Of the inbox only the messages go.
    mutating func follow(from old: String, to new: String) {
        guard old != "INBOX", name == old || name.hasPrefix(old + "/") else { return }
        name = new + name.dropFirst(old.count)
        // What is renamed gets another one, but its messages keep their UIDs.
        uidValidity = 0
    }

    /// The client knows these flags of a message: it has just set them itself.
    mutating func note(_ flags: MessageFlags, of uid: UInt32) {
        if let index = index(of: uid) { messages[index].flags = flags }
    }

    func index(of uid: UInt32) -> Int? {
        var (low, high) = (0, messages.count)
        while low < high {
            let middle = (low + high) / 2
            if messages[middle].uid < uid { low = middle + 1 } else { high = middle }
        }
        return low < messages.count && messages[low].uid == uid ? low : nil
    }

    /// Indices of the messages that a set names.
    ///
    /// - Parameters:
    ///   - set: of numbers, or of UIDs.
    ///   - uid: which of both.
    ///   - saved: the UIDs that `$` stands for.
    /// - Returns: ascending; nil when it names a number that no message has.
    func indices(_ set: NumberSet, uid: Bool, saved: [ClosedRange<UInt32>]) -> [Int]? {
        if set.isSaved { return indices(uids: saved) }
        if uid { return indices(uids: set.ranges(last: lastUID)) }
        let ranges = set.ranges(last: UInt32(messages.count))
        guard let last = ranges.last?.upperBound, last <= messages.count else { return nil }
        return ranges.flatMap { Int($0.lowerBound) - 1...Int($0.upperBound) - 1 }
    }

    private func indices(uids ranges: [ClosedRange<UInt32>]) -> [Int] {
        messages.indices.filter { index in ranges.contains { $0.contains(messages[index].uid) } }
    }
}

internal import Crypto
internal import HTTPTypes

/// What became of a form on which a message was written.
enum FormOutcome: Sendable {
    /// It was done: where to go from here, and whether the message is under way.
    case done(location: String, isSent: Bool)
    /// Nothing was done: its page again, with what was typed.
    case failed(ComposePage, WebmailError)
}

/// Forms that a session has taken, each with the number that its page gave it, so that what is sent twice is done once.
///
/// A second one with the same number that holds the same waits for what becomes of the first and goes where that went.
struct TakenForms: Sendable {
    /// Those that are remembered: the last ones.
    static let capacity = 100

    struct Entry: Sendable {
        let number: String
        let digest: SHA256Digest
        /// The draft that was in place of the message until then.
        let draft: UInt32?
        let outcome: Task<FormOutcome, Never>
    }

    private var entries: [Entry] = []

    /// The same form, else the last one from the same page.
    func entry(_ number: String, _ digest: SHA256Digest) -> Entry? {
        entries.last { $0.number == number && $0.digest == digest } ?? entries.last { $0.number == number }
    }

    /// The form that took the place of a draft.
    func entry(draft: UInt32) -> Entry? { entries.last { $0.draft == draft } }

    mutating func append(_ entry: Entry) {
        if entries.count >= Self.capacity { entries.removeFirst() }
        entries.append(entry)
    }

    /// Forgets a form of which nothing became.
    mutating func remove(_ number: String, _ digest: SHA256Digest) {
        entries.removeAll { $0.number == number && $0.digest == digest }
    }
}

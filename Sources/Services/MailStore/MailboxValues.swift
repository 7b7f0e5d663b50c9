/// A mailbox of an account.
package struct MailboxInfo: Sendable, Hashable {
    /// With `/` between levels; `INBOX` for where mail arrives.
    package var name: String
    /// What the mailbox is for (RFC 6154); nil for nothing special.
    package var use: SpecialUse?
    package var isSubscribed: Bool
}

/// A message as the index knows it.
package struct StoredMessage: Sendable, Hashable {
    /// Unique in the mailbox, and above that of all earlier ones.
    package var uid: UInt32
    /// Octets.
    package var size: Int
    /// When it arrived, in seconds since 1970.
    package var internalDate: Int
    package var flags: MessageFlags
    /// Whether the session that is told is the first one.
    package var isRecent: Bool
    /// The mailbox's modification sequence when it came or last changed.
    package var modification: Int
}

/// A mailbox at one moment.
package struct MailboxSnapshot: Sendable, Hashable {
    /// UIDs mean the same as long as this stays.
    package var uidValidity: UInt32
    /// What the next message's UID will not be below.
    package var uidNext: UInt32
    /// Grows with each change.
    package var modification: Int
    /// By ascending UID.
    package var messages: [StoredMessage]
}

/// What happened to a mailbox since a moment.
package struct MailboxChanges: Sendable, Hashable {
    /// As ``MailboxSnapshot/uidValidity``: where it differs, there is another mailbox of that name.
    package var uidValidity: UInt32
    package var uidNext: UInt32
    package var modification: Int
    /// UIDs of messages that are gone, ascending.
    package var expunged: [UInt32] = []
    /// UIDs of all messages that there are, where the moment is too long ago to know which of them went; nil otherwise.
    package var present: Set<UInt32>?
    /// Messages that came, or whose flags changed, by ascending UID.
    package var messages: [StoredMessage] = []

    package init(
        uidValidity: UInt32, uidNext: UInt32, modification: Int, expunged: [UInt32] = [],
        messages: [StoredMessage] = [],
        present: Set<UInt32>? = nil
    ) {
        self.uidValidity = uidValidity
        self.uidNext = uidNext
        self.modification = modification
        self.expunged = expunged
        self.messages = messages
        self.present = present
    }
}

/// Figures of a mailbox.
package struct MailboxStatus: Sendable, Hashable {
    package var messages: Int
    /// Messages that no session has been told of.
    package var recent: Int
    /// Messages without `\Seen`.
    package var unseen: Int
    /// Messages with `\Deleted`, which the next EXPUNGE removes.
    package var deleted: Int
    package var uidNext: UInt32
    package var uidValidity: UInt32
    /// Octets of all messages.
    package var size: Int
    package var modification: Int
}

/// Where messages went: UIDs before and after, in pairs (RFC 4315).
package struct CopiedMessages: Sendable, Hashable {
    package var uidValidity: UInt32
    package var pairs: [(source: UInt32, destination: UInt32)]

    package static func == (left: Self, right: Self) -> Bool {
        left.uidValidity == right.uidValidity && left.pairs.elementsEqual(right.pairs, by: ==)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(uidValidity)
        for pair in pairs {
            hasher.combine(pair.source)
            hasher.combine(pair.destination)
        }
    }
}

/// How flags change.
package enum FlagChange: Sendable, Hashable { case replace, add, remove }

/// What a list of messages shows of one: fields of its header, decoded.
package struct MessageSummary: Sendable, Hashable {
    /// UID, size, internal date and flags.
    package var message: StoredMessage
    /// The mailbox that it is in.
    package var mailbox: String
    /// The first author's name, else the address; `(no sender)` for what has neither. Never empty.
    package var from: String
    /// The first author's address; empty when there is none.
    package var fromAddress: String
    /// The names, else the addresses, of `To`, with commas between them; empty when there are none. Of many, the first.
    package var to: String
    /// Without line breaks; may be empty.
    package var subject: String
    /// Of the `Date` field, in seconds since 1970; the internal date where that is missing or broken.
    package var date: Int
    /// Without angle brackets; nil when there is none.
    package var messageID: String?
    /// The same for all messages of a conversation, in all mailboxes of the account. It may change when a message comes
    /// that joins two conversations, or when the index was lost.
    package var thread: Int
    /// Whether there are files besides the text and the pictures in it.
    package var hasAttachments: Bool

    package init(
        message: StoredMessage, mailbox: String, from: String, fromAddress: String = "", to: String = "",
        subject: String = "", date: Int, messageID: String? = nil, thread: Int, hasAttachments: Bool = false
    ) {
        self.message = message
        self.mailbox = mailbox
        self.from = from
        self.fromAddress = fromAddress
        self.to = to
        self.subject = subject
        self.date = date
        self.messageID = messageID
        self.thread = thread
        self.hasAttachments = hasAttachments
    }
}

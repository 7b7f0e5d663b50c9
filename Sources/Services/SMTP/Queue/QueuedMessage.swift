package import Foundation
internal import Mail

/// A message that this host is responsible for, and what became of it so far, recipient by recipient.
package struct QueuedMessage: Sendable, Hashable, Codable {
    /// Who is responsible for the message to a recipient. The raw value is what is on disk.
    package enum Status: String, Sendable, Codable {
        /// Nobody else is responsible yet.
        case waiting
        /// In a mailbox here, or with the next host.
        case delivered
        case failed
    }

    /// A recipient, and what became of the message to it.
    package struct Recipient: Sendable, Hashable, Codable {
        package var recipient: EnvelopeRecipient
        package var status = Status.waiting
        /// Attempts that have ended.
        package var attempts = 0
        /// Not before then.
        package var next: Date
        /// What the next host, or this one, said last.
        package var reply: String?
        /// Whether the sender has been told that it takes longer.
        package var isDelayReported = false

        package var domain: String { recipient.address.canonicalDomain }
    }

    /// Tells it apart from all others here: letters and digits.
    package let id: String
    /// When this host took it.
    package let received: Date
    /// Octets of the text.
    package let size: Int
    /// Its recipients are in ``recipients``.
    package let envelope: Envelope
    package var recipients: [Recipient]

    init(id: String, received: Date, size: Int, envelope: Envelope) {
        self.id = id
        self.received = received
        self.size = size
        self.envelope = envelope
        recipients = envelope.recipients.map { Recipient(recipient: $0, next: received) }
    }

    /// The same, to be tried at once.
    package func dueAgain(at now: Date) -> QueuedMessage {
        var message = self
        for index in message.recipients.indices where message.recipients[index].status == .waiting {
            message.recipients[index].next = now
        }
        return message
    }

    /// Whether nobody waits any more: all recipients have it, or never will.
    package var isFinished: Bool { !recipients.contains { $0.status == .waiting } }
}

/// When an attempt follows another.
package struct RetryPolicy: Sendable, Hashable {
    /// After the first attempt; each wait is twice the one before.
    package var firstDelay: TimeInterval = 300
    /// The longest wait.
    package var maximumDelay: TimeInterval = 4 * 3600
    /// The age at which the sender is told that the message is late.
    package var delayNotice: TimeInterval = 4 * 3600
    /// The age at which a message that was tried again is given up (RFC 5321 §4.5.4.1: 4 or 5 days).
    package var lifetime: TimeInterval = 5 * 86400
    /// Connections to one destination at once.
    package var connectionsPerDestination = 4
    /// All connections.
    package var connections = 50
    /// Recipients in one transaction: what every host has to accept (RFC 5321 §4.5.3.1.8).
    package var recipientsPerTransaction = 100

    package init() {}

    /// Seconds from one attempt to the next: with the values above 5, 10, 20, 40, 80, 160 minutes, then 4 hours.
    ///
    /// - Parameter attempts: those that were made, at least one.
    package func delay(after attempts: Int) -> TimeInterval {
        min(maximumDelay, firstDelay * pow(2, Double(min(max(attempts, 1), 40) - 1)))
    }
}

package import Mail

/// What of a delivery a sender wants to hear (RFC 3461 §4.1).
package struct DeliveryNotification: OptionSet, Sendable, Hashable, Codable {
    package let rawValue: Int
    package init(rawValue: Int) { self.rawValue = rawValue }

    package static let success = DeliveryNotification(rawValue: 1)
    package static let failure = DeliveryNotification(rawValue: 2)
    package static let delay = DeliveryNotification(rawValue: 4)
    /// `NEVER`.
    package static let never: DeliveryNotification = []

    /// `NOTIFY`'s value: `NEVER`, or a list of the others. Nil when it is neither.
    init?(parameter: String) {
        self = []
        if parameter.uppercased() == "NEVER" { return }
        for word in parameter.uppercased().split(separator: ",", omittingEmptySubsequences: false) {
            switch word {
            case "SUCCESS": insert(.success)
            case "FAILURE": insert(.failure)
            case "DELAY": insert(.delay)
            default: return nil
            }
        }
    }

    var parameter: String {
        let words = [(Self.success, "SUCCESS"), (.failure, "FAILURE"), (.delay, "DELAY")].filter { contains($0.0) }
        return words.isEmpty ? "NEVER" : words.map(\.1).joined(separator: ",")
    }
}

/// One recipient of a message.
package struct EnvelopeRecipient: Sendable, Hashable, Codable {
    package var address: MailAddress
    /// Nil when the sender did not say: failures and delays are reported then.
    package var notify: DeliveryNotification?
    /// `ORCPT`, as it came: `type;xtext`.
    package var originalRecipient: String?

    package init(
        _ address: MailAddress, notify: DeliveryNotification? = nil, originalRecipient: String? = nil
    ) {
        self.address = address
        self.notify = notify
        self.originalRecipient = originalRecipient
    }
}

/// From whom to whom a message goes, apart from what its header says (RFC 5321 §2.3.1).
package struct Envelope: Sendable, Hashable, Codable {
    /// Nil for the null path: a report, which never causes another.
    package var sender: MailAddress?
    package var recipients: [EnvelopeRecipient] = []
    /// `ENVID`, as it came in xtext.
    package var identifier: String?
    /// `RET`: whether a report brings back all of the message; nil when the sender did not say.
    package var returnsContent: Bool?
    /// Whether the client declared octets above 127 (`BODY=8BITMIME`).
    package var isEightBit = false
    /// Whether header or addresses need SMTPUTF8.
    package var isInternational = false

    package init(sender: MailAddress?, recipients: [EnvelopeRecipient] = []) {
        self.sender = sender
        self.recipients = recipients
    }
}

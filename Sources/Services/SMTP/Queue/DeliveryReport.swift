internal import Foundation
internal import Mail

/// Writes what a sender is told of a message's delivery (RFC 3464).
struct DeliveryReport {
    /// The host that tells it.
    let hostname: String
    let report: DeliverySchedule.Report
    let now: Date
    /// Until when a late message is tried.
    let lifetime: TimeInterval

    /// The report as a message of its own.
    ///
    /// - Parameter original: the message, or its header only.
    func message(original: [UInt8], isWhole: Bool) -> [UInt8] {
        let sender = NamedAddress(name: "Mail delivery", MailAddress("postmaster@\(hostname)") ?? fallbackAddress)
        var composer = MailComposer(
            from: [sender], date: now, messageID: MailComposer.newMessageID(domain: hostname, date: now))
        composer.to = report.message.envelope.sender.map { [NamedAddress($0)] } ?? []
        composer.subject = subject
        // RFC 3834 §5: no automatic answer to this.
        composer.otherFields = [("Auto-Submitted", "auto-replied")]
        composer.content = .report(
            type: "delivery-status", text: text, status: .verbatim("message/delivery-status", Array(status.utf8)),
            original: isWhole ? .message(original) : .verbatim("text/rfc822-headers", original))
        return composer.message()
    }

    /// A host whose name is no domain still has to write from somewhere.
    private var fallbackAddress: MailAddress {
        report.message.envelope.sender ?? report.message.recipients[0].recipient.address
    }

    private var subject: String {
        switch report.kind {
        case .failed: "Your message could not be delivered"
        case .delayed: "Your message is late"
        case .delivered: "Your message was delivered"
        case .relayed: "Your message was passed on"
        }
    }

    private var text: String {
        let introduction =
            switch report.kind {
            case .failed: "Your message could not be delivered to:"
            case .delayed:
                "Your message could not be delivered yet. It is tried again until "
                    + "\(MailDate.format(report.message.received.addingTimeInterval(lifetime))); there is nothing that "
                    + "you have to do. It waits for:"
            case .delivered: "Your message was delivered to:"
            case .relayed: "Your message was passed on to a host that does not report deliveries, for:"
            }
        let recipients = report.recipients.map { index in
            let recipient = report.message.recipients[index]
            return "  <\(recipient.recipient.address)>" + (recipient.reply.map { "\n    \(Self.clean($0))" } ?? "")
        }
        return "This is the mail server at \(hostname).\n\n\(introduction)\n\n\(recipients.joined(separator: "\n"))\n"
    }

    /// `message/delivery-status` (§2.1.1).
    private var status: String {
        var text = "Reporting-MTA: dns; \(hostname)\r\n"
        if let identifier = report.message.envelope.identifier.flatMap(XText.decode) {
            text += "Original-Envelope-Id: \(Self.clean(identifier))\r\n"
        }
        text += "Arrival-Date: \(MailDate.format(report.message.received))\r\n"
        for index in report.recipients {
            let recipient = report.message.recipients[index]
            text += "\r\n"
            if let original = recipient.recipient.originalRecipient {
                let parts = original.split(separator: ";", maxSplits: 1)
                if parts.count == 2, parts[0].lowercased() == "utf-8" {
                    text += "Original-Recipient: utf-8; \(Self.clean(String(parts[1])))\r\n"
                } else if parts.count == 2, let address = XText.decode(String(parts[1])) {
                    text += "Original-Recipient: \(parts[0]); \(Self.clean(address))\r\n"
                }
            }
            let address = recipient.recipient.address
            text += "Final-Recipient: "
            text += address.isInternationalised ? "utf-8; \(Self.escaped("\(address)"))\r\n" : "rfc822; \(address)\r\n"
            text += "Action: \(report.kind.rawValue)\r\nStatus: \(Self.status(recipient.reply, report.kind))\r\n"
            if let reply = recipient.reply { text += "Diagnostic-Code: smtp; \(Self.clean(reply))\r\n" }
            text += "Last-Attempt-Date: \(MailDate.format(now))\r\n"
            if report.kind == .delayed {
                let end = report.message.received.addingTimeInterval(lifetime)
                text += "Will-Retry-Until: \(MailDate.format(end))\r\n"
            }
        }
        return text
    }

    /// The enhanced status code of a reply, or one that says no more than its class.
    static func status(_ reply: String?, _ kind: DeliverySchedule.Report.Kind) -> String {
        let words = (reply ?? "").split(separator: " ").prefix(2)
        if words.count == 2, words[1].split(separator: ".").count == 3, words[1].first == words[0].first,
            words[1].allSatisfy({ $0 == "." || ($0.isASCII && $0.isNumber) })
        {
            return String(words[1])
        }
        return switch (kind, words.first?.first) {
        case (.delivered, _), (.relayed, _): "2.0.0"
        case (.failed, "5"): "5.0.0"
        default: "4.0.0"
        }
    }

    /// An address in ASCII: `utf-8-addr-xtext` (RFC 6533 §3).
    private static func escaped(_ address: String) -> String {
        address.unicodeScalars.map { scalar in
            let isPlain = (0x21...0x7E).contains(scalar.value) && !"+=\\".unicodeScalars.contains(scalar)
            return isPlain ? String(scalar) : "\\x{\(String(scalar.value, radix: 16, uppercase: true))}"
        }.joined()
    }

    /// What others said, as far as it can stand in a line of ASCII.
    private static func clean(_ text: String) -> String {
        String(
            decoding: text.utf8.prefix(400).map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }
}

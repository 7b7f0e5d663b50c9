internal import Accounts
internal import LineProtocol
internal import Mail
package import NIOCore

/// `MAIL`, `RCPT`, `DATA` and `BDAT`.
extension SMTPServerEngine {
    mutating func mail(_ path: EnvelopePath, _ parameters: [SMTPParameter]) -> [SMTPServerAction] {
        guard greeting != nil else { return refuse(SMTPReply(503, "5.5.1", "EHLO first")) }
        guard transaction == nil else { return refuse(SMTPReply(503, "5.5.1", "one message at a time: RSET")) }
        if policy.mode == .submission, account == nil { return refuse(SMTPReply(530, "5.7.0", "log in first")) }
        guard transactions < policy.limits.transactions else {
            return close(SMTPReply(421, "4.7.0", "\(policy.hostname) enough for one connection, come again"))
        }
        var envelope = Envelope(sender: nil)
        if case .mailbox(let sender) = path { envelope.sender = sender }
        for parameter in parameters {
            if let reply = apply(parameter, to: &envelope) { return refuse(reply) }
        }
        if envelope.sender?.isInternationalised == true, !envelope.isInternational {
            return refuse(SMTPReply(553, "5.6.7", "declare SMTPUTF8 for such an address"))
        }
        // From nobody come notifications, such as that a message was displayed (RFC 8098 §3).
        if let account, let sender = envelope.sender, AccountName(sender.description) != account {
            return refuse(SMTPReply(550, "5.7.1", "send from your own address: <\(account)>"))
        }
        transactions += 1
        transaction = Transaction(
            envelope: envelope, decoder: LineDecoder(maximumLength: policy.limits.textLine))
        return [.admit]
    }

    /// Takes whether the sender may send now.
    package mutating func admitted(_ isAdmitted: Bool) -> [SMTPServerAction] {
        guard isAdmitted else {
            transaction = nil
            return [.reply(SMTPReply(450, "4.7.1", "too much mail in so short a time, try again later"))]
        }
        return [.reply(SMTPReply(250, "2.1.0", "sender fine"))]
    }

    /// Takes a parameter of `MAIL`; a reply when it is wrong.
    private func apply(_ parameter: SMTPParameter, to envelope: inout Envelope) -> SMTPReply? {
        let wrong = SMTPReply(501, "5.5.4", "wrong value of \(parameter.keyword)")
        switch (parameter.keyword, parameter.value) {
        case ("SIZE", let value?):
            // RFC 1870 §4: up to 20 digits.
            guard (1...20).contains(value.utf8.count), value.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
                return wrong
            }
            if Int(value) ?? Int.max > policy.limits.message { return MessageText.Refusal.tooLarge.reply }
        case ("BODY", let value?):
            switch value.uppercased() {
            case "7BIT", "8BITMIME": break
            default: return wrong
            }
        case ("SMTPUTF8", nil): envelope.isInternational = true
        case ("RET", let value?):
            switch value.uppercased() {
            case "FULL": envelope.returnsContent = true
            case "HDRS": envelope.returnsContent = false
            default: return wrong
            }
        case ("ENVID", let value?):
            guard value.utf8.count <= 100, XText.decode(value) != nil else { return wrong }
            envelope.identifier = value
        // RFC 4954 §5: somebody vouches for the sender, which changes nothing here.
        case ("AUTH", let value?): if XText.decode(value) == nil { return wrong }
        default: return SMTPReply(555, "5.5.4", "unknown parameter \(parameter.keyword)")
        }
        return nil
    }

    mutating func recipient(_ path: EnvelopePath, _ parameters: [SMTPParameter]) -> [SMTPServerAction] {
        guard let transaction, !transaction.isChunked else { return refuse(SMTPReply(503, "5.5.1", "MAIL first")) }
        let address: MailAddress
        switch path {
        case .mailbox(let mailbox): address = mailbox
        case .postmaster:
            let domain = policy.localDomains.first ?? policy.hostname
            guard let mailbox = MailAddress("postmaster@\(domain)") else { return resolved(.unknown) }
            address = mailbox
        case .null: return refuse(SMTPReply(501, "5.1.3", "a recipient has an address"))
        }
        var recipient = EnvelopeRecipient(address)
        for parameter in parameters {
            switch (parameter.keyword, parameter.value) {
            case ("NOTIFY", let value?):
                guard let notify = DeliveryNotification(parameter: value) else {
                    return refuse(SMTPReply(501, "5.5.4", "wrong value of NOTIFY"))
                }
                recipient.notify = notify
            case ("ORCPT", let value?):
                let parts = value.split(separator: ";", maxSplits: 1)
                guard value.utf8.count <= 500, parts.count == 2,
                    parts[0].utf8.allSatisfy({ $0.isLetterOrDigit || $0 == UInt8(ascii: "-") }),
                    XText.decode(String(parts[1])) != nil
                else { return refuse(SMTPReply(501, "5.5.4", "wrong value of ORCPT")) }
                recipient.originalRecipient = value
            default: return refuse(SMTPReply(555, "5.5.4", "unknown parameter \(parameter.keyword)"))
            }
        }
        if address.isInternationalised, !transaction.envelope.isInternational {
            return refuse(SMTPReply(553, "5.6.7", "declare SMTPUTF8 for such an address"))
        }
        if account == nil, address.routesFurther || !policy.localDomains.contains(address.canonicalDomain) {
            return refuse(SMTPReply(550, "5.7.1", "mail for elsewhere is taken only from those who log in"))
        }
        let isKnown = transaction.envelope.recipients.contains { isSame($0.address, address) }
        if isKnown || transaction.envelope.recipients.count >= policy.limits.recipients {
            guard transaction.surplusRecipients < 10 * policy.limits.recipients else {
                return close(SMTPReply(421, "4.5.3", "\(policy.hostname) too many recipients, closing"))
            }
            self.transaction?.surplusRecipients += 1
            // Who is named twice gets the message once. And too many are no error of the client's: it sends to those that
            // were taken (RFC 5321 §4.5.3.1.10).
            return [
                .reply(
                    isKnown
                        ? SMTPReply(250, "2.1.5", "recipient fine")
                        : SMTPReply(452, "4.5.3", "too many recipients, send the message again to the others"))
            ]
        }
        pendingRecipient = recipient
        return policy.localDomains.contains(address.canonicalDomain) ? [.resolve(address)] : resolved(.known)
    }

    /// Whether two addresses are of one mailbox. Only of our own we know that case makes no difference.
    private func isSame(_ one: MailAddress, _ other: MailAddress) -> Bool {
        if one == other { return true }
        guard policy.localDomains.contains(one.canonicalDomain),
            let name = AccountName(user: one.localPart, domain: one.canonicalDomain)
        else { return false }
        return name == AccountName(user: other.localPart, domain: other.canonicalDomain)
    }

    /// Takes what is known of the recipient that was asked about.
    package mutating func resolved(_ state: SMTPRecipientState) -> [SMTPServerAction] {
        guard let recipient = pendingRecipient else { return [] }
        pendingRecipient = nil
        switch state {
        case .known:
            transaction?.envelope.recipients.append(recipient)
            return [.reply(SMTPReply(250, "2.1.5", "recipient fine"))]
        case .unknown: return refuse(SMTPReply(550, "5.1.1", "no such mailbox here"))
        case .unavailable: return [.reply(SMTPReply(451, "4.3.0", "cannot tell now, try again later"))]
        }
    }

    mutating func data() -> [SMTPServerAction] {
        guard let transaction, !transaction.isChunked else {
            return refuse(SMTPReply(503, "5.5.1", "MAIL and RCPT first, and not after BDAT"))
        }
        guard !transaction.envelope.recipients.isEmpty else {
            return refuse(SMTPReply(554, "5.5.1", "no recipient is valid"))
        }
        pendingChunk = nil
        return [.open]
    }

    /// `BDAT` (RFC 3030): its octets follow whatever is answered, so even a refusal has to pass them over.
    mutating func chunk(_ count: Int, isLast: Bool, now: Duration) -> [SMTPServerAction] {
        textStart = transaction?.text == nil ? now : textStart
        lastText = now
        if transaction == nil || transaction?.envelope.recipients.isEmpty == true {
            let reply = SMTPReply(503, "5.5.1", "MAIL and RCPT first")
            transaction =
                transaction ?? Transaction(envelope: Envelope(sender: nil), decoder: LineDecoder(maximumLength: 2))
            transaction?.refusal = reply
        }
        transaction?.isChunked = true
        state = .chunk(remaining: count, isLast: isLast)
        guard transaction?.text == nil, transaction?.refusal == nil else { return count == 0 ? endChunk(isLast) : [] }
        pendingChunk = (count, isLast)
        return [.open]
    }

    /// Room for the message was made.
    ///
    /// - Parameters:
    ///   - id: the message's name here: atoms of RFC 5322.
    ///   - date: now, as RFC 5322 writes it.
    ///   - now: since the connection was made.
    package mutating func opened(id: String, date: String, now: Duration) -> [SMTPServerAction] {
        guard transaction != nil else { return [.discard] }
        (textStart, lastText) = (now, now)
        let additions =
            policy.mode == .submission
            ? MessageText.Additions(date: "Date: \(date)\r\n", messageID: "Message-ID: <\(id)@\(policy.hostname)>\r\n")
            : nil
        let text = MessageText(trace: trace(id: id, date: date), additions: additions, limits: policy.limits)
        transaction?.text = text
        if let pendingChunk {
            self.pendingChunk = nil
            return pendingChunk.count == 0 ? endChunk(pendingChunk.isLast) : []
        }
        state = .text
        return [.reply(SMTPReply(354, nil, "go on, end with a line of one dot"))]
    }

    /// There is no room.
    package mutating func notOpened(_ reply: SMTPReply) -> [SMTPServerAction] {
        if let pendingChunk {
            self.pendingChunk = nil
            transaction?.refusal = reply
            return pendingChunk.count == 0 ? endChunk(pendingChunk.isLast) : []
        }
        transaction = nil
        return [.reply(reply)]
    }

    /// RFC 5321 §4.4: who gave the message to whom, how and when. Several recipients are not told of each other.
    private func trace(id: String, date: String) -> String {
        let literal = peer.contains(":") ? "IPv6:\(peer)" : peer
        let transaction = transaction?.envelope
        let with =
            (transaction?.isInternational == true ? "UTF8SMTP" : greeting?.isExtended == true ? "ESMTP" : "SMTP")
            + (greeting?.isExtended == true ? (isSecure ? "S" : "") + (account == nil ? "" : "A") : "")
        // Of what a client calls itself only what cannot break the field (RFC 5321 §4.4).
        let name = String((greeting?.name ?? "unknown").map { Self.isHarmless($0) ? $0 : "?" })
        var text = "Received: from \(name) ([\(literal)])\r\n"
        text += "\tby \(policy.hostname) with \(with) id \(id)"
        if let recipients = transaction?.recipients, recipients.count == 1 {
            text += "\r\n\tfor <\(recipients[0].address)>"
        }
        return text + ";\r\n\t\(date)\r\n"
    }

    private static func isHarmless(_ character: Character) -> Bool {
        !character.isASCII || character.isLetter || character.isNumber || "-._:[]+".contains(character)
    }

    // MARK: Text

    mutating func receiveText(_ element: LineDecoder.Element, now: Duration) -> [SMTPServerAction] {
        lastText = now
        switch element {
        case .fault(.bareCR), .fault(.bareLF):
            // Whoever goes on after this may see an end of data, and commands after it, that the next host does not see.
            return close(
                SMTPReply(550, "5.5.2", "a CR or LF that stands alone: lines of mail end with CR LF only"))
        case .fault(.tooLong): transaction?.text?.pass(policy.limits.textLine, .lineTooLong)
        case .fault(.nul): transaction?.text?.pass(1, .nul)
        case .line(var line):
            if line.readableBytesView.first == UInt8(ascii: ".") {
                if line.readableBytes == 1 { return endText() }
                line.moveReaderIndex(forwardBy: 1)
            }
            transaction?.text?.receive(line)
        }
        if let text = transaction?.text, let refusal = text.refusal, isTooMuch(text.size) {
            return close(refusal.reply)
        }
        return (transaction?.text?.piece()).map { [.write($0)] } ?? []
    }

    /// Whether so many octets of a message that is refused anyway are enough: its end is not waited for.
    private func isTooMuch(_ octets: Int) -> Bool { octets > policy.limits.message + policy.limits.surplus }

    /// Takes octets of a chunk, at most as many as were expected.
    package mutating func receive(octets: ByteBuffer, now: Duration) -> [SMTPServerAction] {
        guard case .chunk(let remaining, let isLast) = state else { return [] }
        precondition(octets.readableBytes <= remaining)
        lastText = now
        state = .chunk(remaining: remaining - octets.readableBytes, isLast: isLast)
        transaction?.chunkedOctets += octets.readableBytes
        if transaction?.refusal == nil {
            transaction?.chunk.writeImmutableBuffer(octets)
            decodeChunk()
        }
        if let transaction, let refusal = transaction.refusal ?? transaction.text?.refusal?.reply,
            isTooMuch(transaction.chunkedOctets)
        {
            return close(refusal)
        }
        let written: [SMTPServerAction] = (transaction?.text?.piece()).map { [.write($0)] } ?? []
        return remaining == octets.readableBytes ? written + endChunk(isLast) : written
    }

    private mutating func decodeChunk() {
        guard var transaction else { return }
        self.transaction = nil
        while let element = transaction.decoder.next(in: &transaction.chunk) {
            switch element {
            case .line(let line): transaction.text?.receive(line)
            case .fault(.tooLong): transaction.text?.refuse(.lineTooLong)
            case .fault(.nul): transaction.text?.refuse(.nul)
            case .fault:
                transaction.refusal = SMTPReply(550, "5.5.2", "a CR or LF that stands alone: lines end with CR LF only")
            }
        }
        transaction.chunk.discardReadBytes()
        self.transaction = transaction
    }

    private mutating func endChunk(_ isLast: Bool) -> [SMTPServerAction] {
        state = .command
        if let refusal = transaction?.refusal ?? transaction?.text?.refusal?.reply {
            transaction?.refusal = refusal
            // Once is enough for chunks that were pipelined.
            return (isLast ? abandon() : []) + refuse(refusal)
        }
        guard isLast else { return [.reply(SMTPReply(250, "2.0.0", "chunk taken"))] }
        if let rest = transaction?.chunk, rest.readableBytes > 0 {
            // RFC 3030 does not ask for a line end at the end; mail does. A CR alone is none.
            guard rest.readableBytesView.last != 0x0D else {
                return abandon() + refuse(SMTPReply(550, "5.5.2", "a CR that stands alone"))
            }
            transaction?.text?.receive(rest)
        }
        return endText()
    }

    private mutating func endText() -> [SMTPServerAction] {
        state = .command
        transaction?.text?.finish()
        if let refusal = transaction?.text?.refusal { return abandon() + refuse(refusal.reply) }
        guard var done = transaction else { return [] }
        // What was declared says less than what came: a text in ASCII can go to any host.
        done.envelope.isEightBit = done.text?.isEightBit == true
        let last: [SMTPServerAction] = (transaction?.text?.piece(isEnd: true)).map { [.write($0)] } ?? []
        transaction = nil
        return last + [.commit(done.envelope)]
    }

    /// Takes the end of a commit.
    ///
    /// - Parameters:
    ///   - id: the message's name here.
    ///   - failure: nil when the message is durable.
    ///   - now: since the connection was made.
    package mutating func committed(id: String, failure: SMTPReply? = nil, now: Duration) -> [SMTPServerAction] {
        commandStart = now
        return [.reply(failure ?? SMTPReply(250, "2.0.0", "taken as \(id)"))]
    }
}

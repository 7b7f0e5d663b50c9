internal import Accounts
internal import Mail

/// The client's side of one SMTP connection (RFC 5321), as a state machine without I/O: replies in, actions out.
package struct SMTPClientEngine: Sendable {
    /// When a client begins TLS by `STARTTLS` (RFC 3207).
    package enum TLSPolicy: Sendable, Hashable {
        case never
        /// When the server offers it.
        case opportunistic
        /// Or nothing is sent.
        case required
    }

    /// How a client introduces itself, and how much it protects.
    package struct Options: Sendable {
        /// What `EHLO` says: this host's name or address literal.
        package var hostname: String
        package var tls = TLSPolicy.opportunistic
        /// To log in with; never over a connection that others may read, except when ``allowsPlaintextPasswords``.
        package var credentials: (user: String, password: String)?
        /// Whether passwords may cross a connection without TLS.
        package var allowsPlaintextPasswords = false

        package init(hostname: String) { self.hostname = hostname }
    }

    /// What the caller is to do, in the order of the actions.
    package enum Action: Sendable, Equatable {
        /// With CR LF.
        case send(String)
        /// Begin TLS and tell ``SMTPClientEngine/secured()``.
        case startTLS
        /// A message may be sent: ``SMTPClientEngine/begin(_:size:)``.
        case ready
        /// Send the message's text, with dots stuffed and the dot at the end; of an empty one only that dot.
        case sendText(isEmpty: Bool)
        /// The transaction is over: one outcome for each recipient, in their order.
        case finished([RecipientOutcome])
        /// The connection is of no use; close it.
        case failed(SMTPClientFailure)
        /// The server said goodbye.
        case closed
    }

    private enum State: Sendable {
        case greeting
        case ehlo
        case helo
        case startTLS
        case handshake
        case authentication(SASLClient, mechanism: SASLMechanism, initial: [UInt8]?)
        case idle
        case transaction(Transaction)
        case quit
        case closed
    }

    private enum Step: Sendable, Equatable {
        case rset
        case mail
        case recipient(Int)
        case data
        case text
        /// Text that had to be sent for nobody.
        case nothing
    }

    private struct Transaction: Sendable {
        var commands: [(step: Step, line: String)]
        var awaited: [Step] = []
        var outcomes: [RecipientOutcome?]
        var accepted: [Int] = []

        mutating func settle(_ outcome: RecipientOutcome) { outcomes = outcomes.map { $0 ?? outcome } }
    }

    private let options: Options
    private var state = State.greeting
    package private(set) var isSecure: Bool
    private var isLoggedIn = false
    private var needsReset = false
    /// What the server offers: keywords in upper case and their parameters.
    private var extensions: [String: String] = [:]

    package init(options: Options, isSecure: Bool) {
        self.options = options
        self.isSecure = isSecure
    }

    /// How long the server may take for its next reply (RFC 5321 §4.5.3.2).
    package var patience: Duration {
        if case .transaction(let transaction) = state, let step = transaction.awaited.first {
            switch step {
            case .data: return .seconds(120)
            case .text, .nothing: return .seconds(600)
            default: break
            }
        }
        return .seconds(300)
    }

    /// Whether the server passes on what senders want to know of deliveries.
    package var offersReports: Bool { extensions["DSN"] != nil }

    // MARK: Replies

    /// Takes a whole reply, and gives what is to be done, in its order.
    package mutating func receive(_ reply: SMTPReply) -> [Action] {
        if reply.code == 421 {
            if case .quit = state {} else { return fail(SMTPClientFailure(.busy, reply)) }
        }
        switch state {
        case .greeting:
            guard reply.code == 220 else { return fail(SMTPClientFailure(reply.isTransient ? .busy : .refused, reply)) }
            return hello()
        case .ehlo:
            guard reply.code / 100 == 2 else {
                guard reply.code >= 500, options.tls != .required else {
                    return fail(SMTPClientFailure(.busy, reply))
                }
                state = .helo
                return [.send("HELO \(options.hostname)\r\n")]
            }
            extensions = Dictionary(
                reply.lines.dropFirst().map { line in
                    let keyword = line.prefix { $0 != " " && $0 != "=" }
                    return (keyword.uppercased(), line[keyword.endIndex...].dropFirst().uppercased())
                }, uniquingKeysWith: { $0 + " " + $1 })
            return greeted()
        case .helo:
            guard reply.code / 100 == 2 else { return fail(SMTPClientFailure(.busy, reply)) }
            extensions = [:]
            return greeted()
        case .startTLS:
            if reply.code == 220 {
                state = .handshake
                return [.startTLS]
            }
            if options.tls == .required {
                return fail(SMTPClientFailure(.insecure, "the server does not begin TLS: \(reply)"))
            }
            extensions["STARTTLS"] = nil
            return greeted()
        case .authentication(let exchange, let mechanism, let initial):
            return authenticate(exchange, mechanism, initial, reply)
        case .transaction(let transaction): return proceed(transaction, reply)
        case .quit:
            state = .closed
            return [.closed]
        case .handshake, .idle, .closed:
            return fail(SMTPClientFailure(.garbled, "the server answers what nobody asked: \(reply)"))
        }
    }

    /// TLS runs: what the server said before counts for nothing (RFC 3207 §4.2).
    package mutating func secured() -> [Action] {
        isSecure = true
        extensions = [:]
        return hello()
    }

    private mutating func fail(_ failure: SMTPClientFailure) -> [Action] {
        defer { state = .closed }
        if case .transaction(var transaction) = state {
            transaction.settle(.later(failure.reply))
            return [.finished(transaction.outcomes.compactMap { $0 }), .failed(failure)]
        }
        return [.failed(failure)]
    }

    /// The connection broke: what is not settled is tried again later.
    package mutating func disconnected(_ failure: SMTPClientFailure) -> [Action] {
        if case .closed = state { return [] }
        return fail(failure)
    }

    private mutating func hello() -> [Action] {
        state = .ehlo
        return [.send("EHLO \(options.hostname)\r\n")]
    }

    private mutating func greeted() -> [Action] {
        if !isSecure {
            if options.tls != .never, extensions["STARTTLS"] != nil {
                state = .startTLS
                return [.send("STARTTLS\r\n")]
            }
            if options.tls == .required {
                return fail(SMTPClientFailure(.insecure, "the server does not offer TLS"))
            }
        }
        guard let credentials = options.credentials, !isLoggedIn else {
            state = .idle
            return [.ready]
        }
        let offered = extensions["AUTH"]?.split(separator: " ").compactMap { SASLMechanism(name: $0) } ?? []
        let usable = SASLMechanism.allCases.filter {
            offered.contains($0) && (!$0.revealsPassword || isSecure || options.allowsPlaintextPasswords)
        }
        guard let mechanism = usable.first else {
            return fail(SMTPClientFailure(.logIn, "the server offers no way to log in that is safe here"))
        }
        do {
            var exchange = try SASLClient(mechanism, user: credentials.user, password: credentials.password)
            let initial = exchange.initialResponse()
            state = .authentication(exchange, mechanism: mechanism, initial: nil)
            return [.send("AUTH \(mechanism)\(initial.map { " " + SASLText.encode($0) } ?? "")\r\n")]
        } catch {
            return fail(SMTPClientFailure(.logIn, "\(error)"))
        }
    }

    private mutating func authenticate(
        _ exchange: SASLClient, _ mechanism: SASLMechanism, _ initial: [UInt8]?, _ reply: SMTPReply
    ) -> [Action] {
        var exchange = exchange
        do {
            switch reply.code {
            case 334:
                guard let challenge = SASLText.decode(reply.lines.joined()) else { throw SASLClient.Failure.malformed }
                let response = try exchange.receive(challenge)
                state = .authentication(exchange, mechanism: mechanism, initial: initial)
                return [.send("\(SASLText.encode(response))\r\n")]
            case 235:
                try exchange.finish()
                isLoggedIn = true
                state = .idle
                return [.ready]
            default: return fail(SMTPClientFailure(reply.isTransient ? .busy : .logIn, reply))
            }
        } catch {
            return fail(SMTPClientFailure(.logIn, "\(error)"))
        }
    }

    // MARK: Messages

    /// Sends a message's envelope; after ``Action/ready`` or ``Action/finished(_:)``.
    ///
    /// - Parameters:
    ///   - envelope: with one recipient at least.
    ///   - size: octets of the message.
    package mutating func begin(_ envelope: Envelope, size: Int) -> [Action] {
        guard case .idle = state else { return [] }
        if let reply = unsendable(envelope, size: size) {
            return [.finished(envelope.recipients.map { _ in .failed(reply) })]
        }
        var mail = "MAIL FROM:<\(envelope.sender.map(\.description) ?? "")>"
        if extensions["SIZE"] != nil { mail += " SIZE=\(size)" }
        if envelope.isEightBit, extensions["8BITMIME"] != nil { mail += " BODY=8BITMIME" }
        if needsInternational(envelope) { mail += " SMTPUTF8" }
        if offersReports {
            if let returnsContent = envelope.returnsContent { mail += " RET=\(returnsContent ? "FULL" : "HDRS")" }
            if let identifier = envelope.identifier { mail += " ENVID=\(identifier)" }
        }
        var commands: [(Step, String)] = needsReset ? [(.rset, "RSET\r\n")] : []
        needsReset = false
        commands.append((.mail, mail + "\r\n"))
        for (index, recipient) in envelope.recipients.enumerated() {
            var line = "RCPT TO:<\(recipient.address)>"
            if offersReports {
                if let notify = recipient.notify { line += " NOTIFY=\(notify.parameter)" }
                if let original = recipient.originalRecipient { line += " ORCPT=\(original)" }
            }
            commands.append((.recipient(index), line + "\r\n"))
        }
        commands.append((.data, "DATA\r\n"))
        return send(Transaction(commands: commands, outcomes: envelope.recipients.map { _ in nil }))
    }

    private func needsInternational(_ envelope: Envelope) -> Bool {
        envelope.sender?.isInternationalised == true
            || envelope.recipients.contains { $0.address.isInternationalised }
            || (envelope.isInternational && envelope.isEightBit)
    }

    /// Why this server cannot take a message, seen before it is asked.
    private func unsendable(_ envelope: Envelope, size: Int) -> SMTPReply? {
        if let limit = extensions["SIZE"].flatMap({ Int($0) }), limit > 0, size > limit {
            return SMTPReply(
                552, "5.3.4", "the next host takes messages of up to \(limit) octets, this one has \(size)")
        }
        if needsInternational(envelope), extensions["SMTPUTF8"] == nil {
            return SMTPReply(553, "5.6.7", "the next host does not support SMTPUTF8")
        }
        if envelope.isEightBit, extensions["8BITMIME"] == nil {
            return SMTPReply(554, "5.6.3", "the next host does not support 8BITMIME")
        }
        return nil
    }

    /// Sends commands: all of them where the server reads ahead (RFC 2920), one otherwise.
    private mutating func send(_ transaction: Transaction) -> [Action] {
        var transaction = transaction
        let count = extensions["PIPELINING"] != nil ? transaction.commands.count : min(1, transaction.commands.count)
        let now = transaction.commands.prefix(count)
        transaction.commands.removeFirst(count)
        transaction.awaited += now.map(\.step)
        state = .transaction(transaction)
        return now.isEmpty ? [] : [.send(now.map(\.line).joined())]
    }

    private mutating func proceed(_ transaction: Transaction, _ reply: SMTPReply) -> [Action] {
        var transaction = transaction
        guard !transaction.awaited.isEmpty else {
            return fail(SMTPClientFailure(.garbled, "the server answers what nobody asked: \(reply)"))
        }
        switch transaction.awaited.removeFirst() {
        case .rset: break
        case .mail:
            if reply.code / 100 != 2 {
                transaction.settle(RecipientOutcome(refused: reply))
                transaction.commands = []
            }
        case .recipient(let index):
            if reply.code / 100 == 2 {
                transaction.accepted.append(index)
            } else if transaction.outcomes[index] == nil {
                transaction.outcomes[index] = RecipientOutcome(refused: reply)
            }
            // Nobody is left, so there is nothing to send.
            if transaction.commands.count == 1, !transaction.outcomes.contains(where: { $0 == nil }) {
                transaction.commands = []
            }
        case .data:
            if reply.code == 354 {
                let isEmpty = !transaction.outcomes.contains { $0 == nil }
                transaction.awaited.append(isEmpty ? .nothing : .text)
                state = .transaction(transaction)
                return [.sendText(isEmpty: isEmpty)]
            }
            transaction.settle(RecipientOutcome(refused: reply))
        case .text:
            transaction.settle(reply.code / 100 == 2 ? .delivered(reply) : RecipientOutcome(refused: reply))
        case .nothing: break
        }
        if !transaction.awaited.isEmpty {
            state = .transaction(transaction)
            return []
        }
        if !transaction.commands.isEmpty { return send(transaction) }
        needsReset = !transaction.outcomes.contains { if case .delivered = $0 { true } else { false } }
        state = .idle
        return [.finished(transaction.outcomes.compactMap { $0 })]
    }

    /// Says goodbye.
    package mutating func quit() -> [Action] {
        guard case .idle = state else {
            state = .closed
            return [.closed]
        }
        state = .quit
        return [.send("QUIT\r\n")]
    }
}

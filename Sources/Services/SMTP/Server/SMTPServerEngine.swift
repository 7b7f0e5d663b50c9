package import Accounts
package import LineProtocol
internal import NIOCore

/// The server's side of one SMTP connection (RFC 5321), as a state machine without I/O: lines in, actions out.
///
/// Actions that ask something are answered before anything else is given to the engine. Times are durations since the
/// connection was made.
package struct SMTPServerEngine: Sendable {
    /// What the engine takes next.
    package enum Expectation: Sendable, Hashable {
        /// A line of at most so many octets.
        case line(maximum: Int)
        /// As many octets, or some of them (`BDAT`).
        case octets(Int)
        /// Nothing any more.
        case nothing
    }

    enum State: Sendable {
        case command
        case authentication(SASLServer)
        case text
        case chunk(remaining: Int, isLast: Bool)
        case closed
    }

    /// A message from `MAIL` to its end.
    struct Transaction: Sendable {
        var envelope: Envelope
        /// Those that came after as many as a message may have, or that had come before.
        var surplusRecipients = 0
        /// Set while text arrives.
        var text: MessageText?
        /// What `BDAT` brought and is no whole line yet, and the decoder for it.
        var chunk = ByteBuffer()
        var decoder: LineDecoder
        /// `BDAT` was used, so `DATA` is out of the question.
        var isChunked = false
        /// A chunk was refused: the others go the same way.
        var refusal: SMTPReply?
        /// Octets of all chunks.
        var chunkedOctets = 0
    }

    let policy: SMTPServerPolicy
    /// The client's address in digits.
    let peer: String
    var state = State.command
    /// The name that the client gave, and whether it speaks ESMTP.
    var greeting: (name: String, isExtended: Bool)?
    package internal(set) var isSecure: Bool
    /// Who has logged in.
    package internal(set) var account: AccountName?
    var transaction: Transaction?
    /// What an action that waits for an answer was asked for.
    var pendingRecipient: EnvelopeRecipient?
    var pendingChunk: (count: Int, isLast: Bool)?
    var errors = 0
    var idleCommands = 0
    var failedLogIns = 0
    var transactions = 0
    var commandStart = Duration.zero
    var textStart = Duration.zero
    var lastText = Duration.zero

    /// - Parameters:
    ///   - policy: what is allowed.
    ///   - peer: the client's address in digits, for the trace field.
    ///   - isSecure: whether TLS runs already.
    package init(policy: SMTPServerPolicy, peer: String, isSecure: Bool) {
        self.policy = policy
        self.peer = peer
        self.isSecure = isSecure
    }

    // MARK: What comes next

    package var expectation: Expectation {
        switch state {
        // The verb decides how long a line may be, and is known only with the line.
        case .command: .line(maximum: policy.limits.authenticationLine)
        case .authentication: .line(maximum: policy.limits.authenticationLine)
        // One octet more for the dot in front.
        case .text: .line(maximum: policy.limits.textLine + 1)
        case .chunk(let remaining, _): .octets(remaining)
        case .closed: .nothing
        }
    }

    /// Until when the next input must have come, a line as a whole; else the engine is told that time is up.
    package var deadline: Duration {
        let limits = policy.limits
        switch state {
        case .text, .chunk:
            let size = transaction?.text?.size ?? 0
            return min(
                lastText + limits.textTime,
                textStart + limits.messageTime + .seconds(size / max(1, limits.slowestRate)))
        default: return commandStart + limits.commandTime
        }
    }

    // MARK: Beginning and end

    /// Greets.
    package mutating func start(now: Duration) -> [SMTPServerAction] {
        commandStart = now
        return [.reply(SMTPReply(220, nil, "\(policy.hostname) ESMTP Headwater"))]
    }

    /// The client spoke before it was greeted, as programs do that do not listen (RFC 5321 §4.3.1).
    package mutating func spokeTooEarly() -> [SMTPServerAction] {
        close(SMTPReply(554, "5.5.1", "\(policy.hostname) wait for the greeting"))
    }

    /// ``deadline`` has passed.
    package mutating func timedOut() -> [SMTPServerAction] {
        close(SMTPReply(421, "4.4.2", "\(policy.hostname) this takes too long, closing"))
    }

    /// The server stops.
    package mutating func stopping() -> [SMTPServerAction] {
        close(SMTPReply(421, "4.3.2", "\(policy.hostname) stops, try again later"))
    }

    /// The connection is gone; what was not acknowledged is forgotten.
    package mutating func disconnected() -> [SMTPServerAction] {
        state = .closed
        return abandon()
    }

    mutating func close(_ reply: SMTPReply) -> [SMTPServerAction] {
        state = .closed
        return abandon() + [.reply(reply), .close]
    }

    /// Ends the transaction, if there is one.
    mutating func abandon() -> [SMTPServerAction] {
        defer { transaction = nil }
        return transaction?.text == nil ? [] : [.discard]
    }

    /// A reply that says no, and the end of the connection when there were too many.
    mutating func refuse(_ reply: SMTPReply) -> [SMTPServerAction] {
        errors += 1
        guard errors < policy.limits.errors else {
            return [.reply(reply)] + close(SMTPReply(421, "4.7.0", "\(policy.hostname) too many errors, closing"))
        }
        return [.reply(reply)]
    }

    // MARK: Input

    /// Takes a line, or what is wrong with one.
    package mutating func receive(_ element: LineDecoder.Element, now: Duration) -> [SMTPServerAction] {
        switch state {
        case .closed: return []
        case .text: return receiveText(element, now: now)
        case .chunk: preconditionFailure("a chunk has octets, not lines")
        case .authentication(let exchange):
            commandStart = now
            guard case .line(let line) = element else {
                state = .command
                return refuse(SMTPReply(501, "5.5.2", "not base64"))
            }
            return continueAuthentication(exchange, line)
        case .command:
            commandStart = now
            switch element {
            case .line(let line): return command(line, now: now)
            case .fault(.tooLong): return refuse(SMTPReply(500, "5.5.2", "the line is too long"))
            case .fault(let fault): return refuse(SMTPReply(500, "5.5.2", "a command with \(fault)"))
            }
        }
    }

    private mutating func command(_ line: ByteBuffer, now: Duration) -> [SMTPServerAction] {
        let command: SMTPCommand
        do {
            command = try SMTPCommand(line.readableBytesView)
        } catch {
            switch error {
            case .unknown: return refuse(SMTPReply(500, "5.5.1", "unknown command"))
            case .syntax(let usage): return refuse(SMTPReply(501, "5.5.4", "wrong parameters: \(usage)"))
            case .http: return close(SMTPReply(421, "4.7.0", "\(policy.hostname) speaks SMTP, not HTTP"))
            }
        }
        guard line.readableBytes + 2 <= lengthLimit(of: command) else {
            return refuse(SMTPReply(500, "5.5.2", "the line is too long"))
        }
        switch command {
        case .ehlo(let name): return greet(name, isExtended: true)
        case .helo(let name): return greet(name, isExtended: false)
        case .mail(let path, let parameters): return mail(path, parameters)
        case .rcpt(let path, let parameters): return recipient(path, parameters)
        case .data: return data()
        case .bdat(let count, let isLast): return chunk(count, isLast: isLast, now: now)
        case .rset: return countIdle() ?? (abandon() + [.reply(SMTPReply(250, "2.0.0", "forgotten"))])
        case .vrfy:
            return countIdle() ?? [.reply(SMTPReply(252, "2.5.2", "cannot tell, but will take mail for those I know"))]
        case .expn: return refuse(SMTPReply(502, "5.5.1", "lists are not shown"))
        case .help:
            return countIdle() ?? [
                .reply(
                    SMTPReply(
                        214, "2.0.0", "EHLO HELO MAIL RCPT DATA BDAT RSET VRFY NOOP QUIT STARTTLS AUTH",
                        "see RFC 5321"))
            ]
        case .noop: return countIdle() ?? [.reply(SMTPReply(250, "2.0.0", "fine"))]
        case .quit: return close(SMTPReply(221, "2.0.0", "\(policy.hostname) bye"))
        case .startTLS: return startTLS()
        case .auth(let mechanism, let initial): return authenticate(mechanism, initial)
        }
    }

    private func lengthLimit(of command: SMTPCommand) -> Int {
        switch command {
        case .auth: policy.limits.authenticationLine
        case .mail, .rcpt: 2 * policy.limits.commandLine
        default: policy.limits.commandLine
        }
    }

    /// Counts commands that are fine once, and in great number keep a connection busy for nothing.
    private mutating func countIdle() -> [SMTPServerAction]? {
        idleCommands += 1
        guard idleCommands > policy.limits.idleCommands else { return nil }
        return close(SMTPReply(421, "4.7.0", "\(policy.hostname) too many commands that do nothing, closing"))
    }

    private mutating func greet(_ name: String, isExtended: Bool) -> [SMTPServerAction] {
        if let refused = countIdle() { return refused }
        let forgotten = abandon()
        greeting = (name, isExtended)
        guard isExtended else { return forgotten + [.reply(SMTPReply(250, nil, policy.hostname))] }
        var lines = [
            "\(policy.hostname) greets \(name)", "PIPELINING", "SIZE \(policy.limits.message)", "8BITMIME", "SMTPUTF8",
            "CHUNKING", "ENHANCEDSTATUSCODES", "DSN", "HELP",
        ]
        if policy.offersTLS, !isSecure { lines.append("STARTTLS") }
        lines.append("AUTH " + mechanisms.map(\.rawValue).joined(separator: " "))
        return forgotten + [.reply(SMTPReply(250, nil, lines: lines))]
    }

    // MARK: TLS and log-in

    private mutating func startTLS() -> [SMTPServerAction] {
        guard policy.offersTLS else { return refuse(SMTPReply(502, "5.5.1", "TLS is not offered")) }
        guard !isSecure else { return refuse(SMTPReply(503, "5.5.1", "TLS runs already")) }
        return abandon() + [.reply(SMTPReply(220, "2.0.0", "go ahead")), .startTLS]
    }

    /// TLS runs: what was said before counts for nothing (RFC 3207 §4.2).
    package mutating func secured(now: Duration) {
        isSecure = true
        greeting = nil
        account = nil
        commandStart = now
    }

    /// What may be used now: passwords as they are only where nobody else reads them.
    private var mechanisms: [SASLMechanism] {
        SASLMechanism.allCases.filter { !$0.revealsPassword || isSecure || policy.allowsPlaintextPasswords }
    }

    private mutating func authenticate(_ name: String, _ initial: String?) -> [SMTPServerAction] {
        guard let greeting, greeting.isExtended else { return refuse(SMTPReply(503, "5.5.1", "EHLO first")) }
        guard account == nil, transaction == nil else { return refuse(SMTPReply(503, "5.5.1", "not now")) }
        guard let mechanism = SASLMechanism(name: name) else {
            return refuse(SMTPReply(504, "5.5.4", "unknown mechanism"))
        }
        guard mechanisms.contains(mechanism) else {
            return refuse(SMTPReply(538, "5.7.11", "begin TLS first, so that nobody reads the password"))
        }
        let exchange = SASLServer(mechanism)
        guard let initial else { return [.authenticate(exchange, message: nil)] }
        guard let message = SASLText.decode(initial: initial) else {
            return refuse(SMTPReply(501, "5.5.2", "not base64"))
        }
        return [.authenticate(exchange, message: message)]
    }

    private mutating func continueAuthentication(_ exchange: SASLServer, _ line: ByteBuffer) -> [SMTPServerAction] {
        state = .command
        let text = String(buffer: line)
        if text == "*" { return refuse(SMTPReply(501, "5.7.0", "given up")) }
        guard let message = SASLText.decode(text) else { return refuse(SMTPReply(501, "5.5.2", "not base64")) }
        return [.authenticate(exchange, message: message)]
    }

    /// Takes what the accounts said.
    ///
    /// - Parameters:
    ///   - exchange: as it is after the step.
    ///   - step: nil when they cannot tell now.
    ///   - now: since the connection was made.
    package mutating func authenticated(
        _ exchange: SASLServer, _ step: SASLServer.Step?, now: Duration
    ) -> [SMTPServerAction] {
        commandStart = now
        switch step {
        case .challenge(let challenge):
            state = .authentication(exchange)
            return [.reply(SMTPReply(334, nil, SASLText.encode(challenge)))]
        case .success(let account):
            self.account = account
            return [.reply(SMTPReply(235, "2.7.0", "welcome"))]
        case .failure(.malformed): return refuse(SMTPReply(501, "5.5.2", "the log-in breaks its rules"))
        case .failure:
            failedLogIns += 1
            let reply = SMTPReply(535, "5.7.8", "wrong user name or password")
            guard failedLogIns < policy.limits.logIns else {
                return [.reply(reply)] + close(SMTPReply(421, "4.7.0", "\(policy.hostname) too many errors, closing"))
            }
            return refuse(reply)
        default: return [.reply(SMTPReply(454, "4.7.0", "cannot check passwords now, try again later"))]
        }
    }
}

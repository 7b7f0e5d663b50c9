package import Accounts
internal import Foundation
package import LineProtocol
package import Logging
internal import Mail
internal import NIOCore

/// Serves SMTP on connections: the engine's I/O. Messages go to the queue.
package struct SMTPService: Sendable {
    private let policy: SMTPServerPolicy
    private let accounts: AccountStore
    private let mailboxes: any LocalMailboxes
    private let queue: MailQueue
    private let greetingDelay: Duration
    private let failures: FailureLog
    private let rates: SendingRates
    private let logger: Logger

    /// - Parameters:
    ///   - policy: what clients may do; whether passwords may cross in plaintext applies to loopback only.
    ///   - accounts: who may log in.
    ///   - mailboxes: which local recipients there are.
    ///   - queue: gets what is taken.
    ///   - greetingDelay: how long clients are left without a greeting; who speaks meanwhile is turned away.
    ///   - failures: keeps back the answers to log-ins that fail.
    ///   - rates: turn away who sends too much.
    ///   - logger: hears of messages, and of refusals at its debug level.
    package init(
        policy: SMTPServerPolicy, accounts: AccountStore, mailboxes: any LocalMailboxes, queue: MailQueue,
        greetingDelay: Duration = .zero, failures: FailureLog = FailureLog(),
        rates: SendingRates = SendingRates(), logger: Logger
    ) {
        self.policy = policy
        self.accounts = accounts
        self.mailboxes = mailboxes
        self.queue = queue
        self.greetingDelay = greetingDelay
        self.failures = failures
        self.rates = rates
        self.logger = logger
    }

    /// Serves one connection to its end.
    package func serve(_ connection: LineConnection) async throws {
        var policy = policy
        policy.offersTLS = connection.canStartTLS
        policy.allowsPlaintextPasswords = policy.allowsPlaintextPasswords && connection.peer?.isLoopback == true
        let engine = SMTPServerEngine(
            policy: policy, peer: connection.peer?.host ?? "127.0.0.1", isSecure: connection.isSecure)
        var session = SMTPSession(
            engine: engine, connection: connection, accounts: accounts, mailboxes: mailboxes, queue: queue,
            failures: failures, rates: rates, logger: logger)
        try await session.run(greetingDelay: greetingDelay)
    }
}

/// One connection.
private struct SMTPSession {
    var engine: SMTPServerEngine
    let connection: LineConnection
    let accounts: AccountStore
    let mailboxes: any LocalMailboxes
    let queue: MailQueue
    let failures: FailureLog
    let rates: SendingRates
    let logger: Logger
    private var decoder = LineDecoder(maximumLength: 512)
    /// What was received and not taken yet.
    private var buffer = ByteBuffer()
    /// Replies that wait to be sent together.
    private var output = ByteBuffer()
    private var incoming: MailQueue.Incoming?
    /// Why the message that is open cannot be kept.
    private var incomingFailure: SMTPReply?
    private let start = ContinuousClock.now

    init(
        engine: SMTPServerEngine, connection: LineConnection, accounts: AccountStore, mailboxes: any LocalMailboxes,
        queue: MailQueue, failures: FailureLog, rates: SendingRates, logger: Logger
    ) {
        self.engine = engine
        self.connection = connection
        self.accounts = accounts
        self.mailboxes = mailboxes
        self.queue = queue
        self.failures = failures
        self.rates = rates
        self.logger = logger
    }

    /// What the client's address is counted by.
    private var origin: String { connection.peer?.origin ?? "" }

    /// Who sends, for the log.
    private var sender: String { engine.account?.description ?? connection.peer?.host ?? "-" }

    /// Since the connection was made.
    private var now: Duration { .now - start }

    mutating func run(greetingDelay: Duration) async throws {
        do {
            if try await isQuiet(for: greetingDelay) {
                try await perform(engine.start(now: now))
            } else {
                try await perform(engine.spokeTooEarly())
            }
            while engine.expectation != .nothing {
                if try await step() { continue }
                try await flush()
                try await receive()
            }
            try await flush()
            await linger()
        } catch {
            await incoming?.discard()
            throw error
        }
        await incoming?.discard()
    }

    /// Whether the client waits for its greeting.
    private mutating func isQuiet(for delay: Duration) async throws -> Bool {
        guard delay > .zero else { return true }
        do {
            return try await connection.read(within: TimeAmount(delay)) == nil
        } catch let error as LineConnectionError where error.code == .timedOut {
            return true
        }
    }

    /// Takes something from what was received; false when more is needed.
    private mutating func step() async throws -> Bool {
        switch engine.expectation {
        case .nothing: return true
        case .line(let maximum):
            decoder.maximumLength = maximum
            guard let element = decoder.next(in: &buffer) else { return false }
            try await perform(engine.receive(element, now: now))
        case .octets(let count):
            guard let octets = buffer.readSlice(length: min(count, buffer.readableBytes)), octets.readableBytes > 0
            else { return false }
            try await perform(engine.receive(octets: octets, now: now))
        }
        return true
    }

    private mutating func receive() async throws {
        let left = engine.deadline - now
        do {
            guard left > .zero else { return try await perform(engine.timedOut()) }
            guard var more = try await connection.read(within: TimeAmount(left), untilShutdown: incoming == nil) else {
                return try await perform(engine.disconnected())
            }
            if buffer.readableBytes == 0 {
                buffer = more
            } else {
                buffer.discardReadBytes()
                buffer.writeBuffer(&more)
            }
        } catch let error as LineConnectionError {
            switch error.code {
            case .timedOut: try await perform(engine.timedOut())
            case .stopping: try await perform(engine.stopping())
            default: try await perform(engine.disconnected())
            }
        }
    }

    private mutating func flush() async throws {
        guard output.readableBytes > 0 else { return }
        let replies = output
        output = ByteBuffer()
        try await connection.write(replies)
    }

    /// Lets the client read the last reply: closing while it still sends would take it away.
    private func linger() async {
        try? await connection.finishWriting()
        for _ in 0..<16 {
            guard let more = try? await connection.read(within: .seconds(1)), more.readableBytes > 0 else { return }
        }
    }

    // MARK: Actions

    private mutating func perform(_ actions: [SMTPServerAction]) async throws {
        for action in actions { try await perform(action) }
    }

    private mutating func perform(_ action: SMTPServerAction) async throws {
        switch action {
        case .reply(let reply):
            if reply.code >= 400 { logger.debug("refused", metadata: ["reply": "\(reply)"]) }
            output.writeString(reply.encoded)
        case .startTLS:
            try await flush()
            buffer = ByteBuffer()
            decoder.reset()
            try await connection.startTLS()
            engine.secured(now: now)
        case .authenticate(var exchange, let message):
            let step = try? await accounts.advance(&exchange, with: message)
            if case .failure(let failure) = step, failure != .malformed { try await failures.ponder(connection.peer) }
            try await perform(engine.authenticated(exchange, step, now: now))
        case .admit:
            let isAdmitted = rates.admits(engine.account, from: origin)
            if !isAdmitted { logger.notice("too much mail", metadata: ["from": "\(sender)"]) }
            try await perform(engine.admitted(isAdmitted))
        case .resolve(let address):
            let isKnown = try? await mailboxes.contains(address)
            try await perform(engine.resolved(isKnown.map { $0 ? .known : .unknown } ?? .unavailable))
        case .open: try await open()
        case .write(let piece):
            guard incomingFailure == nil else { return }
            do {
                try await incoming?.write(piece)
            } catch {
                incomingFailure = failed(error)
            }
        case .commit(let envelope): try await commit(envelope)
        case .discard:
            await incoming?.discard()
            incoming = nil
        case .close: break
        }
    }

    private mutating func open() async throws {
        incomingFailure = nil
        do {
            let new = try await queue.open()
            incoming = new
            try await perform(engine.opened(id: new.id, date: MailDate.format(Date()), now: now))
        } catch let error as QueueError {
            try await perform(engine.notOpened(failed(error)))
        }
    }

    private mutating func commit(_ envelope: Envelope) async throws {
        guard let done = incoming else { return }
        incoming = nil
        var failure = incomingFailure
        if failure == nil {
            do {
                try await done.commit(envelope)
                rates.count(envelope.recipients.count, of: engine.account, from: origin)
                logger.info(
                    "taken",
                    metadata: [
                        "message": "\(done.id)", "from": "\(envelope.sender.map(\.description) ?? "<>")",
                        "recipients": "\(envelope.recipients.count)",
                    ])
            } catch {
                failure = failed(error)
            }
        }
        if failure != nil { await done.discard() }
        try await perform(engine.committed(id: done.id, failure: failure, now: now))
    }

    /// The client learns little, the log all.
    private func failed(_ error: any Error) -> SMTPReply {
        logger.error("a message cannot be kept", metadata: ["error": "\(error)"])
        return SMTPReply(452, "4.3.1", "cannot keep the message now, try again later")
    }
}

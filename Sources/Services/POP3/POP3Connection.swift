internal import Accounts
internal import LineProtocol
internal import Logging
internal import NIOCore

/// One connection of a POP3 server: does what a ``POP3Session`` asks for.
struct POP3Connection: Sendable {
    /// Octets of a command's line, CR LF included: more than RFC 2449 §4 wants, so that long passwords have room.
    private static let commandLength = 1536
    /// Octets of a line in a SASL exchange (RFC 5034 §4).
    private static let responseLength = 12_288

    private let connection: LineConnection
    private let configuration: POP3Service.Configuration
    private let accounts: AccountStore
    private let openMaildrop: @Sendable (AccountName) async throws -> any Maildrop
    private let logger: Logger
    private var session: POP3Session
    private var decoder = LineDecoder(maximumLength: POP3Connection.commandLength)
    private var input = ByteBuffer()
    private var output = ByteBuffer()
    private var maildrop: (any Maildrop)?
    private var isClosing = false

    init(
        _ connection: LineConnection, configuration: POP3Service.Configuration, accounts: AccountStore,
        openMaildrop: @escaping @Sendable (AccountName) async throws -> any Maildrop
    ) {
        self.connection = connection
        self.configuration = configuration
        self.accounts = accounts
        self.openMaildrop = openMaildrop
        var logger = configuration.server.logger
        logger[metadataKey: "peer"] = "\(connection.peer.map(String.init(describing:)) ?? "unknown")"
        self.logger = logger
        var options = POP3Session.Configuration()
        options.offersTLS = connection.canStartTLS
        options.allowsPlaintextPasswords =
            configuration.allowsPlaintextPasswordsFromLoopback && connection.peer?.isLoopback == true
        session = POP3Session(configuration: options, isSecure: connection.isSecure)
    }

    /// Serves until the peer or the session ends, or the peer is silent for too long; the maildrop is closed then.
    mutating func run() async throws {
        do {
            try await serve()
        } catch {
            await maildrop?.close()
            throw error
        }
        await maildrop?.close()
    }

    private mutating func serve() async throws {
        try await perform(session.handle(.connected))
        do {
            while !isClosing, let element = try await next() {
                switch element {
                case .line(let line): try await perform(session.handle(.line(line)))
                case .fault(let fault): try await perform(session.handle(.fault(fault)))
                }
            }
        } catch let error as LineConnectionError where error.code == .stopping {
            try await perform(session.handle(.stopping))
        }
    }

    /// The next line. What was answered is sent before the peer is waited for, so answers to commands in a row travel
    /// together.
    private mutating func next() async throws -> LineDecoder.Element? {
        while true {
            decoder.maximumLength = session.expectsCommand ? Self.commandLength : Self.responseLength
            if let element = decoder.next(in: &input) { return element }
            try await flush()
            let limit = session.isLoggedIn ? configuration.transactionTime : configuration.authorizationTime
            guard var more = try await connection.read(within: limit) else { return nil }
            input.discardReadBytes()
            input.writeBuffer(&more)
        }
    }

    private mutating func perform(_ first: [POP3Session.Action]) async throws {
        var actions = first[...]
        while let action = actions.popFirst() {
            if let event = try await perform(action) { actions = session.handle(event) + actions }
            if output.readableBytes >= configuration.chunkSize { try await flush() }
        }
    }

    /// Does one thing.
    ///
    /// - Returns: what came of it, for the session.
    private mutating func perform(_ action: POP3Session.Action) async throws -> POP3Session.Event? {
        switch action {
        case .reply(let text): output.writeString(text)
        case .list(var listing):
            while listing.write(to: &output) {
                if output.readableBytes >= configuration.chunkSize { try await flush() }
            }
        case .send(let message, let reply, let bodyLines): return try await send(message, reply, bodyLines)
        case .startTLS:
            try await flush()
            input = ByteBuffer()
            decoder.reset()
            try await connection.startTLS()
            return .secured
        case .checkPassword(let user, let password):
            do {
                return .checked(try await accounts.verify(user: user, password: password))
            } catch {
                return unavailable(error)
            }
        case .findKeys(let user):
            do {
                let (keys, account) = try await accounts.keys(forUser: user)
                return .found(keys: keys, account: account)
            } catch {
                return unavailable(error)
            }
        case .open(let account): return await open(account)
        case .remove(let messages):
            do {
                try await maildrop?.remove(messages)
                return .removed
            } catch {
                return unavailable(error)
            }
        case .delay:
            logger.notice("a log-in failed")
            try await flush()
            try await configuration.failures.ponder(connection.peer)
        case .close:
            // Whoever has read the farewell may come again at once.
            await maildrop?.close()
            try await flush()
            isClosing = true
        }
        return nil
    }

    private mutating func open(_ account: AccountName) async -> POP3Session.Event {
        do {
            let maildrop = try await openMaildrop(account)
            self.maildrop = maildrop
            return .opened(maildrop.messages)
        } catch {
            return unavailable(error)
        }
    }

    private func unavailable(_ error: any Error) -> POP3Session.Event {
        let error = error as? MaildropError ?? MaildropError(.unavailable, "\(error)")
        if error.code == .unavailable { logger.error("a client was not served", metadata: ["error": "\(error)"]) }
        return .failed(error)
    }

    /// Sends a message, one chunk in memory at a time. What fails before its first octet is sent can be told to the peer;
    /// later only hanging up tells that the message is not whole.
    private mutating func send(
        _ message: Int, _ reply: String, _ bodyLines: Int?
    ) async throws -> POP3Session.Event? {
        guard let maildrop else { return nil }
        var piece: ByteBuffer
        do {
            piece = try await maildrop.read(message, from: 0, atMost: configuration.chunkSize)
        } catch {
            return unavailable(error)
        }
        output.writeString(reply)
        var encoder = MultilineEncoder(bodyLines: bodyLines)
        var offset = 0
        while piece.readableBytes > 0 {
            let count = piece.readableBytes
            offset += count
            encoder.encode(piece, into: &output)
            if output.readableBytes >= configuration.chunkSize { try await flush() }
            if encoder.isComplete || count < configuration.chunkSize { break }
            piece = try await maildrop.read(message, from: offset, atMost: configuration.chunkSize)
        }
        encoder.finish(into: &output)
        return nil
    }

    private mutating func flush() async throws {
        guard output.readableBytes > 0 else { return }
        let bytes = output
        output = ByteBuffer()
        try await connection.write(bytes)
    }
}

package import LineProtocol

/// A server's side of one control connection (RFC 959), as a state machine without sockets, files or clock: lines and the
/// results of what it asked for go in, actions come out.
package struct FTPEngine: Sendable {
    /// What the caller is to do, in the order of the actions.
    package enum Action: Sendable, Hashable {
        case reply(FTPReply)
        /// Begin TLS on the control connection, once what was replied is out.
        case startTLS
        /// Close the control connection, once what was replied is out.
        case close
        /// Check a password, and give the result to ``FTPEngine/loggedIn(_:)``.
        case logIn(user: String, password: String)
        /// Listen for a data connection, and give the address to `listening(on:)`. Replaces another listener.
        case listen
        /// Give up the listener and a data connection that nobody has used.
        case dropData
        /// Ask the file system, and give its answer to ``FTPEngine/answered(_:)``.
        case ask(FTPFileRequest)
        /// Connect and open the file; then ``FTPEngine/transferBegan(of:)``, then `transferEnded(_:now:)`.
        case transfer(FTPTransfer)
        /// End the transfer; its end is told as usual.
        case abortTransfer
        /// A command of the server's owner: answer with ``FTPEngine/siteReplied(_:)``.
        case site(command: String, argument: String)
    }

    /// How a server greets, and what it asks of clients.
    package struct Configuration: Sendable {
        /// What clients are greeted with.
        package var greeting = "Headwater is ready."
        /// Whether `AUTH TLS` works.
        package var offersTLS = false
        /// Whether logging in, and data connections, need TLS.
        package var requiresTLS = false
        /// Wrong passwords before the connection is closed.
        package var logInAttempts = 3
        /// Seconds without a command before a client has logged in.
        package var idleBeforeLogIn = Duration.seconds(60)
        /// The same after it has logged in.
        package var idleAfterLogIn = Duration.seconds(300)
        /// Seconds that a client has to log in, whatever it says meanwhile.
        package var logInTime = Duration.seconds(120)
        /// Seconds after which a listener that no transfer has used is given up, whatever the client says meanwhile.
        package var listenTime = Duration.seconds(30)
        /// Commands of the server's owner after `SITE`, in upper case.
        package var siteCommands: Set<String> = []

        package init() {}
    }

    enum LogIn: Hashable {
        case none
        case user(String)
        case done(FTPUser)
    }

    /// How the next data connection comes about.
    enum DataChannel: Hashable {
        case none
        case passive
        case active(Endpoint)
    }

    /// What an answer from outside is waited for, for.
    enum Pending: Hashable {
        case none
        case passive(isExtended: Bool)
        case file(FileCommand)
        case site
    }

    enum Phase: Hashable {
        case idle
        /// Asked for, not yet begun.
        case opening
        case running
    }

    let configuration: Configuration
    let peer: Endpoint
    let local: Endpoint
    var isSecure: Bool
    var logIn = LogIn.none
    var failedLogIns = 0
    var faults = 0
    var directory = VirtualPath.root
    var isASCII = true
    /// Where the next transfer begins (`REST`).
    var restart: Int64 = 0
    /// Octets that the next upload is to have (`ALLO`).
    var allocation: Int64?
    var renameFrom: VirtualPath?
    var data = DataChannel.none
    /// Since when a listener waits for its transfer.
    var listeningSince: ContinuousClock.Instant
    var isExtendedPassiveOnly = false
    var hasBufferSize = false
    var isDataProtected = false
    var facts = MachineFact.standard
    var pending = Pending.none
    var transfer = Phase.idle
    var transferVerb = ""
    var transferDescription = ""
    var transferIsUpload = false
    var isAborting = false
    var held: [FTPCommand] = []
    var lastActivity: ContinuousClock.Instant
    /// Since when nobody is logged in, while that is so.
    var strangerSince: ContinuousClock.Instant
    var isClosing = false
    /// Octets that the transfer under way has moved, for `STAT`.
    package var transferredBytes: Int64 = 0

    /// - Parameters:
    ///   - peer: data connections go to this address and come from it, and no other.
    ///   - local: where the client reached the server.
    ///   - isSecure: whether the connection began with TLS.
    ///   - now: for idle times.
    package init(
        configuration: Configuration, peer: Endpoint, local: Endpoint, isSecure: Bool, now: ContinuousClock.Instant
    ) {
        self.configuration = configuration
        self.peer = peer
        self.local = local
        self.isSecure = isSecure
        // Implicit TLS protects both (draft-murray-auth-ftp-ssl).
        hasBufferSize = isSecure
        isDataProtected = isSecure
        (lastActivity, strangerSince, listeningSince) = (now, now, now)
    }

    /// Who is logged in.
    package var user: FTPUser? { if case .done(let user) = logIn { user } else { nil } }
    /// Whether more lines may come in. During a transfer, too: `ABOR` must be heard.
    package var acceptsLines: Bool { !isClosing }
    /// Commands that may wait for the end of a transfer.
    static let heldCommands = 32
    package var isTransferring: Bool { transfer != .idle }

    /// The first thing that a client hears.
    package func greeting() -> [Action] { [.reply(FTPReply(220, configuration.greeting))] }

    /// Takes a line, without its end.
    package mutating func receive(_ line: [UInt8], now: ContinuousClock.Instant) -> [Action] {
        let expired = expire(now)
        lastActivity = now
        guard !isClosing else { return expired }
        guard let command = FTPCommand(line) else { return expired + fault("That is no command.") }
        return expired + receive(command)
    }

    /// Takes a line that breaks the rules of lines.
    package mutating func receive(_ fault: LineDecoder.Fault, now: ContinuousClock.Instant) -> [Action] {
        let expired = expire(now)
        lastActivity = now
        return isClosing ? expired : expired + self.fault("A command has \(fault).")
    }

    /// How long the client may still be silent before ``idled(now:)`` is to be called.
    package func patience(now: ContinuousClock.Instant) -> Duration {
        var rest = idleLimit - (now - lastActivity)
        if user == nil { rest = min(rest, configuration.logInTime - (now - strangerSince)) }
        if data == .passive { rest = min(rest, configuration.listenTime - (now - listeningSince)) }
        return max(.milliseconds(1), rest)
    }

    /// Tells that the client was silent for that long.
    package mutating func idled(now: ContinuousClock.Instant) -> [Action] {
        if isTransferring { lastActivity = now }
        guard now - lastActivity < idleLimit else { return close(FTPReply(421, "Nothing was said for too long.")) }
        return expire(now)
    }

    /// Ends what has lasted too long, whatever was said meanwhile: a stranger, and a listener that nothing has used.
    private mutating func expire(_ now: ContinuousClock.Instant) -> [Action] {
        if user == nil, now - strangerSince >= configuration.logInTime {
            return close(FTPReply(421, "Nobody logged in for too long."))
        }
        guard data == .passive, now - listeningSince >= configuration.listenTime else { return [] }
        data = .none
        return [.dropData]
    }

    /// Tells that the server is about to stop. A transfer may end first.
    package mutating func stop() -> [Action] {
        isTransferring ? [] : close(FTPReply(421, "The server is stopping."))
    }

    private var idleLimit: Duration { user == nil ? configuration.idleBeforeLogIn : configuration.idleAfterLogIn }

    mutating func close(_ reply: FTPReply) -> [Action] {
        isClosing = true
        return [.dropData, .reply(reply), .close]
    }

    private mutating func fault(_ text: String) -> [Action] {
        faults += 1
        guard faults < 10 else { return close(FTPReply(421, "Too many bad commands.")) }
        return [.reply(FTPReply(500, text))]
    }

    mutating func receive(_ command: FTPCommand) -> [Action] {
        guard !isClosing else { return [] }
        if isTransferring {
            switch command.verb {
            case "ABOR":
                isAborting = true
                return [.abortTransfer]
            case "STAT" where command.argument.isEmpty:
                return [.reply(FTPReply(213, "\(transferDescription): \(transferredBytes) octets so far."))]
            case "NOOP": return [.reply(FTPReply(200, "Still here."))]
            // Never held: what follows it would be read in plaintext meanwhile, and take effect under TLS (RFC 4217 §15).
            case "AUTH": return [.reply(FTPReply(503, "Not during a transfer."))]
            default:
                guard held.count < Self.heldCommands else {
                    return close(FTPReply(421, "Too many commands wait for the end of the transfer."))
                }
                // Answered when the transfer is over, as one command after the other (RFC 959 §5.4).
                held.append(command)
                return []
            }
        }
        // RNTO follows RNFR at once (RFC 959 §4.1.3). REST and ALLO hold until a transfer has used them: as most clients
        // ask for a listener in between, and as a REST that is forgotten would have STOR replace what is there.
        let isTransfer = Self.transferCommands.contains(command.verb) && hasDataChannel
        defer {
            renameFrom = nil
            if isTransfer { (restart, allocation) = (0, nil) }
        }
        return perform(command)
    }

    private static let transferCommands: Set<String> = ["RETR", "STOR", "STOU", "APPE", "LIST", "NLST", "MLSD"]

    private mutating func perform(_ command: FTPCommand) -> [Action] {
        guard command.isText || !FTPCommand.known.contains(command.verb) else {
            return [.reply(FTPReply(FTPCommand.making.contains(command.verb) ? 553 : 501, "That is not UTF-8."))]
        }
        if let actions = performAccess(command) { return actions }
        guard user != nil else {
            return FTPCommand.known.contains(command.verb)
                ? [.reply(FTPReply(530, "Log in first."))] : unknown(command)
        }
        return performParameter(command) ?? performTransfer(command) ?? performFile(command) ?? unknown(command)
    }

    private mutating func unknown(_ command: FTPCommand) -> [Action] {
        if FTPCommand.known.contains(command.verb) {
            return [.reply(FTPReply(502, "\(command.verb) is not supported."))]
        }
        return fault("That is no command.")
    }

    /// Handles the lines that waited for the end of a transfer.
    mutating func resumeHeld() -> [Action] {
        var actions: [Action] = []
        while !isTransferring, !isClosing, pending == .none, !held.isEmpty {
            let command = held.removeFirst()
            actions += receive(command)
            // What is asked of others must be answered before the next command begins.
            if actions.contains(where: \.isQuestion) { break }
        }
        return actions
    }
}

extension FTPEngine.Action {
    /// Whether the engine waits for what comes of it.
    var isQuestion: Bool {
        switch self {
        case .logIn, .listen, .ask, .transfer, .site, .startTLS: true
        case .reply, .close, .dropData, .abortTransfer: false
        }
    }
}

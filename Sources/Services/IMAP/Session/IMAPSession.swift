internal import Accounts
internal import LineProtocol
internal import Logging
internal import MailStore
internal import NIOCore

/// One client's session: what it has sent, who it is, and which mailbox it looks at.
struct IMAPSession {
    let service: IMAPService
    let connection: LineConnection
    private var framer = CommandFramer()
    private var input = ByteBuffer()
    var output = IMAPWriter()

    /// Who has logged in.
    var name: AccountName?
    var account: MailAccount?
    /// The mailbox that is selected.
    var view: MailboxView?
    /// What was read for commands that are likely to come, and the last message that was fetched alone.
    var ahead: FetchAhead?
    var lastFetched: (index: Int, items: [FetchItem])?
    /// What `$` stands for: UIDs (RFC 5182).
    var saved: [ClosedRange<UInt32>] = []
    /// Whether the client has enabled IMAP4rev2.
    var isRevision2 = false
    var failedLogIns = 0
    /// The message that an `APPEND` brings, as far as it has come, or why it cannot be taken.
    var appended: Result<AppendedMessage, any Error>?
    private var faults = 0
    private(set) var isOver = false

    /// Faults after which a peer is taken to speak something else.
    private static let tolerableFaults = 10
    /// Octets of a literal that is kept in memory.
    private static let keptLiteral = 64 << 10
    /// Octets of a command with its literals, before and after log-in.
    private static let commandLimits = (before: 8 << 10, after: 256 << 10)
    /// Output is sent once it is that large.
    private static let flushedOctets = 32 << 10

    init(_ service: IMAPService, _ connection: LineConnection) {
        self.service = service
        self.connection = connection
    }

    var configuration: IMAPService.Configuration { service.configuration }

    /// Gives up what the session holds.
    mutating func end() {
        if let name { service.sessions.leave(name) }
        (name, account, view, appended, ahead) = (nil, nil, nil, nil, nil)
    }

    // MARK: The dialogue

    mutating func run() async throws {
        untagged("OK [CAPABILITY \(capabilities)] Headwater is ready.")
        try await flush()
        do {
            while !isOver, let element = try await next() {
                try await take(element)
                if !isOver { try await flush() }
            }
        } catch let error as LineConnectionError where error.code == .timedOut {
            untagged("BYE Nothing was said for too long.")
        } catch let error as LineConnectionError where error.code == .stopping {
            untagged("BYE The server is stopping.")
        }
        try await flush()
    }

    private mutating func take(_ element: CommandFramer.Element) async throws {
        switch element {
        case .command(let text): try await handle(text)
        case .literal(let prefix, let size, let isSynchronizing):
            try await answerLiteral(prefix, size, isSynchronizing)
        case .octets(let octets):
            guard case .success(var message)? = appended else { return }
            do {
                try await message.write(octets)
                appended = .success(message)
            } catch {
                appended = .failure(error)
            }
        case .octetsEnd, .line: break
        case .fault(let fault, let command):
            faults += 1
            appended = nil
            // A client that waits for the end of its command is to see it.
            let tag = command.flatMap { CommandParser.tag(of: $0) } ?? "*"
            switch fault {
            case .line(let line): tagged(tag, "BAD This is no line: \(line).")
            case .size: tagged(tag, "BAD The size of a literal is no number.")
            }
            if faults >= Self.tolerableFaults { bye("This does not look like IMAP.") }
        }
    }

    /// Decides about a literal before it is sent, or at least before it is kept.
    private mutating func answerLiteral(_ prefix: LiteralText, _ size: Int, _ isSynchronizing: Bool) async throws {
        let tag = CommandParser.tag(of: prefix) ?? "*"
        if account != nil,
            CommandParser.append(upTo: prefix, size: size, acceptsUTF8: isRevision2) != nil
        {
            guard size <= configuration.maximumMessage else {
                tagged(tag, "NO [TOOBIG] A message may have \(configuration.maximumMessage) octets.")
                framer.accept(.refused)
                return
            }
            do {
                appended = .success(AppendedMessage(try await service.store.spool()))
            } catch {
                appended = .failure(error)
            }
            framer.accept(.streamed)
        } else {
            let limit = account == nil ? Self.commandLimits.before : Self.commandLimits.after
            guard size <= Self.keptLiteral, prefix.size + size <= limit else {
                tagged(tag, "BAD [TOOBIG] The literal is too long for this command.")
                framer.accept(.refused)
                return
            }
            framer.accept(.kept)
        }
        if isSynchronizing {
            output.text("+ Go on.\r\n")
            try await flush()
        }
    }

    private mutating func handle(_ text: LiteralText) async throws {
        defer { appended = nil }
        guard !text.bytes.isEmpty else { return }
        let command: TaggedCommand
        do {
            command = try CommandParser.parse(text, acceptsUTF8: isRevision2)
        } catch {
            faults += 1
            tagged(CommandParser.tag(of: text) ?? "*", "BAD \(error).")
            if account == nil, faults >= Self.tolerableFaults { bye("This does not look like IMAP.") }
            return
        }
        do {
            try await execute(command)
        } catch let error as MailStoreError {
            tagged(command.tag, "NO \(Self.responseCode(error, command.command))\(error).")
        } catch let error as AccountError {
            configuration.logger.warning("an account cannot be checked", metadata: ["error": "\(error)"])
            tagged(command.tag, "NO [UNAVAILABLE] Accounts cannot be used now; try later.")
        }
    }

    private static func responseCode(_ error: MailStoreError, _ command: IMAPCommand) -> String {
        switch (error.code, command) {
        case (.noMailbox, .append), (.noMailbox, .copy), (.noMailbox, .move): "[TRYCREATE] "
        case (.noMailbox, _): "[NONEXISTENT] "
        case (.exists, _): "[ALREADYEXISTS] "
        case (.notAllowed, _): "[CANNOT] "
        case (.noMessage, _): "[EXPUNGEISSUED] "
        case (.inUse, _): "[INUSE] "
        case (.limit, _): "[LIMIT] "
        case (.unusable, _): "[UNAVAILABLE] "
        }
    }

    private mutating func execute(_ tagged: TaggedCommand) async throws {
        let (tag, command) = (tagged.tag, tagged.command)
        switch command {
        case .capability:
            untagged("CAPABILITY \(capabilities)")
            ok(tag, "These are the capabilities.")
        case .noop, .check:
            try await tellNews()
            ok(tag, "Done.")
        case .logout:
            untagged("BYE Until next time.")
            ok(tag, "Logged out.")
            isOver = true
        case .id:
            untagged("ID (\"name\" \"Headwater\")")
            ok(tag, "Done.")
        case .startTLS, .authenticate, .login: try await authenticate(tag, command)
        case .enable(let names):
            guard requireLogIn(tag) else { return }
            enable(tag, names)
        case .select, .create, .delete, .rename, .subscribe, .unsubscribe, .list, .lsub, .namespace, .status, .append:
            guard requireLogIn(tag) else { return }
            ahead = nil
            try await onMailboxes(tag, command)
        case .idle:
            guard requireLogIn(tag) else { return }
            ahead = nil
            try await idle(tag)
        case .close, .unselect, .expunge, .search, .fetch, .store, .copy, .move:
            guard view != nil else { return self.tagged(tag, "BAD No mailbox is selected.") }
            try await onMessages(tag, command)
        }
    }

    private mutating func requireLogIn(_ tag: String) -> Bool {
        if account == nil { tagged(tag, "BAD Log in first.") }
        return account != nil
    }

    private mutating func enable(_ tag: String, _ names: [String]) {
        var enabled = ""
        if names.contains("IMAP4REV2") {
            isRevision2 = true
            output.usesUTF8 = true
            enabled = " IMAP4rev2"
        }
        untagged("ENABLED\(enabled)")
        ok(tag, "Done.")
    }

    /// What the server can do (RFC 9051 §7.2.2).
    var capabilities: String {
        var names = ["IMAP4rev1", "IMAP4rev2", "LITERAL+", "SASL-IR", "ENABLE", "ID"]
        if account == nil {
            if connection.canStartTLS { names.append("STARTTLS") }
            names += mechanisms.map { "AUTH=\($0)" }
            if !allowsPasswords { names.append("LOGINDISABLED") }
        } else {
            names += [
                "IDLE", "NAMESPACE", "UNSELECT", "UIDPLUS", "MOVE", "SPECIAL-USE", "CREATE-SPECIAL-USE", "CHILDREN",
                "LIST-EXTENDED", "LIST-STATUS", "ESEARCH", "SEARCHRES", "STATUS=SIZE", "BINARY",
            ]
        }
        return names.joined(separator: " ")
    }

    // MARK: Input and output

    /// The next element that the client sends; nil when it sends no more.
    mutating func next() async throws -> CommandFramer.Element? {
        let limit = account == nil ? configuration.idleBeforeLogIn : configuration.idleAfterLogIn
        while true {
            if let element = framer.next(in: &input) { return element }
            guard try await fill(within: limit) else { return nil }
        }
    }

    /// The next line that is no command; nil when the client sends no more, or something else.
    mutating func nextLine() async throws -> [UInt8]? {
        framer.expectsLine = true
        defer { framer.expectsLine = false }
        guard case .line(let line)? = try await next() else { return nil }
        return line
    }

    /// A line that is here already.
    mutating func lineAtHand() -> CommandFramer.Element? {
        framer.expectsLine = true
        defer { framer.expectsLine = false }
        return framer.next(in: &input)
    }

    /// Waits for more; false when nothing more comes.
    mutating func fill(within limit: TimeAmount) async throws -> Bool {
        guard var more = try await connection.read(within: limit) else { return false }
        append(&more)
        return true
    }

    mutating func append(_ more: inout ByteBuffer) {
        input.discardReadBytes()
        input.writeBuffer(&more)
    }

    /// Begins TLS, and forgets what came before.
    mutating func startTLS() async throws {
        input = ByteBuffer()
        framer.reset()
        try await connection.startTLS()
    }

    mutating func untagged(_ text: String) { output.text("* \(text)\r\n") }
    /// Ends a command, unless the server has said goodbye in it.
    mutating func tagged(_ tag: String, _ text: String) {
        if !isOver { output.text("\(tag) \(text)\r\n") }
    }
    mutating func ok(_ tag: String, _ text: String) { tagged(tag, "OK \(text)") }

    /// Ends the session.
    mutating func bye(_ text: String) {
        untagged("BYE \(text)")
        isOver = true
    }

    mutating func flush() async throws {
        let octets = output.take()
        if octets.readableBytes > 0 { try await connection.write(octets) }
    }

    /// Sends what there is if it is much: memory does not grow with the number of messages.
    mutating func flushIfLarge() async throws {
        if output.buffer.readableBytes >= Self.flushedOctets { try await flush() }
    }

    // MARK: News

    /// Tells the client what has happened to its mailbox.
    mutating func tellNews(expunged: Bool = true) async throws {
        guard let account, var view else { return }
        let changes: MailboxChanges
        do {
            changes = try await account.changes(
                in: view.name, since: view.modification, claimsRecent: !view.isReadOnly)
        } catch let error as MailStoreError where error.code == .noMailbox {
            self.view = nil
            return bye("The mailbox is gone.")
        }
        // UIDs that mean something else: another mailbox has taken the name.
        guard view.isSame(changes) else {
            self.view = nil
            return bye("The mailbox is gone.")
        }
        let news = view.take(changes, tellsExpunged: expunged)
        self.view = view
        try await tell(news)
    }

    /// Tells the client which messages are gone, of those that the session knows of.
    mutating func tellExpunged() async throws {
        guard var view, view.hasGone else { return }
        let changes = MailboxChanges(
            uidValidity: view.uidValidity, uidNext: view.uidNext, modification: view.modification)
        let news = view.take(changes, tellsExpunged: true)
        self.view = view
        try await tell(news)
    }

    private mutating func tell(_ news: [MailboxView.News]) async throws {
        for item in news {
            switch item {
            case .expunged(let number): untagged("\(number) EXPUNGE")
            case .exists(let count): untagged("\(count) EXISTS")
            case .recent(let count): if !isRevision2 { untagged("\(count) RECENT") }
            case .flags(let number):
                writeFlags(number: number, withUID: true)
                try await flushIfLarge()
            }
        }
    }

    /// `FETCH` with the flags of a message.
    mutating func writeFlags(number: Int, withUID: Bool) {
        guard let message = view?.messages[number - 1] else { return }
        let uid = withUID ? " UID \(message.uid)" : ""
        untagged("\(number) FETCH (FLAGS (\(flagNames(message)))\(uid))")
    }

    func flagNames(_ message: StoredMessage) -> String {
        let recent = message.isRecent && !isRevision2 ? ["\\Recent"] : []
        return (message.flags.names + recent).joined(separator: " ")
    }
}

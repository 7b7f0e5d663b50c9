import Accounts
import ArgumentParser
import Foundation
import HTTP
import Listening
import IMAP
import LineProtocol
import Logging
import Mail
import MailStore
import NIOCore
import NIOPosix
import NameServer
import POP3
import SMTP
import Webmail

/// `headwater mail serve`: the listeners that are named, and the queue, in one process.
struct MailServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract:
            "Take mail over SMTP, keep it for the accounts who read it by IMAP and POP3, and send what they write.",
        discussion: """
            Mail for the domains goes into the mailboxes of the accounts; mail for elsewhere is taken from accounts only, \
            queued in the data folder and sent to the hosts of its domains. Prints one line a listener once it listens, and \
            stops gracefully on SIGTERM. What was acknowledged is on disk.

            Example:
              headwater mail serve --data data --domain example.org --smtp-listen 127.0.0.1:2525 \
            --submission-listen 127.0.0.1:5870 --imap-listen 127.0.0.1:1430 --self-signed
            """)

    @Option(help: ArgumentHelp("The folder where the services keep what they know.", valueName: "dir"))
    var data: String

    @Option(
        help: ArgumentHelp(
            "A domain whose mail is kept here; may be given several times. The first is postmaster's.",
            valueName: "domain"))
    var domain: [String]

    @Option(
        help: ArgumentHelp(
            "The name that this host greets with; the first domain if not given.", valueName: "name"))
    var hostname: String?

    @Option(help: ArgumentHelp("Where to take mail from other servers (port 25).", valueName: "host:port"))
    var smtpListen: ListenAddress?

    @Option(help: ArgumentHelp("Where accounts send mail, with STARTTLS (port 587).", valueName: "host:port"))
    var submissionListen: ListenAddress?

    @Option(
        help: ArgumentHelp("Where accounts send mail, with TLS from the start (port 465).", valueName: "host:port"))
    var submissionsListen: ListenAddress?

    @Option(help: ArgumentHelp("Where accounts read mail by POP3, with STLS (port 110).", valueName: "host:port"))
    var pop3Listen: ListenAddress?

    @Option(help: ArgumentHelp("The same with TLS from the start (port 995).", valueName: "host:port"))
    var pop3sListen: ListenAddress?

    @Option(help: ArgumentHelp("Where accounts read mail by IMAP, with STARTTLS (port 143).", valueName: "host:port"))
    var imapListen: ListenAddress?

    @Option(help: ArgumentHelp("The same with TLS from the start (port 993).", valueName: "host:port"))
    var imapsListen: ListenAddress?

    @Option(
        help: ArgumentHelp(
            "Where accounts read and write mail in a browser (port 443), over HTTPS if there is a certificate.",
            valueName: "host:port"))
    var webmailListen: ListenAddress?

    @Option(
        help: ArgumentHelp(
            "Send mail for a domain to this host instead of looking it up; * stands for all others. Several may be given.",
            valueName: "domain=host:port"))
    var mxMap: [ExchangerArgument] = []

    @Option(
        help: ArgumentHelp(
            "A recursive name server to look domains up with, instead of the system's; several may be given.",
            valueName: "address[:port]"))
    var nameServer: [NameServerArgument] = []

    @Option(
        help: ArgumentHelp(
            "Seconds after which other servers are greeted; those that speak before are turned away.", valueName: "s"))
    var greetingDelay = 0.0

    @Option(help: ArgumentHelp("What messages in the queue may have together; more are refused.", valueName: "size"))
    var queueLimit = ByteCount(bytes: 4 << 30)

    @Option(help: ArgumentHelp("What the disk must have left for a message to be taken.", valueName: "size"))
    var minimumFree = ByteCount(bytes: 256 << 20)

    @Option(
        help: ArgumentHelp(
            "The account that gets what is for postmaster@ a domain without such an account.", valueName: "account"))
    var postmaster: AccountName?

    @Option(
        help: ArgumentHelp(
            "Recipients a minute that an address may send to which has not logged in; 0 for no limit.", valueName: "n"))
    var addressRate = 1000

    @Option(help: ArgumentHelp("Recipients an hour that an account may send to; 0 for no limit.", valueName: "n"))
    var accountRate = 1000

    @Flag(help: "Let clients on this machine log in with passwords although they do not use TLS.")
    var allowPlaintextOnLoopback = false

    @OptionGroup var identity: IdentityOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        for name in domain + [hostname].compactMap(\.self) where !Self.isName(name) {
            throw ValidationError("'\(name)' is no domain in ASCII")
        }
        if domain.isEmpty { throw ValidationError("--domain is missing") }
        let encrypted = [submissionsListen, pop3sListen, imapsListen].compactMap(\.self)
        let others = [smtpListen, submissionListen, pop3Listen, imapListen, webmailListen].compactMap(\.self)
        if (others + encrypted).isEmpty {
            throw ValidationError("nothing to do: give --smtp-listen, --submission-listen, --imap-listen or another")
        }
        if !encrypted.isEmpty, identity.tlsCertificate == nil, !identity.selfSigned {
            throw ValidationError("TLS from the start needs --tls-certificate and --tls-key, or --self-signed")
        }
        if let webmailListen, identity.tlsCertificate == nil, !identity.selfSigned,
            !allowPlaintextOnLoopback || !Self.isLoopback(webmailListen.host)
        {
            throw ValidationError(
                """
                passwords and mail would cross the network in the clear: --webmail-listen needs --tls-certificate and \
                --tls-key, or --self-signed; or an address of this machine only and --allow-plaintext-on-loopback
                """)
        }
        if addressRate < 0 || accountRate < 0 { throw ValidationError("a rate is a number of recipients, or 0") }
        if !(0...60).contains(greetingDelay) { throw ValidationError("--greeting-delay is between 0 and 60 seconds") }
    }

    private static func isName(_ text: String) -> Bool {
        MailAddress.isDomain(text) && text.utf8.allSatisfy { $0 < 0x80 } && !text.hasPrefix("[")
    }

    private static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || Endpoint(host: host, port: 0).isLoopback
    }

    func run() async throws {
        let logger = common.logger("mail")
        let signals = await TerminationSignals()
        let domains = domain.map { $0.lowercased() }
        let hostname = (hostname ?? domains[0]).lowercased()
        let accounts = try AccountStore(folder: data)
        let tls = try identity.identity(data: data, names: [hostname] + domains)
        let store = MailStore(root: data + "/mail")
        let mailboxes = StoredMailboxes(accounts: accounts, store: store, postmaster: postmaster)
        if let address = MailAddress("postmaster@\(domains[0])"), try await !mailboxes.contains(address) {
            logger.warning("mail for the postmaster is refused: make an account \(address), or name one: --postmaster")
        }
        let threads = NIOThreadPool(numberOfThreads: 16)
        threads.start()
        var configuration = MailQueue.Configuration(hostname: hostname, localDomains: Set(domains), logger: logger)
        configuration.logger[metadataKey: "part"] = "queue"
        configuration.maximumOctets = queueLimit.bytes
        configuration.minimumFree = minimumFree.bytes
        let queue = try MailQueue(
            configuration: configuration, folder: QueueFolder(path: data + "/queue"), mailboxes: mailboxes,
            exchangers: StaticMailExchangers(
                Dictionary(mxMap.map { ($0.domain, $0.host) }, uniquingKeysWith: { $1 }),
                others: exchangers(hostname, threads)),
            threads: threads)
        // Who guesses at one listener waits at the others, too.
        let failures = FailureLog()
        let rates = SendingRates(
            address: addressRate > 0 ? .init(addressRate, in: .seconds(60)) : nil,
            account: accountRate > 0 ? .init(accountRate, in: .seconds(3600)) : nil)
        var listeners = Listeners()
        for (scheme, address, mode, isImplicit) in [
            ("smtp", smtpListen, SMTPServerPolicy.Mode.exchange, false),
            ("submission", submissionListen, .submission, false), ("submissions", submissionsListen, .submission, true),
        ] {
            var policy = SMTPServerPolicy(hostname: hostname, localDomains: domains)
            policy.mode = mode
            policy.allowsPlaintextPasswords = allowPlaintextOnLoopback
            let service = SMTPService(
                policy: policy, accounts: accounts, mailboxes: mailboxes, queue: queue,
                greetingDelay: mode == .exchange ? .seconds(greetingDelay) : .zero, failures: failures,
                rates: rates, logger: logger)
            guard var settings = settings(address, isImplicit, tls, logger) else { continue }
            settings.refusal = { _ in "421 4.3.2 \(hostname) too many connections, try again later\r\n" }
            let server = LineServer(configuration: settings, handler: service.serve)
            listeners.add(server, at: ["\(scheme)://\(try await server.bind())"])
        }
        try await addReaders(to: &listeners, accounts, store, tls, failures, logger)
        try await listeners.serve(beside: [queue, ArenaTrimming()], until: signals, logger: logger) { announce in
            guard let webmailListen else { return nil }
            var settings = WebmailService.Configuration(
                host: webmailListen.host, port: webmailListen.port, tls: tls, logger: logger)
            settings.logger[metadataKey: "part"] = "webmail"
            settings.isStrict = identity.tlsCertificate != nil
            return try WebmailService(
                configuration: settings, accounts: accounts, store: store, send: Self.sender(queue, rates),
                onListening: { announce("listening on \($0)") })
        }
        try await threads.shutdownGracefully()
    }

    /// Who knows the hosts of other domains.
    private func exchangers(_ hostname: String, _ threads: NIOThreadPool) -> any MailExchangers {
        guard !nameServer.isEmpty else { return SystemMailExchangers(hostname: hostname, threads: threads) }
        let resolver = StubResolver(nameServer.map(\.endpoint), group: MultiThreadedEventLoopGroup.singleton)
        return NameServerMailExchangers(hostname: hostname) { try await resolver.ask($0, $1) }
    }

    /// Adds the listeners by which accounts read their mail.
    private func addReaders(
        to listeners: inout Listeners, _ accounts: AccountStore, _ store: MailStore, _ tls: TLSIdentity?,
        _ failures: FailureLog, _ logger: Logger
    ) async throws {
        var configuration = IMAPService.Configuration(logger: logger)
        configuration.failures = failures
        if allowPlaintextOnLoopback { configuration.allowsPlaintext = { $0.peer?.isLoopback ?? false } }
        let imap = IMAPService(configuration: configuration, accounts: accounts, store: store)
        for (address, isImplicit) in [(imapListen, false), (imapsListen, true)] {
            guard var settings = settings(address, isImplicit, tls, logger) else { continue }
            settings.refusal = { IMAPService.refusal($0) }
            let server = LineServer(configuration: settings, handler: imap.serve)
            listeners.add(server, at: ["\(isImplicit ? "imaps" : "imap")://\(try await server.bind())"])
        }
        for (address, isImplicit) in [(pop3Listen, false), (pop3sListen, true)] {
            guard let settings = settings(address, isImplicit, tls, logger) else { continue }
            var configuration = POP3Service.Configuration(server: settings)
            configuration.allowsPlaintextPasswordsFromLoopback = allowPlaintextOnLoopback
            configuration.failures = failures
            let service = POP3Service(
                configuration: configuration, accounts: accounts, store: store,
                group: MultiThreadedEventLoopGroup.singleton)
            listeners.add(service, at: ["\(isImplicit ? "pop3s" : "pop3")://\(try await service.bind())"])
        }
    }

    /// Where and how a listener listens; nil where it is not wanted.
    private func settings(
        _ address: ListenAddress?, _ isImplicit: Bool, _ tls: TLSIdentity?, _ logger: Logger
    ) -> LineServer.Configuration? {
        guard let address else { return nil }
        var settings = LineServer.Configuration(host: address.host, port: address.port, logger: logger)
        // Of up to seven listeners each gets a share; the eighth is for files.
        settings.maximumConnections = max(100, FileDescriptors.available / 8)
        settings.security = tls.map { isImplicit ? .implicit($0) : .upgradable($0) } ?? .plain
        return settings
    }

    /// Puts what is written in a browser into the queue.
    private static func sender(
        _ queue: MailQueue, _ rates: SendingRates
    ) -> @Sendable (OutgoingMessage) async throws -> Void {
        { message in
            let account = AccountName(message.sender.description)
            guard rates.admits(account, from: "") else {
                throw CommandError(.temporaryFailure, "too much mail in so short a time: try again later")
            }
            var envelope = Envelope(
                sender: message.sender, recipients: message.recipients.map { EnvelopeRecipient($0) })
            envelope.isEightBit = !message.octets.allSatisfy { $0 < 0x80 }
            envelope.isInternational = (message.recipients + [message.sender]).contains(where: \.isInternationalised)
            var incoming = try await queue.open()
            do {
                try await incoming.write(ByteBuffer(bytes: message.octets))
                try await incoming.commit(envelope)
                rates.count(envelope.recipients.count, of: account, from: "")
            } catch {
                await incoming.discard()
                throw error
            }
        }
    }
}

/// `domain=host:port`.
struct ExchangerArgument: ExpressibleByArgument, Sendable {
    /// In lower case, or `*`.
    var domain: String
    var host: MailHost

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, let address = ListenAddress(String(parts[1])), address.port > 0 else { return nil }
        domain = parts[0].lowercased()
        host = MailHost(name: address.host, port: address.port)
    }
}

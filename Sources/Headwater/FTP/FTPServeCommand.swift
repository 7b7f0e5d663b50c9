import Accounts
import Administration
import ArgumentParser
import FTP
import Foundation
import HTTP
import Listening
import IngestQueue
import LineProtocol
import Logging
import NIOCore
import ServiceLifecycle

/// `headwater ftp serve`: accounts' files over FTP.
struct FTPServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve files over FTP, with TLS where a certificate is given.",
        discussion: """
            Whoever has an account (headwater account) sees a folder of their own, ftp/user@domain in the data folder; \
            with --root, all see that folder. An upload appears under its name when it is whole. With --library it is \
            ingested then: the reply names the job, SITE JOBS shows how far it is, and a message in the uploader's mailbox \
            (headwater mail) tells of the outcome; --admin shows /jobs too. Prints one line a listener once it listens, and \
            stops gracefully on SIGTERM.

            Examples:
              headwater ftp serve --listen 0.0.0.0:2121 --data data --self-signed --passive-ports 50000-50099
              headwater ftp serve --data data --library . --origin http://127.0.0.1:8080 --admin 127.0.0.1:9021
            """)

    @Option(help: ArgumentHelp("Where to serve; port 0 takes any free one.", valueName: "host:port"))
    var listen = ListenAddress(host: "127.0.0.1", port: 2121)

    @Option(help: ArgumentHelp("Where to serve with TLS from the start (implicit TLS).", valueName: "host:port"))
    var tlsListen: ListenAddress?

    @OptionGroup var folder: AccountCommand.DataOptions

    @Option(help: ArgumentHelp("The folder that all users see; each their own if not given.", valueName: "dir"))
    var root: String?

    @Option(help: "What accounts may do: full, read-only or upload-only.")
    var access = FTPUser.Access.full

    @Option(help: ArgumentHelp("What the files of a user's folder may have together.", valueName: "size"))
    var quota: ByteCount?

    @Flag(help: "Let anybody read as the user anonymous: the root, or ftp/anonymous in the data folder.")
    var anonymous = false

    @Option(help: ArgumentHelp("Ports for passive data connections; any free ones if not given.", valueName: "a-b"))
    var passivePorts: PortRange?

    @Option(help: ArgumentHelp("The IPv4 address for PASV, where a translator stands in front.", valueName: "address"))
    var passiveAddress: String?

    @Option(help: "Connections that may be open at once.")
    var connections = 500

    @Option(help: "Connections that one address may have open at once.")
    var connectionsPerAddress = 50

    @Option(help: ArgumentHelp("How long a client may say nothing.", valueName: "time"))
    var idleTime = TimeLength(seconds: 300)

    @Option(help: ArgumentHelp("What one transfer may move a second.", valueName: "size"))
    var rate: ByteCount?

    @OptionGroup var identity: IdentityOptions

    @Flag(help: "Let nobody log in without TLS, nor transfer without.")
    var requireTLS = false

    @OptionGroup(title: "Drop Box Options") var dropBox: DropBoxOptions

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard connections > 0, connectionsPerAddress > 0 else {
            throw ValidationError("at least one connection must be possible")
        }
        guard rate.map({ $0.bytes > 0 }) ?? true else { throw ValidationError("--rate must be above zero") }
        let hasCertificate = identity.selfSigned || identity.tlsCertificate != nil
        if requireTLS || tlsListen != nil, !hasCertificate {
            throw ValidationError("TLS needs a certificate: give --self-signed, or --tls-certificate and --tls-key")
        }
        if let passiveAddress, (try? SocketAddress(ipAddress: passiveAddress, port: 0))?.protocol != .inet {
            throw ValidationError("--passive-address needs an IPv4 address")
        }
    }

    func run() async throws {
        let logger = common.logger("ftp")
        let signals = await TerminationSignals()
        let store = try folder.store()
        let certificate = try identity.identity(data: folder.data, names: [])
        let folders = FTPFolders(
            data: folder.data, root: root, access: access, quota: quota.map { Int64($0.bytes) },
            allowsAnonymous: anonymous)
        try folders.prepare()

        var configuration = FTPServer.Configuration(logger: logger)
        configuration.identity = certificate
        configuration.engine.offersTLS = certificate != nil
        configuration.engine.requiresTLS = requireTLS
        configuration.engine.idleAfterLogIn = .seconds(idleTime.seconds)
        configuration.engine.idleBeforeLogIn = .seconds(min(idleTime.seconds, 60))
        configuration.rate = rate?.bytes
        configuration.passivePorts = passivePorts?.ports
        configuration.passiveAddress = passiveAddress
        let registry = PrometheusRegistry(help: IngestQueue.metricsHelp)
        let box = try dropBox.library.map {
            try DropBox(
                dropBox, library: $0, data: folder.data, accounts: store, metrics: registry,
                logger: common.logger("ingest"))
        }
        if box != nil {
            configuration.engine.siteCommands = DropBox.siteCommands
            configuration.farewellRoundTrips = 3
        }
        let server = FTPServer(
            configuration: configuration,
            logIn: { name, password in
                if name == "anonymous" || name == "ftp" { return try folders.anonymous() }
                return try await store.verify(user: name, password: password).map { try folders.user($0) }
            },
            uploaded: { await box?.uploaded($0, by: $1) },
            site: { _, argument, user in
                await box?.site(argument, user) ?? FTPReply(504, "Nothing is ingested here.")
            })
        try await serve(server, certificate, box, UploadSweeper(folders: folders), registry, signals, logger)
    }

    /// Listens everywhere before anything is announced. What is ingested stops after the listeners.
    private func serve(
        _ server: FTPServer, _ certificate: TLSIdentity?, _ box: DropBox?, _ sweeper: UploadSweeper,
        _ registry: PrometheusRegistry, _ signals: TerminationSignals, _ logger: Logger
    ) async throws {
        var listeners = Listeners()
        let count = ConnectionCount(
            limit: min(connections, max(1, FileDescriptors.available / 4)), limitPerOrigin: connectionsPerAddress)
        for (address, isImplicit) in [(listen, false), (tlsListen, true)] {
            guard let address else { continue }
            var configuration = LineServer.Configuration(host: address.host, port: address.port, logger: logger)
            if let certificate {
                configuration.security = isImplicit ? .implicit(certificate) : .upgradable(certificate)
            }
            configuration.count = count
            configuration.readsUrgentDataInline = true
            configuration.refusal = { FTPServer.refusal($0) }
            let listener = LineServer(configuration: configuration) { try await server.serve($0) }
            listeners.add(listener, at: ["\(isImplicit ? "ftps" : "ftp")://\(try await listener.bind())"])
        }
        let services: [any Service] = [sweeper] + (box.map { [$0.queue] } ?? [])
        try await listeners.serve(beside: services + [ArenaTrimming()], until: signals, logger: logger) { announce in
            dropBox.administration.server(
                registry: registry, logger: logger, documents: box.map { [$0.document] } ?? [], announce: announce)
        }
    }
}

/// `A-B`: ports from one to another.
struct PortRange: ExpressibleByArgument {
    let ports: ClosedRange<Int>

    init?(argument: String) {
        let parts = argument.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let first = parts[0], let last = parts[1], first <= last, first > 0, last <= 65535
        else { return nil }
        ports = first...last
    }
}

extension FTPUser.Access: ExpressibleByArgument {}

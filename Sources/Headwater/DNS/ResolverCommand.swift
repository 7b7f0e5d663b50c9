import Administration
import ArgumentParser
import DNS
import Foundation
import HTTP
import Listening
import Logging
import Metrics
import NIOPosix
import NameServer
import Resolver

/// `headwater resolver`: a recursive name server.
struct ResolverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resolver",
        abstract: "Find answers for clients, by asking from the root down, and remember them.",
        discussion: """
            Asks the servers of the root, then those that they name, and so on (iteration); with --forward, another \
            resolver does the work. Serves this machine only, unless --allow names others: a resolver that is open to all \
            is used for attacks. Prints one line once it listens, and stops on SIGTERM.

            Examples:
              headwater resolver --listen 127.0.0.1:5353
              headwater resolver --listen 192.168.1.1:53 --allow 192.168.1.0/24 --forward 192.0.2.53
            """)

    @Option(help: ArgumentHelp("Where to answer, over UDP and TCP; port 0 takes any free one.", valueName: "host:port"))
    var listen = ListenAddress(host: "127.0.0.1", port: 5353)

    @Option(
        help: ArgumentHelp(
            "Whose questions are answered; this machine's if not given. May be given several times.",
            valueName: "address/bits"))
    var allow: [IPNetwork] = []

    @Option(
        help: ArgumentHelp(
            "A resolver that is to do the work; may be given several times.", valueName: "address[:port]"))
    var forward: [NameServerArgument] = []

    @OptionGroup var options: ResolverOptions

    @Option(
        help: ArgumentHelp(
            "Tell servers of this name where clients are, by 24 or 56 bits (RFC 7871); . for all. May be repeated.",
            valueName: "name"))
    var clientSubnet: [DomainName] = []

    @Option(help: ArgumentHelp("What the cache may take.", valueName: "size"))
    var memory: ByteCount = ByteCount(bytes: 128 << 20)

    @Option(help: ArgumentHelp("Seconds that answers are kept for when no server answers; 0 for none.", valueName: "s"))
    var staleTime: UInt32 = 86_400

    @OptionGroup var administration: AdministrationOptions

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if !forward.isEmpty, options.rootHints != nil {
            throw ValidationError("--forward and --root-hints exclude each other")
        }
    }

    func run() async throws {
        let logger = common.logger("resolver")
        let signals = await TerminationSignals()
        var engine = try options.configuration(forwarders: forward.compactMap(\.server))
        engine.cache.octets = Int(clamping: memory.bytes)
        engine.cache.staleTime = staleTime
        // Each of them may have a socket, and what has none is taken for a server that does not answer.
        engine.requests = min(engine.requests, max(50, FileDescriptors.available / 4))
        if !clientSubnet.isEmpty { engine.clientSubnets = .zones(clientSubnet) }
        var access = ResolverResponder.Configuration()
        if !allow.isEmpty { access.clients = allow }
        access.tellsSubnets = !clientSubnet.isEmpty
        let registry = PrometheusRegistry(help: ResolverMetrics.help)
        let metrics = ResolverMetrics(factory: registry)
        let group = MultiThreadedEventLoopGroup.singleton
        let resolver = Resolver(configuration: engine, group: group, logger: logger, metrics: metrics)
        let server = NameServer(
            configuration: NameServer.Configuration(host: listen.host, port: listen.port, logger: logger),
            group: group, responder: ResolverResponder(configuration: access, resolver: resolver, metrics: metrics))
        var listeners = Listeners()
        listeners.add(server, at: ["dns://\(try await server.bind())"])
        try await listeners.serve(until: signals, logger: logger) { announce in
            administration.server(registry: registry, logger: logger, announce: announce)
        }
    }
}

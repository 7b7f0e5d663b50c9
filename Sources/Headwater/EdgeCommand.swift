import Administration
import ArgumentParser
import Edge
import HTTP
import Listening
import Logging
import ServiceLifecycle

/// `headwater edge`: a cache in front of origins.
struct EdgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "edge",
        abstract: "Cache what one or more origins serve.",
        discussion: """
            Answers from memory what it has, by HTTP's caching rules (RFC 9111), and asks the origins, in the order \
            given, for the rest. Clients that ask for the same thing at once share one fetch and get it while it \
            arrives. Prints one line a listener once it listens, and stops gracefully on SIGTERM.

            Example: headwater edge --origin http://127.0.0.1:8080 --listen 127.0.0.1:8081 --memory 1GB
            """)

    @Option(help: ArgumentHelp("An origin; give several to have the next one asked when one fails.", valueName: "url"))
    var origin: [String]

    @Option(help: ArgumentHelp("Certificates (PEM) to trust besides the system's, for https.", valueName: "file"))
    var ca: String?

    @Option(help: ArgumentHelp("Where to serve; port 0 takes any free one.", valueName: "host:port"))
    var listen = ListenAddress(host: "127.0.0.1", port: 8081)

    @OptionGroup var administration: AdministrationOptions

    @Option(help: ArgumentHelp("Memory for stored responses.", valueName: "size"))
    var memory = ByteCount(bytes: 512_000_000)

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let logger = common.logger("edge")
        var origins: [OriginURL] = []
        for text in origin {
            guard let url = OriginURL(text) else {
                throw CommandError(.usage, "--origin \(text) is no origin; give http://HOST:PORT")
            }
            origins.append(url)
        }
        guard memory.bytes >= 16 << 20 else {
            throw CommandError(.usage, "--memory \(memory) is too little for a few segments; give at least 16MiB")
        }
        var configuration = EdgeConfiguration(origins: origins, logger: logger)
        configuration.memory = memory.bytes
        if let ca {
            do {
                configuration.authorities = try OriginAuthorities(file: ca)
            } catch {
                throw CommandError(.dataError, "--ca \(ca): no certificates in PEM that could be read")
            }
        }
        let registry = PrometheusRegistry(help: ServerMetrics.help.merging(EdgeMetrics.help) { first, _ in first })
        let edge = EdgeService(configuration: configuration, metrics: EdgeMetrics(factory: registry))
        var serverConfiguration = ServerConfiguration(address: listen, logger: logger)
        serverConfiguration.limits.content = 1 << 20
        let server = DeliveryServer(
            configuration: serverConfiguration, responder: edge.responder,
            metrics: ServerMetrics(factory: registry))
        try await DeliveryService(
            server: server, administration: administration, registry: registry, fault: { await edge.fault() },
            logger: logger, companions: [edge]
        ).run()
    }
}

import ArgumentParser
import Listening
import Logging
import NetworkEmulation
import ServiceLifecycle
import UnixSignals

/// `headwater link`: a slow network for any client.
struct LinkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "link",
        abstract: "Make the way to a server look like a slow network, for any client.",
        discussion: """
            A TCP proxy that paces what the server sends by a bandwidth profile and delays each request by its latency. \
            All connections share the bandwidth. The profile starts with the first connection and repeats for ever. \
            Point a browser, mpv or curl at the address that is printed.

            Example: headwater link --upstream 127.0.0.1:8080 --listen 127.0.0.1:8090 --profile square
            """)

    @Option(help: ArgumentHelp("Where clients connect; port 0 takes any free one.", valueName: "host:port"))
    var listen = ListenAddress(host: "127.0.0.1", port: 0)

    @Option(help: ArgumentHelp("The server that connections go to.", valueName: "host:port"))
    var upstream: ListenAddress

    @Option(
        help: ArgumentHelp(
            "A built-in profile, perhaps with parameters, or a file; see headwater profiles.", valueName: "name|file"))
    var profile: String

    @Option(help: "Seed of a random profile that does not name one.")
    var seed: UInt64 = 1

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard upstream.port > 0 else { throw ValidationError("--upstream needs a port from 1 to 65535") }
    }

    func run() async throws {
        let logger = common.logger("link")
        let link = ShapingLink(
            profile: try ProfileCatalogue.profile(named: profile, seed: seed), upstreamHost: upstream.host,
            upstreamPort: upstream.port, host: listen.host, port: listen.port, logger: logger)
        let address = ListenAddress(host: listen.host, port: try await link.start())
        StandardStream.output.writeLine("listening on tcp://\(address)")
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [LinkService(link: link)], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
    }
}

/// Keeps a link until the program is asked to end.
private struct LinkService: Service {
    var link: ShapingLink

    func run() async throws {
        try? await gracefulShutdown()
        await link.stop()
    }
}

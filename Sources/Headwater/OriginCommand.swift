import Administration
import ArgumentParser
import HTTP
import Listening
import Logging
import Origin
import SegmentStore
import ServiceLifecycle

/// `headwater origin`: a library over HTTP.
struct OriginCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "origin",
        abstract: "Serve a library's media and manifests over HTTP.",
        discussion: """
            Serves the folders media/ and manifests/ of the library, with ranges, entity tags and CORS. Prints one line \
            a listener once it listens, and stops gracefully on SIGTERM.

            Example: headwater origin --library . --listen 127.0.0.1:8080 --admin 127.0.0.1:9080
            """)

    @Option(help: ArgumentHelp("The folder that holds media/ and manifests/.", valueName: "dir"))
    var library = "."

    @Option(help: ArgumentHelp("Where to serve; port 0 takes any free one.", valueName: "host:port"))
    var listen = ListenAddress(host: "127.0.0.1", port: 8080)

    @OptionGroup var administration: AdministrationOptions

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let logger = common.logger("origin")
        let registry = PrometheusRegistry(help: ServerMetrics.help)
        var limits = FileSegmentStore.Limits()
        limits.openFiles = min(limits.openFiles, FileDescriptors.available / 8)
        let store = try FileSegmentStore(folder: library, publicFolders: LibraryLayout.publicFolders, limits: limits)
        let server = DeliveryServer(
            configuration: ServerConfiguration(address: listen, logger: logger),
            responder: OriginResponder(store: store, logger: logger), metrics: ServerMetrics(factory: registry))
        try await DeliveryService(
            server: server, administration: administration, registry: registry, fault: { store.fault }, logger: logger
        ).run()
    }
}

extension SegmentStoreError: ExitStatusProviding {
    var systemExit: SystemExit {
        switch code {
        case .notFound, .unusable: .noInput
        case .unavailable: .ioError
        }
    }
}

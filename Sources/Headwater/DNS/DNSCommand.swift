import ArgumentParser
import DNS
import Foundation
import HTTP
import Logging
import NIOPosix
import NameServer
import ServiceLifecycle

/// `headwater dns`: an authoritative name server.
struct DNSCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dns",
        abstract: "Answer for zones, as an authoritative name server over UDP and TCP.",
        discussion: """
            Each file holds one zone (RFC 1035 §5): its name is that of the first $ORIGIN, else that of the file without \
            .zone or .db, or what stands before "=". Files are read anew when they change; one that is broken leaves the \
            zone as it was. Prints one line once it listens, and stops on SIGTERM.

            Example: headwater dns --listen 127.0.0.1:5353 --zone cdn.test.zone --transfer-to 127.0.0.0/8
            """)

    @Option(help: ArgumentHelp("Where to answer, over UDP and TCP; port 0 takes any free one.", valueName: "host:port"))
    var listen = ListenAddress(host: "127.0.0.1", port: 5353)

    @Option(help: ArgumentHelp("A zone to answer for; may be given several times.", valueName: "[name=]file"))
    var zone: [ZoneArgument]

    @Option(
        help: ArgumentHelp("Who may have whole zones (AXFR); nobody if not given.", valueName: "address/bits"))
    var transferTo: [IPNetwork] = []

    @Option(help: ArgumentHelp("What NSID and id.server tell.", valueName: "name"))
    var serverID: String?

    @Option(
        help: ArgumentHelp(
            "Responses that are alike a second and network over UDP; 0 for no limit.", valueName: "n"))
    var responseRate = 20

    @Option(
        help: ArgumentHelp(
            "32 hexadecimal digits that servers share to know each other's cookies; random if not given.",
            valueName: "hex"))
    var cookieSecret: String?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if zone.isEmpty { throw ValidationError("--zone is missing") }
        if responseRate < 0 { throw ValidationError("--response-rate is 0 or more") }
        if let cookieSecret, Self.secret(cookieSecret) == nil {
            throw ValidationError("--cookie-secret needs 32 hexadecimal digits")
        }
        if let serverID, serverID.isEmpty || serverID.utf8.count > 255 {
            throw ValidationError("--server-id has 1 to 255 octets")
        }
    }

    private static func secret(_ text: String) -> DNSCookies? {
        let digits = Array(text)
        guard digits.count == 32, digits.allSatisfy(\.isHexDigit) else { return nil }
        return DNSCookies(
            secret: stride(from: 0, to: 32, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) })
    }

    func run() async throws {
        let logger = common.logger("dns")
        let signals = await TerminationSignals()
        let files = try ZoneFiles(zone.map(\.source), logger: logger)
        var configuration = AuthorityResponder.Configuration(logger: logger)
        configuration.transfers = transferTo
        configuration.engine.serverID = serverID
        configuration.engine.cookies =
            cookieSecret.flatMap(Self.secret)
            ?? DNSCookies(secret: (0..<16).map { _ in UInt8.random(in: 0...255) })
        if responseRate == 0 {
            configuration.rateLimit = nil
        } else {
            configuration.rateLimit?.rate = Double(responseRate)
        }
        let responder = AuthorityResponder(configuration: configuration, zones: files.zones)
        files.whenChanged { responder.replace($0) }
        let server = NameServer(
            configuration: NameServer.Configuration(host: listen.host, port: listen.port, logger: logger),
            group: MultiThreadedEventLoopGroup.singleton, responder: responder)
        StandardStream.output.writeLine("listening on dns://\(try await server.bind())")
        try await signals.run([files, server], logger: logger)
    }
}

/// `[NAME=]FILE`.
struct ZoneArgument: ExpressibleByArgument, Sendable {
    var source: ZoneFiles.Source

    init?(argument: String) {
        guard let equals = argument.firstIndex(of: "=") else {
            source = ZoneFiles.Source(path: argument)
            return
        }
        guard let name = try? DomainName(argument[..<equals]) else { return nil }
        source = ZoneFiles.Source(path: String(argument[argument.index(after: equals)...]), origin: name)
    }
}

extension IPNetwork: ExpressibleByArgument {
    /// Reads an argument: `ADDRESS/BITS`.
    package init?(argument: String) { self.init(argument) }
}

extension DNSError: ExitStatusProviding {
    var systemExit: SystemExit {
        switch code {
        case .unreadable: .noInput
        case .malformedMessage: .protocolError
        case .malformedName, .malformedRecord, .malformedZone: .dataError
        }
    }
}

import ArgumentParser
import Client
import Player

/// How a client connects to servers: options of every command that plays.
struct TransportOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Certificates (PEM) to trust besides the system's, for https.", valueName: "file"))
    var ca: String?

    @Option(help: "HTTP version: auto takes HTTP/2 where a server offers it over https.")
    var http = Transport.Version.automatic

    /// - Throws: `PlayerError` when the certificates cannot be read.
    func transport() throws -> Transport { try Transport(version: http, authorityFile: ca) }
}

extension Transport.Version: ExpressibleByArgument {}
extension CommonMediaClientData.Transmission: ExpressibleByArgument {}

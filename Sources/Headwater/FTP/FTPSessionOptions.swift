import ArgumentParser
import FTP
import Foundation
import LineProtocol

/// How a client of FTP connects.
struct FTPSessionOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Who logs in, if the URL does not say; anonymous if neither does.", valueName: "name"))
    var user: String?

    @Flag(help: "Read the password from the first line of standard input instead of asking for it.")
    var passwordStdin = false

    @Flag(help: "Begin TLS before logging in (AUTH TLS); ftps: URLs have TLS from the start.")
    var tls = false

    @Option(help: ArgumentHelp("Certificates (PEM) to trust instead of the system's.", valueName: "file"))
    var ca: String?

    /// Connects and logs in, runs `body`, and says goodbye.
    ///
    /// - Throws: ``CommandError`` when there is no password; `FTPClientError`, `LineConnectionError`.
    func withClient<Result>(
        _ location: FTPLocation, _ body: (FTPClient) async throws -> Result
    ) async throws -> Result {
        let name = user ?? location.user ?? "anonymous"
        let trust = ca.map { LineClient.Trust.file($0) } ?? .system
        let client = try await FTPClient.connect(
            host: location.host, port: location.port,
            security: location.isImplicitlySecure ? .implicit(trust) : tls ? .explicit(trust) : .none, user: name,
            password: try password(for: name, location))
        do {
            let result = try await body(client)
            await client.quit()
            return result
        } catch {
            client.close()
            throw error
        }
    }

    private func password(for name: String, _ location: FTPLocation) throws -> String {
        if passwordStdin { return try SecretPrompt.passwordFromStandardInput() }
        // RFC 1635: anonymous users leave an address.
        if let password = location.password ?? (name == "anonymous" ? "anonymous@" : nil) { return password }
        return try SecretPrompt.password("Password for \(name): ")
    }
}

extension FTPLocation: ExpressibleByArgument {
    /// Reads an argument: `ftp://[user[:password]@]host[:port]/path`.
    package init?(argument: String) { self.init(argument) }
}

extension FTPClientError: ExitStatusProviding {
    var systemExit: SystemExit {
        switch code {
        case .notLoggedIn: .noPermission
        case .refused: .noInput
        case .notStored: .cannotCreate
        case .temporary: .temporaryFailure
        case .malformed: .protocolError
        case .unusable: .usage
        }
    }
}

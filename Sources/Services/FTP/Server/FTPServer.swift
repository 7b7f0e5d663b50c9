package import LineProtocol
package import Logging
package import NIOCore

/// Serves FTP on the connections of a `LineServer`.
package struct FTPServer: Sendable {
    /// What a server does for its clients, and how far it goes.
    package struct Configuration: Sendable {
        package var engine = FTPEngine.Configuration()
        /// For data connections under TLS, and the control connection when it begins in plaintext.
        package var identity: TLSIdentity?
        /// Ports for passive data connections; nil lets the system choose.
        package var passivePorts: ClosedRange<Int>?
        /// The IPv4 address that `PASV` names, where a translator stands before the server; nil for the one that the client
        /// reached.
        package var passiveAddress: String?
        /// How long a data connection may take to come about.
        package var connectTime = TimeAmount.seconds(30)
        /// How long a transfer may stand still.
        package var stallTime = TimeAmount.seconds(60)
        /// How long a transfer may go on when the server is about to stop: less than the `LineServer`'s drain time.
        package var drainTime = TimeAmount.seconds(8)
        /// Round trips that an upload of no announced size waits for, to hear whether its client has died.
        package var farewellRoundTrips = 1
        /// Octets a second that one transfer may move, 1 or more; nil for as many as the network takes.
        package var rate: Int?
        /// Keeps back the answers to log-ins that fail.
        package var failures = FailureLog()
        package var logger: Logger

        package init(logger: Logger) {
            self.logger = logger
        }
    }

    /// Who may log in: the user and its files, or nil when the password is wrong or the user unknown.
    package typealias LogIn = @Sendable (_ user: String, _ password: String) async throws -> (FTPUser, any FileSystem)?

    let configuration: Configuration
    let logIn: LogIn
    let uploaded: @Sendable (FinishedUpload, FTPUser) async -> String?
    let site: @Sendable (_ command: String, _ argument: String, FTPUser) async -> FTPReply

    /// - Parameters:
    ///   - configuration: names, limits and TLS.
    ///   - logIn: checks a password.
    ///   - uploaded: told of each upload that is whole and safe, and by whom; what it returns, if anything, is the text of the
    ///     reply 226.
    ///   - site: answers the commands in ``FTPEngine/Configuration/siteCommands``.
    package init(
        configuration: Configuration, logIn: @escaping LogIn,
        uploaded: @escaping @Sendable (FinishedUpload, FTPUser) async -> String? = { _, _ in nil },
        site: @escaping @Sendable (_ command: String, _ argument: String, FTPUser) async -> FTPReply = { _, _, _ in
            FTPReply(504, "There is no such SITE command.")
        }
    ) {
        self.configuration = configuration
        self.logIn = logIn
        self.uploaded = uploaded
        self.site = site
    }

    /// Serves one client until it leaves: the handler of a `LineServer`, which must read urgent data inline.
    package func serve(_ connection: LineConnection) async throws {
        guard let peer = connection.peer, let local = connection.local else { return }
        var session = FTPSession(self, connection, peer: peer, local: local)
        try await session.run()
    }

    /// What is said to a connection that is turned away.
    package static func refusal(_ refusal: LineServer.Refusal) -> String {
        let reason =
            switch refusal {
            case .tooMany: "Too many connections are open; try later."
            case .tooManyFromAddress: "Too many connections are open from your address."
            case .stopping: "The server is stopping."
            }
        return FTPReply(421, reason).text
    }
}

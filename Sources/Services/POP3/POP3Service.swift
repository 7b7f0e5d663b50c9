package import Accounts
package import LineProtocol
package import Listening
internal import Logging
package import MailStore
package import NIOCore
internal import ServiceLifecycle

/// A POP3 server: mail that stays on the server until its reader pulls it, over a connection that carries commands and
/// messages alike.
package final class POP3Service: Service {
    /// Where a server listens, what clients may do, and how long they may be silent.
    package struct Configuration: Sendable {
        /// Where to listen, with which TLS, for how many.
        package var server: LineServer.Configuration
        /// Whether passwords may be sent without TLS by those on this machine.
        package var allowsPlaintextPasswordsFromLoopback = false
        /// How long a peer may be silent before it has logged in.
        package var authorizationTime = TimeAmount.minutes(2)
        /// How long a peer may be silent afterwards: ten minutes or more (RFC 1939 §3).
        package var transactionTime = TimeAmount.minutes(10)
        /// Octets of a message that are in memory at once, for each connection.
        package var chunkSize = 64 * 1024
        /// Keeps back the answers to log-ins that fail.
        package var failures = FailureLog()

        package init(server: LineServer.Configuration) {
            self.server = server
            self.server.refusal = { refusal in
                switch refusal {
                case .tooMany, .tooManyFromAddress: "-ERR [SYS/TEMP] too many connections\r\n"
                case .stopping: "-ERR [SYS/TEMP] the server stops\r\n"
                }
            }
        }
    }

    private let server: LineServer

    /// - Parameters:
    ///   - configuration: where to listen, and how long to wait.
    ///   - accounts: who may log in.
    ///   - group: where connections live.
    ///   - openMaildrop: opens the messages of an account for one session alone; throws ``MaildropError``.
    package init(
        configuration: Configuration, accounts: AccountStore, group: any EventLoopGroup,
        openMaildrop: @escaping @Sendable (AccountName) async throws -> any Maildrop
    ) {
        server = LineServer(configuration: configuration.server, group: group) { connection in
            var session = POP3Connection(
                connection, configuration: configuration, accounts: accounts, openMaildrop: openMaildrop)
            try await session.run()
        }
    }

    /// Serves the inboxes of a mail store.
    ///
    /// - Parameters:
    ///   - configuration: where to listen, and how long to wait.
    ///   - accounts: who may log in.
    ///   - store: that keeps their mail.
    ///   - group: where connections live.
    package convenience init(
        configuration: Configuration, accounts: AccountStore, store: MailStore, group: any EventLoopGroup
    ) {
        self.init(configuration: configuration, accounts: accounts, group: group) { account in
            try await StoredMaildrop(account, in: store)
        }
    }

    /// Starts to listen.
    ///
    /// - Returns: the address, with the port that the system chose for port 0.
    /// - Throws: `ListenError`.
    package func bind() async throws(ListenError) -> Endpoint { try await server.bind() }

    /// Serves until a graceful shutdown.
    package func run() async throws { try await server.run() }
}

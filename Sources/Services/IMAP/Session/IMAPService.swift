package import Accounts
package import LineProtocol
package import Logging
package import MailStore
package import NIOCore
internal import Synchronization

/// Serves IMAP4rev1 (RFC 3501) and IMAP4rev2 (RFC 9051) on the connections of a `LineServer`.
package struct IMAPService: Sendable {
    /// What clients may do, and how long they may be silent.
    package struct Configuration: Sendable {
        /// Whether passwords may cross a connection without TLS: for programs on the same machine.
        package var allowsPlaintext: @Sendable (LineConnection) -> Bool = { _ in false }
        /// Octets that an appended message may have.
        package var maximumMessage = 64 << 20
        /// How long a client may say nothing before it has logged in, and after (RFC 9051 §5.4 asks for 30 minutes).
        package var idleBeforeLogIn = TimeAmount.seconds(60)
        package var idleAfterLogIn = TimeAmount.minutes(30)
        /// Keeps back the answers to log-ins that fail.
        package var failures = FailureLog()
        /// How often a session that idles looks for what other processes have done.
        package var lookInterval = TimeAmount.seconds(2)
        /// How often a search that takes long looks whether its client is still there.
        package var presenceInterval = TimeAmount.seconds(1)
        /// Sessions of one account at once.
        package var maximumSessionsPerAccount = 50
        package var logger: Logger

        package init(logger: Logger) {
            self.logger = logger
        }
    }

    let configuration: Configuration
    let accounts: AccountStore
    let store: MailStore
    let sessions = SessionCounter()

    /// - Parameters:
    ///   - configuration: limits.
    ///   - accounts: who may log in.
    ///   - store: their mail.
    package init(configuration: Configuration, accounts: AccountStore, store: MailStore) {
        self.configuration = configuration
        self.accounts = accounts
        self.store = store
    }

    /// Serves one client until it leaves.
    package func serve(_ connection: LineConnection) async throws {
        var session = IMAPSession(self, connection)
        do {
            try await session.run()
        } catch {
            session.end()
            throw error
        }
        session.end()
    }

    /// What is said to a connection that is turned away.
    package static func refusal(_ refusal: LineServer.Refusal) -> String {
        switch refusal {
        case .tooMany: "* BYE [UNAVAILABLE] Too many connections are open; try later.\r\n"
        case .tooManyFromAddress: "* BYE [UNAVAILABLE] Too many connections are open from your address.\r\n"
        case .stopping: "* BYE [UNAVAILABLE] The server is stopping.\r\n"
        }
    }
}

/// Counts the sessions of each account.
final class SessionCounter: Sendable {
    private let counts = Mutex<[AccountName: Int]>([:])

    /// - Returns: false when there are `limit` already.
    func enter(_ name: AccountName, limit: Int) -> Bool {
        counts.withLock { counts in
            guard counts[name, default: 0] < limit else { return false }
            counts[name, default: 0] += 1
            return true
        }
    }

    func leave(_ name: AccountName) {
        counts.withLock { counts in
            let count = counts[name, default: 0] - 1
            counts[name] = count > 0 ? count : nil
        }
    }
}

/// Why an IMAP client cannot go on.
package struct IMAPClientError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of failure it is; after the first four the session goes on.
    package enum Code: Sendable, Hashable {
        /// The server refuses the command (`NO`, `BAD`); the connection still works.
        case refused
        /// The server refuses the user name or the password.
        case logInRefused
        /// There is no such mailbox, or none for this user.
        case noMailbox
        /// There is no such message, or it is gone.
        case noMessage
        /// The server offers no TLS, or no way to log in that does not show the password to listeners.
        case insecure
        /// What the server sends is larger than the caller allows.
        case tooLarge
        /// The server ends the session.
        case hungUp
        /// What the server says is not IMAP.
        case protocolViolation
    }

    package var code: Code
    /// What, and what the server said: one line.
    package var description: String

    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}

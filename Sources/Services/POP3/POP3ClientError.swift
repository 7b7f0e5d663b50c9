/// Why a POP3 client cannot go on.
package struct POP3ClientError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of failure it is; after the first the session goes on.
    package enum Code: Sendable, Hashable {
        /// The server refuses the command (`-ERR`); the connection still works.
        case refused
        /// The server refuses the user name or the password.
        case logInRefused
        /// Another session has the maildrop.
        case inUse
        /// The server offers no TLS, or no way to log in that does not show the password to listeners.
        case insecure
        /// The message is larger than the caller allows.
        case tooLarge
        /// What the server says is not POP3, or it has hung up.
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

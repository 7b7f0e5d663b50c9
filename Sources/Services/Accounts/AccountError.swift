/// Why something cannot be done with accounts.
package struct AccountError: Error, Sendable, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// There is such an account already.
        case exists
        /// There is no such account.
        case unknown
        /// The password is empty, longer than 1024 octets, or has characters that nobody can type.
        case badPassword
        /// The database cannot be opened, read or written.
        case unusable
        /// Too many passwords wait to be checked; later there is room again.
        case busy
    }

    package var code: Code
    /// What, where, and what to do: one line.
    package var description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}

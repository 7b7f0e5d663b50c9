/// Why something could not be fetched or cannot be played.
package struct PlayerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// How far a request came before it failed.
    package enum Code: String, Sendable, Hashable {
        /// A URL that this client cannot ask for.
        case invalidURL
        /// No server answers there.
        case unreachable
        /// The server says that it does not have it.
        case notFound
        /// The server answers with another status that is no success, or breaks HTTP.
        case refused
        /// What came is not what a player can use.
        case unusable
    }

    package let code: Code
    /// One line: what, where, and what to do.
    package let description: String

    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}

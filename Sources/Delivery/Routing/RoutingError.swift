/// Why viewers cannot be routed as a file says.
package struct RoutingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of mistake it is.
    package enum Code: Sendable, Hashable {
        /// A file cannot be read.
        case unreadable
        /// A file says something that means nothing, or contradicts itself.
        case malformed
        /// There is no such policy, edge or name.
        case unknown
    }

    package let code: Code
    /// What is wrong, where, and what to do: one line.
    package let description: String

    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}

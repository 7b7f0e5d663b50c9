/// Why a server cannot listen.
package struct ServerError: Error, Sendable, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// Another program listens there.
        case addressInUse
        /// This user may not listen there (ports below 1024).
        case notPermitted
        /// The host is unknown or not of this machine.
        case addressNotAvailable
        /// The system refused for another reason.
        case system
    }

    package var code: Code
    /// What, where, and what to do: one line.
    package var description: String

    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}

import Foundation
import NIOCore

/// Why a link cannot listen.
package struct LinkError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of failure.
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

    /// Explains why listening at `address` failed.
    init(listening error: any Error, at address: String) {
        let problem: (code: Code, text: String) =
            switch (error as? IOError)?.errnoCode {
            case EADDRINUSE: (.addressInUse, "the port is in use; choose another, or 0 for any free one")
            case EACCES: (.notPermitted, "no permission; choose a port of 1024 or more")
            case EADDRNOTAVAIL: (.addressNotAvailable, "not an address of this machine")
            case .some(let number): (.system, String(cString: strerror(number)))
            case nil: (.addressNotAvailable, "\(error); give an address of this machine")
            }
        code = problem.code
        description = "cannot listen on \(address): \(problem.text)"
    }
}

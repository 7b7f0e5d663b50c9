internal import Foundation
internal import NIOCore

/// Why a server cannot listen.
package struct LineServerError: Error, Sendable, CustomStringConvertible {
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

    /// What the system's refusal means.
    package init(_ error: any Error, listeningOn place: Endpoint) {
        let start = "cannot listen on \(place): "
        guard let error = error as? IOError else {
            code = .addressNotAvailable
            description = start + "the host is unknown; give an address of this machine"
            return
        }
        switch error.errnoCode {
        case EADDRINUSE:
            code = .addressInUse
            description = start + "the port is in use; choose another, or 0 for any free one"
        case EACCES:
            code = .notPermitted
            description = start + "no permission; choose a port of 1024 or more"
        case EADDRNOTAVAIL:
            code = .addressNotAvailable
            description = start + "not an address of this machine"
        default:
            code = .system
            description = start + String(cString: strerror(error.errnoCode))
        }
    }
}

internal import Foundation
internal import NIOCore

/// Why a server cannot listen.
package struct ListenError: Error, Sendable, Hashable, CustomStringConvertible {
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

    /// What kind of failure it is.
    package let code: Code
    /// What, where, and what to do: one line.
    package let description: String

    /// What the refusal to listen means.
    ///
    /// - Parameters:
    ///   - error: what was thrown: NIO's `IOError` when the system refused; all else is about the host.
    ///   - place: where, as `HOST:PORT`, and what for if that is to be told.
    package init(_ error: any Error, at place: String) {
        let problem: (code: Code, text: String) =
            switch (error as? IOError)?.errnoCode {
            case EADDRINUSE: (.addressInUse, "the port is in use; choose another, or 0 for any free one")
            case EACCES: (.notPermitted, "no permission; choose a port of 1024 or more")
            case EADDRNOTAVAIL: (.addressNotAvailable, "not an address of this machine")
            case .some(let number): (.system, String(cString: strerror(number)))
            case nil: (.addressNotAvailable, "the host is unknown; give an address of this machine")
            }
        code = problem.code
        description = "cannot listen on \(place): \(problem.text)"
    }

    /// Whether NIO throws this when it cannot listen: for servers that a framework starts, which may fail later too.
    package static func explains(_ error: any Error) -> Bool {
        error is IOError || error is SocketAddressError || error is SocketAddressError.UnknownHost
    }
}

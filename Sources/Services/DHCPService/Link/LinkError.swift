internal import Glibc

/// Why an interface, or a socket on one, cannot be used.
package struct LinkError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// The system lets nobody but root do it.
        case notPermitted
        /// There is no interface of that name.
        case noInterface
        /// The interface is of a kind that has no Ethernet frames, or lacks an address that is needed.
        case unsuitable
        /// Somebody else listens there already.
        case addressInUse
        /// The interface is down, or gone, or nothing leads to the destination.
        case unreachable
        /// The system has no room for what is to be sent now; later it may.
        case busy
        /// Something else that the system says.
        case system
    }

    package let code: Code
    private let text: String

    package init(_ code: Code, _ text: String) {
        self.code = code
        self.text = text
    }

    /// - Parameters:
    ///   - number: the system's: `errno`.
    ///   - action: what was tried, as in "cannot …".
    init(_ number: CInt, _ action: String) {
        switch number {
        case EPERM, EACCES:
            self.init(.notPermitted, "cannot \(action): only root may (CAP_NET_RAW, CAP_NET_ADMIN); run it as root")
        case ENODEV, ENXIO: self.init(.noInterface, "cannot \(action): there is no such interface (see ip link)")
        case EADDRINUSE:
            self.init(
                .addressInUse, "cannot \(action): another program has the port; end it, or choose another interface")
        case ENETDOWN, ENETUNREACH, EHOSTUNREACH, EHOSTDOWN, EADDRNOTAVAIL:
            self.init(.unreachable, "cannot \(action): \(String(cString: strerror(number)))")
        case EAGAIN, ENOBUFS, ENOMEM: self.init(.busy, "cannot \(action): \(String(cString: strerror(number)))")
        default: self.init(.system, "cannot \(action): \(String(cString: strerror(number)))")
        }
    }

    /// What is wrong, where, and what to do: one line.
    package var description: String { text }
}

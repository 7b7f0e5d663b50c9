/// Why a connection gives no more bytes, or takes none.
package struct LineConnectionError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Who ended it: time, this server, the peer, or TLS.
    package enum Code: Sendable, Hashable {
        /// The peer sent nothing, or took nothing, for as long as was allowed.
        case timedOut
        /// The server is about to stop: say farewell and return.
        case stopping
        /// The peer is gone, or this side has closed.
        case closed
        /// The peer closed TLS without saying so: what came before may not be all that was sent.
        case truncated
        /// TLS cannot be agreed on.
        case insecure
        /// The peer's certificate is not trusted, or is not for the name that was asked for.
        case untrusted
        /// Nobody listens at the address, or it cannot be reached.
        case unreachable
        /// The host's name is not known.
        case unknownHost
    }

    package var code: Code
    /// What happened, in one line.
    package var description: String

    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    /// Errors are equal when their codes are.
    package static func == (left: LineConnectionError, right: LineConnectionError) -> Bool { left.code == right.code }
    package func hash(into hasher: inout Hasher) { hasher.combine(code) }
}

package import LineProtocol

/// Why a server gave no answer.
package struct DNSExchangeError: Error, Sendable, Hashable, CustomStringConvertible {
    /// How far the question came.
    package enum Code: Sendable, Hashable {
        /// No answer came in time.
        case timedOut
        /// Nobody listens there, or there is no way to the address.
        case unreachable
        /// The server closed the connection before its answer was whole.
        case closed
        /// What came over UDP was not an answer to the question: somebody may be guessing. TCP is safe from that.
        case suspicious
        /// What came over TCP is no message, or does not answer the question.
        case malformed
    }

    package let code: Code
    /// Who was asked.
    package let server: Endpoint
    private let detail: String?

    package init(_ code: Code, _ server: Endpoint, _ detail: String? = nil) {
        self.code = code
        self.server = server
        self.detail = detail
    }

    /// What is wrong, where, and what to do: one line.
    package var description: String {
        let text =
            switch code {
            case .timedOut: "\(server) did not answer in time: is there a name server?"
            case .unreachable: "\(server) cannot be reached: is there a name server?"
            case .closed: "\(server) closed the connection before its answer was whole"
            case .suspicious: "answers in the name of \(server) do not fit the question: ask over TCP"
            case .malformed: "\(server) answered over TCP with what does not fit the question"
            }
        return detail.map { "\(text) (\($0))" } ?? text
    }
}

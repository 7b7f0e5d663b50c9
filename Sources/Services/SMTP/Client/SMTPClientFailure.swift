/// Why a connection to a server is of no use.
package struct SMTPClientFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// Whether another host, or this one later, may do better.
    package enum Code: Sendable, Hashable {
        /// The server takes nothing now.
        case busy
        /// The server takes nothing from us.
        case refused
        /// No TLS, where it is required.
        case insecure
        /// The server's certificate is not trusted.
        case untrusted
        /// The server does not let the user in, or there is no safe way to ask.
        case logIn
        /// The server does not speak SMTP.
        case garbled
        /// No connection, or one that broke.
        case unreachable
    }

    package var code: Code
    /// What happened, in one line.
    package var description: String
    /// What the server said, or what stands for it in reports.
    package var reply: SMTPReply

    init(_ code: Code, _ reply: SMTPReply) {
        self.code = code
        self.reply = reply
        description = "the server says: \(reply)"
    }

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
        let status =
            switch code {
            case .unreachable: "4.4.1"
            case .insecure, .untrusted: "4.7.5"
            case .logIn: "4.7.8"
            default: "4.4.2"
            }
        reply = SMTPReply(450, status, description)
    }
}

/// Why a client does not get what it wants.
package struct FTPClientError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of failure it is, by the reply's first digit where there is one (RFC 959 §4.2).
    package enum Code: Sendable, Hashable {
        /// The user or the password is wrong (530).
        case notLoggedIn
        /// The server says that it cannot be done (5xx), mostly as there is no such file.
        case refused
        /// The server says that it does not take a file (5xx): its name, its size, or nobody may write there.
        case notStored
        /// It may work later (4xx).
        case temporary
        /// The server's answers make no sense.
        case malformed
        /// A name or an address cannot be used.
        case unusable
    }

    package var code: Code
    /// The server's own code; 0 where it has none.
    package var reply: Int
    /// What, where and why: one line.
    package var description: String

    package init(_ code: Code, _ description: String, reply: Int = 0) {
        self.code = code
        self.reply = reply
        self.description = description
    }

    /// An answer that is not what `action` needs.
    init(_ reply: FTPReply, _ action: String) {
        let code: Code =
            switch reply.code {
            case 530, 532: .notLoggedIn
            case 400..<500: .temporary
            case 500..<600: .refused
            default: .malformed
            }
        self.init(code, "cannot \(action): the server says: \(reply.code) \(reply.lines.last ?? "")", reply: reply.code)
    }
}

/// A request that breaks HTTP's syntax or this server's limits. The server answers with ``status`` and closes.
package struct HTTPProtocolError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was wrong, as the status code of the answer.
    package enum Code: Int, Sendable {
        case badRequest = 400
        case contentTooLarge = 413
        case uriTooLong = 414
        case expectationFailed = 417
        case headerFieldsTooLarge = 431
        case notImplemented = 501
        case versionNotSupported = 505
    }

    package var code: Code
    package var description: String

    /// The status code of the answer.
    package var status: Int { code.rawValue }

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}

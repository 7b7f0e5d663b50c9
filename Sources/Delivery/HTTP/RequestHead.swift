package import HTTPSemantics

/// A request method (RFC 9110 §9). Methods are case-sensitive.
package enum RequestMethod: Sendable, Hashable, CustomStringConvertible {
    case get
    case head
    case options
    case other(String)

    /// The method whose token this is.
    package init(_ token: String) {
        switch token {
        case "GET": self = .get
        case "HEAD": self = .head
        case "OPTIONS": self = .options
        default: self = .other(token)
        }
    }

    package var description: String {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .options: "OPTIONS"
        case .other(let token): token
        }
    }

    /// Whether the method asks for nothing but a look (RFC 9110 §9.2.1).
    package var isSafe: Bool {
        switch self {
        case .get, .head, .options: true
        case .other(let token): token == "TRACE"
        }
    }
}

/// A request without its content, checked by ``RequestParser``.
package struct RequestHead: Sendable {
    /// How the end of a request's content is told (RFC 9112 §6.3).
    package enum Framing: Sendable, Hashable {
        case none
        /// So many bytes, at least one.
        case length(Int)
        case chunked
    }

    package var method: RequestMethod
    /// The request target in origin form (`/path?query`), or `*`. An absolute form is reduced to its path and query.
    package var target: String
    /// 0 or 1 of HTTP/1.x.
    package var minorVersion: Int
    package var fields: FieldSection
    package var framing: Framing
    /// Whether the client wants the connection to stay open (RFC 9112 §9.3).
    package var keepsAlive: Bool
    /// Whether the client waits for 100 before it sends content (RFC 9110 §10.1.1).
    package var expectsContinue: Bool

    package init(
        method: RequestMethod, target: String, minorVersion: Int = 1, fields: FieldSection = [:],
        framing: Framing = .none, keepsAlive: Bool = true, expectsContinue: Bool = false
    ) {
        self.method = method
        self.target = target
        self.minorVersion = minorVersion
        self.fields = fields
        self.framing = framing
        self.keepsAlive = keepsAlive
        self.expectsContinue = expectsContinue
    }

    /// The target before its question mark, still percent-encoded.
    package var path: Substring {
        Substring(target.utf8.prefix { $0 != UInt8(ascii: "?") })
    }
}

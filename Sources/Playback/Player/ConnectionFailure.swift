import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// What an error of the HTTP client means, in words that name no library.
struct ConnectionFailure {
    /// A few words: `connection refused`.
    let reason: String
    /// Whether the connection ended before the response did.
    let isPrematureEnd: Bool

    init(_ error: any Error) {
        switch error {
        case let error as NIOConnectionError:
            let cause = error.connectionErrors.first?.error
            reason = cause.map { ConnectionFailure($0).reason } ?? "the host \(error.host) is not known"
            isPrematureEnd = false
        case let error as IOError:
            reason = String(cString: strerror(error.errnoCode)).lowercased()
            isPrematureEnd = false
        case let error as HTTPClientError:
            isPrematureEnd = error == .remoteConnectionClosed
            reason =
                switch error {
                case .remoteConnectionClosed: "the server closed the connection"
                case .connectTimeout: "no answer to the attempt to connect"
                case .deadlineExceeded, .readTimeout: "timeout"
                case .redirectLimitReached: "too many redirects"
                case .redirectCycleDetected: "redirects go in a circle"
                default: error.shortDescription.lowercased()
                }
        case let error as HTTPParserError:
            isPrematureEnd = error == .invalidEOFState
            reason = isPrematureEnd ? "the server closed the connection" : "the response is not HTTP"
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError:
            reason = "the TLS handshake failed: the server speaks no TLS, or its certificate is not trusted"
            isPrematureEnd = false
        case is VersionRefused:
            reason = "the server speaks no HTTP/2 here; give --http auto"
            isPrematureEnd = false
        case is ChannelError:
            reason = "the connection broke"
            isPrematureEnd = false
        case is CancellationError:
            reason = "cancelled"
            isPrematureEnd = false
        default:
            // Errors of streams have no type in common.
            let isStream = String(reflecting: type(of: error)).hasPrefix("NIOHTTP2.")
            reason = isStream ? "the server broke off the request" : "\(error)"
            isPrematureEnd = false
        }
    }
}

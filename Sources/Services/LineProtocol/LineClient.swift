internal import Foundation
package import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

/// Connects to servers of line-oriented protocols.
package enum LineClient {
    /// Whose certificates a client trusts.
    package enum Trust: Sendable, Hashable {
        /// The authorities that the system trusts.
        case system
        /// Those in a PEM file, and no others.
        case file(String)
        /// Anybody: against listeners on the way, not against impostors (opportunistic TLS, RFC 7435).
        case anybody
    }

    /// Whether and when TLS begins.
    package enum Security: Sendable {
        case plain
        /// In plaintext, until ``LineConnection/startTLS(within:)``.
        case upgradable(Trust)
        /// From the first octet.
        case implicit(Trust)
        /// As ``upgradable(_:)``, but the side that connects is TLS's server: FTP's data connections.
        case serving(TLSIdentity)
    }

    /// Whether and when TLS begins, where a command of the protocol can begin it.
    package enum TLSStart: Sendable, Hashable {
        /// Never; passwords are shown to who listens.
        case plain
        /// By that command, before anybody logs in.
        case startTLS(Trust)
        /// From the first octet.
        case implicit(Trust)

        /// What ``LineClient/connect(host:port:security:within:serverName:from:writeTime:readSize:group:)`` needs.
        package var whenConnecting: Security {
            switch self {
            case .plain: .plain
            case .startTLS(let trust): .upgradable(trust)
            case .implicit(let trust): .implicit(trust)
            }
        }
    }

    /// What is being connected, so that it can be given up.
    private final class Attempts: Sendable {
        private let state = Mutex<(channels: [any Channel], isCancelled: Bool)>(([], false))

        func insert(_ channel: any Channel) {
            let isCancelled = state.withLock { state in
                state.channels.append(channel)
                return state.isCancelled
            }
            if isCancelled { channel.close(promise: nil) }
        }

        func cancel() {
            let channels = state.withLock { state in
                state.isCancelled = true
                return state.channels
            }
            for channel in channels { channel.close(promise: nil) }
        }
    }

    /// Connects, trying all addresses of the host (RFC 8305). When its task is cancelled it gives up at once.
    ///
    /// - Parameters:
    ///   - host: a name or an address without brackets. With TLS the server's certificate must be for it.
    ///   - port: 1 to 65535.
    ///   - security: whether and when TLS begins.
    ///   - limit: for the connection, and again for an implicit handshake.
    ///   - serverName: whom the certificate must be for, if not `host`.
    ///   - source: the address of this machine to connect from; nil for any.
    ///   - writeTime: how long the server may take nothing of what is written to it.
    ///   - readSize: octets that are read at once; nil for a size that follows what comes.
    ///   - group: where the connection lives.
    /// - Throws: ``LineConnectionError``.
    package static func connect(
        host: String, port: Int, security: Security = .plain, within limit: TimeAmount = .seconds(30),
        serverName: String? = nil, from source: String? = nil, writeTime: TimeAmount = .seconds(60),
        readSize: Int? = nil, group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) async throws -> LineConnection {
        let place = Endpoint(host: host, port: port)
        let (role, isImplicit): (LineConnection.Role, Bool) =
            switch security {
            case .plain: (.none, false)
            case .upgradable(let trust): (try role(trust, host: serverName ?? host), false)
            case .implicit(let trust): (try role(trust, host: serverName ?? host), true)
            case .serving(let identity): (.server(identity.context), false)
            }
        let connection: LineConnection
        let attempts = Attempts()
        do {
            var bootstrap = ClientBootstrap(group: group)
            if let source { bootstrap = bootstrap.bind(to: try SocketAddress(ipAddress: source, port: 0)) }
            if let readSize {
                bootstrap = bootstrap.channelOption(
                    .recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: readSize))
            }
            bootstrap =
                bootstrap
                .connectTimeout(limit)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelOption(.autoRead, value: false)
                .channelOption(.maxMessagesPerRead, value: 1)
                .channelOption(.allowRemoteHalfClosure, value: true)
                .channelInitializer { channel in
                    attempts.insert(channel)
                    return channel.eventLoop.makeCompletedFuture {
                        try LineConnection.prepare(channel, role: role, isImplicit: isImplicit)
                    }
                }
            let connecting = bootstrap
            let channel = try await withTaskCancellationHandler {
                try await connecting.connect(host: host, port: port).get()
            } onCancel: {
                attempts.cancel()
            }
            connection = try await channel.eventLoop.submit {
                try LineConnection(channel, role: role, writeLimit: writeTime)
            }.get()
        } catch {
            throw explain(error, place)
        }
        if isImplicit {
            do {
                try await connection.handshake(within: limit)
            } catch {
                connection.close()
                throw error
            }
        }
        return connection
    }

    private static func role(_ trust: Trust, host: String) throws -> LineConnection.Role {
        var configuration = TLSConfiguration.makeClientConfiguration()
        switch trust {
        case .system: break
        case .anybody: configuration.certificateVerification = .none
        case .file(let path):
            do {
                configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(path))
            } catch {
                throw LineConnectionError(.insecure, "cannot read certificates to trust from \(path)")
            }
        }
        do {
            return .client(try NIOSSLContext(configuration: configuration), host: host)
        } catch {
            throw LineConnectionError(.insecure, "cannot trust what \(trust) holds: \(error)")
        }
    }

    private static func explain(_ error: any Error, _ place: Endpoint) -> LineConnectionError {
        switch error {
        case let error as LineConnectionError: error
        case let error as NIOConnectionError:
            if let first = error.connectionErrors.first {
                explain(first.error, place)
            } else {
                LineConnectionError(.unknownHost, "the host \(place.host) is unknown")
            }
        case let error as IOError:
            LineConnectionError(
                .unreachable, "cannot connect to \(place): \(String(cString: strerror(error.errnoCode)))")
        case is ChannelError: LineConnectionError(.timedOut, "cannot connect to \(place): no answer")
        default: LineConnectionError(.unreachable, "cannot connect to \(place): \(error)")
        }
    }
}

internal import Foundation
package import Listening
package import Logging
package import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import ServiceLifecycle
internal import Synchronization

/// Accepts connections of a line-oriented protocol and runs a task for each.
///
/// `bind()` first, then run it as a service. At a graceful shutdown it stops accepting, ends reads that wait for peers
/// with ``LineConnectionError/Code/stopping`` so that handlers can say farewell, and after ``Configuration/drainTime``
/// closes and cancels what is left. A cancellation does that at once.
package final class LineServer: Service {
    /// Whether and when TLS begins.
    package enum Security: Sendable {
        case plain
        /// In plaintext, until ``LineConnection/startTLS(within:)``.
        case upgradable(TLSIdentity)
        /// From the first octet.
        case implicit(TLSIdentity)
    }

    /// Why a connection is turned away.
    package enum Refusal: Sendable, Hashable {
        /// As many connections as allowed are open.
        case tooMany
        /// As many as one address may have are open from there.
        case tooManyFromAddress
        /// The server is about to stop.
        case stopping
    }

    /// Where a server listens, with which TLS, and for how many.
    package struct Configuration: Sendable {
        /// A name or an address, without brackets.
        package var host: String
        /// 0 lets the system choose.
        package var port: Int
        package var security = Security.plain
        /// Connections open at once.
        package var maximumConnections = 1000
        /// Connections open at once from one IPv4 address or one IPv6 network of 64 bits.
        package var maximumConnectionsPerAddress = 50
        /// What counts connections instead of the two limits above: of several servers together.
        package var count: ConnectionCount?
        /// How long a peer may take for an implicit TLS handshake.
        package var handshakeTime = TimeAmount.seconds(30)
        /// How long a peer may take nothing of what is written to it before the connection is closed.
        package var writeTime = TimeAmount.seconds(60)
        /// How long a graceful shutdown waits for handlers.
        package var drainTime = TimeAmount.seconds(10)
        /// Whether TCP's urgent data are read in their place among the others: Telnet's Synch needs that (RFC 1123
        /// §4.1.3.4 with FTP).
        package var readsUrgentDataInline = false
        /// What is said, with its CR LF, to a connection that is turned away; nil to say nothing. Nothing is said where TLS
        /// comes first.
        package var refusal: @Sendable (Refusal) -> String? = { _ in nil }
        package var logger: Logger

        package init(host: String, port: Int, logger: Logger) {
            self.host = host
            self.port = port
            self.logger = logger
        }
    }

    private let configuration: Configuration
    private let role: LineConnection.Role
    private let isImplicit: Bool
    private let handler: @Sendable (LineConnection) async throws -> Void
    private let group: any EventLoopGroup
    private let listener = Mutex<(any Channel)?>(nil)
    private let table: ConnectionTable
    private let accepted: AsyncStream<LineConnection>
    private let accept: AsyncStream<LineConnection>.Continuation

    /// - Parameters:
    ///   - configuration: where to listen, and how many are served.
    ///   - group: where connections live.
    ///   - handler: serves one connection; it is closed when the handler returns or throws.
    package init(
        configuration: Configuration, group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        handler: @escaping @Sendable (LineConnection) async throws -> Void
    ) {
        self.configuration = configuration
        self.handler = handler
        self.group = group
        (role, isImplicit) =
            switch configuration.security {
            case .plain: (.none, false)
            case .upgradable(let identity): (.server(identity.context), false)
            case .implicit(let identity): (.server(identity.context), true)
            }
        table = ConnectionTable(
            configuration.count
                ?? ConnectionCount(
                    limit: configuration.maximumConnections,
                    limitPerOrigin: configuration.maximumConnectionsPerAddress))
        // As many wait in it as may be open.
        (accepted, accept) = AsyncStream.makeStream()
    }

    deinit { listener.withLock { $0 }?.close(promise: nil) }

    /// Starts to listen.
    ///
    /// - Returns: the address, with the port that the system chose for port 0.
    /// - Throws: `ListenError`.
    package func bind() async throws(ListenError) -> Endpoint {
        let place = Endpoint(host: configuration.host, port: configuration.port)
        do {
            var bootstrap = ServerBootstrap(group: group)
            if configuration.readsUrgentDataInline {
                bootstrap = bootstrap.childChannelOption(
                    ChannelOptions.Types.SocketOption(
                        level: .socket, name: NIOBSDSocket.Option(rawValue: CInt(SO_OOBINLINE))), value: 1)
            }
            let channel =
                try await bootstrap
                .serverChannelOption(.backlog, value: 1024)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .serverChannelInitializer { [configuration] channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(Self.acceptBackoff(configuration.logger))
                    }
                }
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelOption(.autoRead, value: false)
                .childChannelOption(.maxMessagesPerRead, value: 1)
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                .childChannelInitializer { [role, isImplicit, weak self] channel in
                    channel.eventLoop.makeCompletedFuture {
                        try LineConnection.prepare(channel, role: role, isImplicit: isImplicit) { self?.admit($0) }
                    }
                }
                .bind(host: place.host, port: place.port).get()
            listener.withLock { $0 = channel }
            return Endpoint(channel.localAddress) ?? place
        } catch {
            throw ListenError(error, at: "\(place)")
        }
    }

    /// Counts a connection that was just made, or turns it away. On its event loop.
    private func admit(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        if let (refusal, isFirst) = table.insert(id, from: Endpoint(channel.remoteAddress)?.origin ?? "") {
            if isFirst {
                configuration.logger.warning(
                    "connections are refused: as many as allowed are open",
                    metadata: ["from": "\(refusal == .tooMany ? "anywhere" : "one address")"])
            }
            if !isImplicit, let line = configuration.refusal(refusal) {
                channel.writeAndFlush(ByteBuffer(string: line), promise: nil)
            }
            return channel.close(promise: nil)
        }
        guard let connection = try? LineConnection(channel, role: role, writeLimit: configuration.writeTime),
            case .enqueued = accept.yield(connection)
        else {
            table.remove(id)
            return channel.close(promise: nil)
        }
        table.set(connection, for: id)
    }

    /// Serves until a graceful shutdown.
    package func run() async throws {
        guard let channel = listener.withLock({ $0 }) else { return }
        await withDiscardingTaskGroup { tasks in
            tasks.addTask {
                try? await gracefulShutdown()
                channel.close(promise: nil)
                self.accept.finish()
                for connection in self.table.stop() { connection.stop() }
            }
            for await connection in accepted {
                tasks.addTask(executorPreference: connection.executor) { await self.serve(connection) }
            }
            if !Task.isCancelled { await table.emptied(within: configuration.drainTime, on: group.any()) }
            for connection in table.stop() { connection.close() }
            tasks.cancelAll()
        }
    }

    private func serve(_ connection: LineConnection) async {
        var logger = configuration.logger
        logger[metadataKey: "peer"] = "\(connection.peer.map(String.init(describing:)) ?? "unknown")"
        do {
            if isImplicit { try await connection.handshake(within: configuration.handshakeTime) }
            try await handler(connection)
        } catch {
            logger.debug("a connection ended", metadata: ["error": "\(error)"])
        }
        connection.close()
        table.remove(connection.id)
    }

    /// Waits after an accept that failed, for want of descriptors or memory: the connection stays in the kernel's queue,
    /// which would otherwise have the event loop try again without end.
    private static func acceptBackoff(_ logger: Logger) -> AcceptBackoffHandler {
        var isFirst = true
        return AcceptBackoffHandler(shouldForwardIOErrorCaught: false) { error in
            if isFirst { logger.warning("a connection cannot be accepted", metadata: ["error": "\(error)"]) }
            isFirst = false
            return .milliseconds(100)
        }
    }
}

package import Listening
package import Logging
package import NIOCore
internal import NIOPosix
internal import ServiceLifecycle
internal import Synchronization

/// How a ``DeliveryServer`` treats its connections.
package struct ServerConfiguration: Sendable {
    package var address: ListenAddress
    package var limits = RequestLimits()
    package var timeouts = ConnectionTimeouts()
    /// Connections open at once; one more is answered 503 and closed. Fewer when the process may not open as many files.
    package var maximumConnections = 10_000
    /// How long a graceful shutdown waits for responses that are on their way.
    package var drainTime = TimeAmount.seconds(10)
    package var logger: Logger

    package init(address: ListenAddress, logger: Logger) {
        self.address = address
        self.logger = logger
    }
}

/// Accepts connections and gives each its `ConnectionHandler`. `bind()` first, then run it as a service.
package final class DeliveryServer: Service {
    private let configuration: ServerConfiguration
    private let responder: any Responder
    private let metrics: ServerMetrics
    private let group: any EventLoopGroup
    private let connections = ConnectionRegistry()
    private let listener = Mutex<(any Channel)?>(nil)

    package init(
        configuration: ServerConfiguration, responder: any Responder, metrics: ServerMetrics,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) {
        self.configuration = configuration
        self.responder = responder
        self.metrics = metrics
        self.group = group
    }

    /// Starts to listen; connections are served from now on.
    ///
    /// - Returns: the address, with the port that the system chose for port 0.
    /// - Throws: `ListenError`.
    package func bind() async throws(ListenError) -> ListenAddress {
        let address = configuration.address
        let limit = min(
            configuration.maximumConnections, FileDescriptors.connections(available: FileDescriptors.available))
        do {
            let channel = try await ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 1024)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .serverChannelInitializer { [configuration] channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(Self.acceptBackoff(configuration.logger))
                    }
                }
                .childChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelOption(.autoRead, value: false)
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                .childChannelInitializer { [configuration, responder, metrics, connections] channel in
                    channel.eventLoop.makeCompletedFuture {
                        switch connections.insert(channel, limit: limit) {
                        case .added: break
                        case .refused(let isFirst):
                            if isFirst {
                                configuration.logger.warning(
                                    limit < configuration.maximumConnections
                                        ? "connections are refused: raise the limit of open files (ulimit -n)"
                                        : "connections are refused: as many as allowed are open",
                                    metadata: ["connections": "\(limit)"])
                            }
                            metrics.connectionRefused()
                            try channel.pipeline.syncOperations.addHandler(RefusalHandler())
                            return
                        }
                        try channel.pipeline.syncOperations.addHandler(
                            ConnectionHandler(
                                configuration: configuration, responder: responder, metrics: metrics,
                                now: channel.eventLoop.now))
                    }
                }
                .bind(host: address.host, port: address.port).get()
            listener.withLock { $0 = channel }
            return ListenAddress(channel.localAddress) ?? address
        } catch {
            throw ListenError(error, at: "\(address)")
        }
    }

    /// Serves until a graceful shutdown, then stops accepting, lets running responses finish for
    /// ``ServerConfiguration/drainTime``, and closes what is left. A cancellation closes everything at once.
    package func run() async throws {
        guard let channel = listener.withLock({ $0 }) else { return }
        try? await gracefulShutdown()
        await stop(channel)
    }

    private func stop(_ channel: any Channel) async {
        try? await channel.close().get()
        let open = connections.drain(on: group.any())
        for connection in open.channels {
            connection.pipeline.fireUserInboundEventTriggered(DrainConnection())
        }
        let deadline = group.any().scheduleTask(in: configuration.drainTime) { [connections] in
            connections.closeAll()
        }
        await withTaskCancellationHandler {
            try? await open.emptied.get()
        } onCancel: { [connections] in
            connections.closeAll()
        }
        deadline.cancel()
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

/// Answers a connection beyond the limit.
private final class RefusalHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func channelActive(context: ChannelHandlerContext) {
        let answer = ByteBuffer(
            string: "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\n"
                + "Connection: close\r\n\r\n")
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(answer)).whenComplete { _ in bound.value.close(promise: nil) }
    }
}

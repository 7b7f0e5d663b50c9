import Foundation
package import Listening
package import Logging
import NIOCore
import NIOPosix

/// A TCP proxy that makes the way to a server look like a slow one: bytes towards the client are paced by a bandwidth
/// profile, and what the client sends is delayed by its latency. It knows no HTTP, so any client and any protocol over
/// TCP will do; it needs no privileges.
///
/// What it does not emulate: the handshake (a connection is accepted at once), loss and TCP's reaction to it.
package final class ShapingLink: Sendable {
    /// Connections open at once, unless more are asked for; one more is closed at once.
    package static let maximumConnections = 1024

    private let maximumConnections: Int
    private let pacer: LinkPacer
    private let upstream: (host: String, port: Int)
    private let listen: (host: String, port: Int)
    private let logger: Logger
    private let state: NIOLoopBoundBox<State>

    private struct State {
        var listener: (any Channel)?
        var connections: [ObjectIdentifier: (connection: LinkConnection, closed: EventLoopFuture<Void>)] = [:]
        var isStopped = false
        /// The latest connection to the server failed: said once, not for each further attempt.
        var isUpstreamDown = false
    }

    /// A link through `pacer`, which several links may share.
    ///
    /// - Parameters:
    ///   - upstreamHost: a name or an address of the server that connections go to.
    ///   - host: an address of this machine to listen on.
    ///   - port: 0 lets the system choose.
    ///   - maximumConnections: open at once.
    package init(
        pacer: LinkPacer, upstreamHost: String, upstreamPort: Int, host: String = "127.0.0.1", port: Int = 0,
        maximumConnections: Int = maximumConnections, logger: Logger
    ) {
        self.pacer = pacer
        self.maximumConnections = maximumConnections
        self.upstream = (upstreamHost, upstreamPort)
        self.listen = (host, port)
        self.logger = logger
        state = .makeBoxSendingValue(State(), as: State.self, eventLoop: pacer.eventLoop)
    }

    /// A link with a pacer of its own.
    package convenience init(
        profile: BandwidthProfile, upstreamHost: String, upstreamPort: Int, host: String = "127.0.0.1",
        port: Int = 0, logger: Logger
    ) {
        self.init(
            pacer: LinkPacer(profile: profile), upstreamHost: upstreamHost, upstreamPort: upstreamPort, host: host,
            port: port, logger: logger)
    }

    /// Starts to listen.
    ///
    /// - Returns: the port, which the system chose if 0 was asked for.
    /// - Throws: `ListenError`.
    package func start() async throws(ListenError) -> Int {
        do {
            let listener = try await ServerBootstrap(group: pacer.eventLoop)
                .serverChannelOption(.backlog, value: 1024)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.autoRead, value: false)
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelOption(.maxMessagesPerRead, value: 1)
                .childChannelOption(
                    .recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: LinkConnection.readSize)
                )
                .childChannelInitializer { client in
                    client.eventLoop.makeCompletedFuture { try self.accept(client) }
                }
                .bind(host: listen.host, port: listen.port).get()
            let port = listener.localAddress?.port ?? listen.port
            try await pacer.eventLoop.submit { self.state.value.listener = listener }.get()
            return port
        } catch {
            throw ListenError(error, at: "\(ListenAddress(host: listen.host, port: listen.port))")
        }
    }

    /// Stops listening and resets every connection; returns when all are gone.
    package func stop() async {
        let closed = pacer.eventLoop.flatSubmit {
            self.state.value.isStopped = true
            var closed = self.state.value.connections.values.map(\.closed)
            for entry in self.state.value.connections.values { entry.connection.close(reset: true) }
            if let listener = self.state.value.listener {
                self.state.value.listener = nil
                closed.append(listener.closeFuture)
                listener.close(promise: nil)
            }
            return EventLoopFuture.andAllComplete(closed, on: self.pacer.eventLoop)
        }
        try? await closed.get()
    }

    /// Takes a client's connection and opens the one to the server. On the event loop.
    private func accept(_ client: any Channel) throws {
        guard !state.value.isStopped, state.value.connections.count < maximumConnections else {
            client.close(promise: nil)
            return
        }
        let connection = LinkConnection(client: client, pacer: pacer)
        let key = ObjectIdentifier(client)
        state.value.connections[key] = (connection, client.closeFuture)
        client.closeFuture.assumeIsolated().whenComplete { _ in self.state.value.connections[key] = nil }
        try client.pipeline.syncOperations.addHandler(LinkSideHandler(connection, side: .client))
        connect(connection)
    }

    private func connect(_ connection: LinkConnection) {
        let bound = NIOLoopBound(connection, eventLoop: pacer.eventLoop)
        ClientBootstrap(group: pacer.eventLoop)
            .channelOption(.autoRead, value: false)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: LinkConnection.readSize))
            // A small window, so that the server does not send far ahead of the link.
            .channelOption(.socketOption(.so_rcvbuf), value: SocketOptionValue(pacer.highWaterMark))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(LinkSideHandler(bound.value, side: .upstream))
                }
            }
            .connect(host: upstream.host, port: upstream.port)
            .assumeIsolated().whenComplete { result in
                switch result {
                case .success: self.state.value.isUpstreamDown = false
                case .failure(let error):
                    let level: Logger.Level = self.state.value.isUpstreamDown ? .debug : .warning
                    self.state.value.isUpstreamDown = true
                    self.logger.log(
                        level: level,
                        "cannot reach the upstream; its clients' connections are reset until it answers",
                        metadata: [
                            "upstream": "\(self.upstream.host):\(self.upstream.port)",
                            "reason": "\(Self.reason(error))",
                        ])
                    connection.close(reset: true)
                }
            }
    }

    /// Why connecting failed, without the layers around it.
    private static func reason(_ error: any Error) -> String {
        guard let failure = error as? NIOConnectionError else { return "\(error)" }
        if let attempt = failure.connectionErrors.first?.error {
            return (attempt as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(attempt)"
        }
        return "the name \(failure.host) is unknown"
    }
}

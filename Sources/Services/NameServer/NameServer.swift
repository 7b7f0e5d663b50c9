internal import DNS
internal import Foundation
package import LineProtocol
package import Listening
package import Logging
package import NIOCore
internal import NIOPosix
internal import ServiceLifecycle
internal import Synchronization

/// Listens for the messages of the DNS over UDP and TCP, and sends the answers of a ``DNSResponder``.
package final class NameServer: Service {
    /// Where a server listens, and for how many.
    package struct Configuration: Sendable {
        package var host: String
        /// 0 lets the system choose one that is free for UDP and TCP.
        package var port: Int
        /// UDP sockets, each with a thread of its own, among which the system divides the clients; at least 1.
        package var sockets = ProcessInfo.processInfo.activeProcessorCount
        /// TCP connections open at once.
        package var maximumConnections = 1_000
        /// TCP connections open at once from one IPv4 address or one IPv6 network of 64 bits.
        package var maximumConnectionsPerAddress = 50
        /// How long a TCP client may ask nothing (RFC 7766 §6.2.3).
        package var idleTime = TimeAmount.seconds(10)
        package var logger: Logger

        package init(host: String, port: Int, logger: Logger) {
            self.host = host
            self.port = port
            self.logger = logger
        }
    }

    private let configuration: Configuration
    private let responder: any DNSResponder
    private let group: any EventLoopGroup
    private let channels = Mutex<[any Channel]>([])
    private let sockets = Mutex<[DatagramSocket]>([])
    /// One for each event loop.
    private let workers = Mutex<[ObjectIdentifier: NIOLoopBound<StreamWorker>]>([:])
    private let connections: ConnectionCount

    /// - Parameters:
    ///   - configuration: where to listen.
    ///   - group: where TCP connections live.
    ///   - responder: answers.
    package init(
        configuration: Configuration, group: any EventLoopGroup, responder: any DNSResponder
    ) {
        self.configuration = configuration
        self.group = group
        self.responder = responder
        connections = ConnectionCount(
            limit: configuration.maximumConnections, limitPerOrigin: configuration.maximumConnectionsPerAddress)
    }

    deinit { close() }

    private func close() {
        for channel in channels.withLock({ $0 }) { channel.close(promise: nil) }
        for socket in sockets.withLock({ $0 }) { socket.close() }
    }

    /// Where it listens, one for each address.
    package var endpoints: [Endpoint] { Array(Set(channels.withLock { $0 }.compactMap { Endpoint($0.localAddress) })) }

    /// Listens over UDP and TCP.
    ///
    /// On a host with several addresses an answer must come from the one that was asked: for the wildcard address there
    /// are sockets for each of those that the machine has now.
    ///
    /// - Returns: the address, with the port that the system chose for port 0.
    /// - Throws: `ListenError`.
    package func bind() async throws(ListenError) -> Endpoint {
        let place = Endpoint(host: configuration.host, port: configuration.port)
        // A port that is free for UDP may be in use for TCP.
        for attempt in 1... {
            do {
                return try await listen(at: place)
            } catch {
                close()
                channels.withLock { $0 = [] }
                sockets.withLock { $0 = [] }
                let error = ListenError(error, at: "\(place)")
                guard place.port == 0, attempt < 10, error.code == .addressInUse else { throw error }
            }
        }
        return place
    }

    private func listen(at place: Endpoint) async throws -> Endpoint {
        var port = place.port
        for host in try Self.addresses(of: place.host) {
            for _ in 0..<max(1, configuration.sockets) {
                let socket = try DatagramSocket(try SocketAddress.makeAddressResolvingHost(host, port: port), responder)
                sockets.withLock { $0.append(socket) }
                port = socket.endpoint.port
            }
            let channel = try await streams(host, port)
            channels.withLock { $0.append(channel) }
        }
        return Endpoint(host: place.host, port: port)
    }

    private func streams(_ host: String, _ port: Int) async throws -> any Channel {
        try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { [weak self, responder, connections, idleTime = configuration.idleTime] channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let peer = channel.remoteAddress, let address = IPAddress(peer) else {
                        return channel.close(promise: nil)
                    }
                    let origin = Endpoint(peer)?.origin ?? ""
                    guard connections.insert(origin) else { return channel.close(promise: nil) }
                    channel.closeFuture.whenComplete { _ in connections.remove(origin) }
                    let fast = self?.worker(on: channel.eventLoop) ?? StreamWorker(responder)
                    try channel.pipeline.syncOperations.addHandler(
                        StreamHandler(responder, fast, address, idleTime: idleTime))
                }
            }
            .bind(host: host, port: port).get()
    }

    /// What answers fast on the event loop that runs this.
    private func worker(on loop: any EventLoop) -> StreamWorker {
        workers.withLock { workers in
            if let worker = workers[ObjectIdentifier(loop)] { return worker }
            let worker = NIOLoopBound(StreamWorker(responder), eventLoop: loop)
            workers[ObjectIdentifier(loop)] = worker
            return worker
        }.value
    }

    /// The host itself, or the machine's addresses for a wildcard.
    private static func addresses(of host: String) throws -> [String] {
        guard host == "0.0.0.0" || host == "::" else { return [host] }
        let found = try System.enumerateDevices().compactMap(\.address).compactMap { address -> String? in
            switch address {
            case .v4: host == "0.0.0.0" ? address.ipAddress : nil
            // Addresses of one link only need its name as well.
            case .v6: host == "::" && address.ipAddress?.hasPrefix("fe80") == false ? address.ipAddress : nil
            case .unixDomainSocket: nil
            }
        }
        return found.isEmpty ? [host] : Array(Set(found)).sorted()
    }

    /// Serves until a graceful shutdown.
    package func run() async throws {
        try? await gracefulShutdown()
        close()
        for channel in channels.withLock({ $0 }) { try? await channel.closeFuture.get() }
        for socket in sockets.withLock({ $0 }) { await socket.closed() }
    }
}

internal import Foundation
package import Listening
package import NIOCore
internal import NIOPosix
internal import Synchronization

/// Waits for one connection from one peer: FTP's data connections. Whoever else connects is closed and not waited for.
package final class PeerListener: Sendable {
    private enum State {
        case waiting
        case asked(CheckedContinuation<LineConnection, any Error>)
        case connected(LineConnection)
        case ended
    }

    /// Where it listens.
    package let address: Endpoint
    private let channel: any Channel
    private let inbox: Inbox

    /// What the event loop and the task share.
    private final class Inbox: Sendable {
        let state = Mutex(State.waiting)
        let peer: String

        init(peer: String) { self.peer = peer }

        func accept(_ channel: any Channel, role: LineConnection.Role, writeTime: TimeAmount) {
            guard Endpoint(channel.remoteAddress)?.host == peer,
                let connection = try? LineConnection(channel, role: role, writeLimit: writeTime)
            else { return channel.close(promise: nil) }
            let (isTaken, asker) = state.withLock {
                state -> (Bool, CheckedContinuation<LineConnection, any Error>?) in
                switch state {
                case .waiting:
                    state = .connected(connection)
                    return (true, nil)
                case .asked(let continuation):
                    state = .ended
                    return (true, continuation)
                case .connected, .ended: return (false, nil)
                }
            }
            asker?.resume(returning: connection)
            if !isTaken { connection.close() }
        }

        func end(_ error: LineConnectionError) {
            let former = state.withLock { state in
                defer { state = .ended }
                return state
            }
            switch former {
            case .asked(let continuation): continuation.resume(throwing: error)
            case .connected(let connection): connection.close()
            case .waiting, .ended: break
            }
        }
    }

    private init(address: Endpoint, channel: any Channel, inbox: Inbox) {
        self.address = address
        self.channel = channel
        self.inbox = inbox
    }

    /// Listens.
    ///
    /// - Parameters:
    ///   - host: an address of this machine.
    ///   - ports: one of these, tried from a random one on; nil lets the system choose.
    ///   - peer: the address that the connection must come from, in digits.
    ///   - identity: for ``LineConnection/startTLS(within:)`` as TLS's server.
    ///   - readSize: octets that are read at once.
    ///   - writeTime: how long the peer may take nothing of what is written to it.
    ///   - group: where the connection lives.
    /// - Throws: `ListenError` when no port is free.
    package static func bind(
        host: String, ports: ClosedRange<Int>?, from peer: String, identity: TLSIdentity?, readSize: Int,
        writeTime: TimeAmount = .seconds(60), group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) async throws(ListenError) -> PeerListener {
        let role = identity.map { LineConnection.Role.server($0.context) } ?? .none
        let inbox = Inbox(peer: peer)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 8)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: readSize))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try LineConnection.prepare(channel, role: role, isImplicit: false) {
                        inbox.accept($0, role: role, writeTime: writeTime)
                    }
                }
            }
        let start = ports.map { Int.random(in: $0) } ?? 0
        var port = start
        while true {
            let place = Endpoint(host: host, port: port)
            do {
                let channel = try await bootstrap.bind(host: host, port: port).get()
                return PeerListener(address: Endpoint(channel.localAddress) ?? place, channel: channel, inbox: inbox)
            } catch {
                guard let ports else { throw ListenError(error, at: "\(place)") }
                port = port == ports.upperBound ? ports.lowerBound : port + 1
                if port == start { throw ListenError(error, at: "\(place)") }
            }
        }
    }

    /// The connection, and no more listening. Once.
    ///
    /// - Parameter limit: how long to wait.
    /// - Throws: ``LineConnectionError``: `.timedOut`, or `.closed` after ``close()``.
    package func connection(within limit: TimeAmount) async throws -> LineConnection {
        defer { channel.close(promise: nil) }
        let deadline = channel.eventLoop.scheduleTask(in: limit) { [inbox] in
            inbox.end(LineConnectionError(.timedOut, "no data connection came"))
        }
        defer { deadline.cancel() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let former = inbox.state.withLock { state in
                    let former = state
                    if case .waiting = state { state = .asked(continuation) } else { state = .ended }
                    return former
                }
                switch former {
                case .waiting: break
                case .connected(let connection): continuation.resume(returning: connection)
                case .asked, .ended:
                    continuation.resume(throwing: LineConnectionError(.closed, "the listener is closed"))
                }
            }
        } onCancel: {
            close()
        }
    }

    /// Gives up listening, and a connection that nobody asked for.
    package func close() {
        channel.close(promise: nil)
        inbox.end(LineConnectionError(.closed, "the listener is closed"))
    }

    deinit { close() }
}

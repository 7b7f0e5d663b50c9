import Foundation
import NIOCore
import NIOPosix

/// What a client got over a connection, and how it ended.
struct Exchange: Sendable {
    enum End: Sendable { case endOfStream, reset }
    var bytes: [UInt8]
    var end: End
}

enum LoopbackClient {
    /// Sends bytes, ends its side unless told otherwise, and reads until the other side ends or resets.
    ///
    /// - Parameter onEcho: runs when as many bytes have come as were sent.
    static func exchange(
        port: Int, sending bytes: [UInt8], endingOutput: Bool = true,
        onEcho: (@Sendable () async -> Void)? = nil
    ) async throws -> Exchange {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let result = loop.makePromise(of: Exchange.self)
        let channel: any Channel
        do {
            channel = try await ClientBootstrap(group: loop)
                .channelOption(.allowRemoteHalfClosure, value: true)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            Handler(result: result, expected: bytes.count, onEcho: onEcho))
                    }
                }
                .connect(host: "127.0.0.1", port: port).get()
        } catch let error as NIOConnectionError where error.wasReset {
            // The other side was faster than our looking after the connection.
            result.succeed(Exchange(bytes: [], end: .reset))
            return try await result.futureResult.get()
        } catch {
            result.fail(error)
            throw error
        }
        var wasReset = false
        do {
            try await channel.writeAndFlush(ByteBuffer(bytes: bytes))
            if endingOutput { try await channel.close(mode: .output) }
        } catch let error as IOError where [ECONNRESET, EPIPE].contains(error.errnoCode) {
            // The system tells of a reset once: a write that was told of it leaves an end of stream to reading.
            wasReset = true
        } catch {
            // The other side may have ended already: how, the handler sees.
        }
        var exchange = try await result.futureResult.get()
        if wasReset { exchange.end = .reset }
        try? await channel.close()
        return exchange
    }

    /// Holds a connection that reads nothing while `body` runs.
    static func connect(port: Int, body: () async throws -> Void) async throws {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: false)
            .connect(host: "127.0.0.1", port: port).get()
        do {
            try await body()
        } catch {
            try? await channel.close()
            throw error
        }
        try? await channel.close()
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let result: EventLoopPromise<Exchange>
        private let expected: Int
        private var onEcho: (@Sendable () async -> Void)?
        private var bytes: [UInt8] = []
        private var isDone = false

        init(result: EventLoopPromise<Exchange>, expected: Int, onEcho: (@Sendable () async -> Void)?) {
            self.result = result
            self.expected = expected
            self.onEcho = onEcho
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            bytes += unwrapInboundIn(data).readableBytesView
            if bytes.count >= expected, let onEcho {
                self.onEcho = nil
                Task { await onEcho() }
            }
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if event as? ChannelEvent == .inputClosed { finish(.endOfStream) }
        }

        /// A connection whose own side has ended is closed at the other side's end; an error comes before.
        func channelInactive(context: ChannelHandlerContext) { finish(.endOfStream) }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            finish(.reset)
            context.close(promise: nil)
        }

        private func finish(_ end: Exchange.End) {
            guard !isDone else { return }
            isDone = true
            result.succeed(Exchange(bytes: bytes, end: end))
        }
    }
}

extension NIOConnectionError {
    /// Whether the connection was made, and reset before this side saw it.
    fileprivate var wasReset: Bool {
        !connectionErrors.isEmpty && connectionErrors.allSatisfy { ($0.error as? IOError)?.errnoCode == ECONNRESET }
    }
}

/// Makes closing a socket send a reset (SO_LINGER with a time of zero).
func resetOnClose(_ socket: CInt) {
    let linger: [CInt] = [1, 0]
    setsockopt(socket, SOL_SOCKET, SO_LINGER, linger, socklen_t(linger.count * MemoryLayout<CInt>.size))
}

import NIOCore
import NIOPosix

/// A server on loopback that does one thing with each connection.
struct LoopbackServer: Sendable {
    enum Behaviour: Sendable {
        /// Sends back what comes, and ends after the client has.
        case echo
        /// Sends these bytes and closes once they are sent and the client has ended.
        case send([UInt8])
        /// Resets upon the first byte.
        case reset
        /// Sends without end.
        case flood
    }

    let port: Int
    /// Succeeds when a connection took no more bytes.
    let stalled: EventLoopFuture<Void>

    static func withServer<Result>(
        _ behaviour: Behaviour, body: (LoopbackServer) async throws -> Result
    ) async throws -> Result {
        let group = MultiThreadedEventLoopGroup.singleton
        let stalled = group.next().makePromise(of: Void.self)
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(behaviour, stalled: stalled))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let server = LoopbackServer(port: channel.localAddress?.port ?? 0, stalled: stalled.futureResult)
        do {
            let result = try await body(server)
            try await channel.close().get()
            stalled.succeed()
            return result
        } catch {
            try? await channel.close().get()
            stalled.fail(error)
            throw error
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let behaviour: Behaviour
        private let stalled: EventLoopPromise<Void>

        init(_ behaviour: Behaviour, stalled: EventLoopPromise<Void>) {
            self.behaviour = behaviour
            self.stalled = stalled
        }

        func channelActive(context: ChannelHandlerContext) {
            switch behaviour {
            case .send(let bytes): context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
            case .flood: flood(context)
            case .echo, .reset: break
            }
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch behaviour {
            case .echo: context.writeAndFlush(data, promise: nil)
            case .reset:
                _ = try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable(
                    of: NIOBSDSocket.Handle.self
                ) { resetOnClose($0) }
                context.close(promise: nil)
            case .send, .flood: break
            }
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            guard event as? ChannelEvent == .inputClosed else { return }
            switch behaviour {
            case .echo, .send:
                let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
                context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { _ in
                    bound.value.close(promise: nil)
                }
            case .reset, .flood: context.close(promise: nil)
            }
        }

        private func flood(_ context: ChannelHandlerContext) {
            let bytes = ByteBuffer(repeating: 7, count: 16_384)
            while context.channel.isWritable { context.writeAndFlush(wrapOutboundOut(bytes), promise: nil) }
            stalled.succeed()
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

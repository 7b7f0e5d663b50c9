import NIOCore
import NIOHTTP1
import NIOPosix

/// An HTTP server on loopback that has a few files in memory.
struct MediaServer: Sendable {
    /// `http://127.0.0.1:43211/`
    let url: String

    /// - Parameter headers: added to every answer, in place of the server's own of that name.
    static func withServer<Result>(
        _ files: [String: [UInt8]], headers: [(String, String)] = [], body: (MediaServer) async throws -> Result
    ) async throws -> Result {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(files: files, headers: headers))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let server = MediaServer(url: "http://127.0.0.1:\(channel.localAddress?.port ?? 0)/")
        do {
            let result = try await body(server)
            try await channel.close().get()
            return result
        } catch {
            try? await channel.close().get()
            throw error
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart
        private let files: [String: [UInt8]]
        private let headers: [(String, String)]
        private var request: HTTPRequestHead?

        init(files: [String: [UInt8]], headers: [(String, String)]) {
            self.files = files
            self.headers = headers
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): request = head
            case .body: break
            case .end: respond(context)
            }
        }

        private func respond(_ context: ChannelHandlerContext) {
            guard let request else { return }
            let file = files[String(request.uri.dropFirst())]
            var head = HTTPResponseHead(version: .http1_1, status: file == nil ? .notFound : .ok)
            head.headers.add(name: "Content-Length", value: String(file?.count ?? 0))
            for (name, value) in headers { head.headers.replaceOrAdd(name: name, value: value) }
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            if let file, request.method != .HEAD {
                context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: file)))), promise: nil)
            }
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

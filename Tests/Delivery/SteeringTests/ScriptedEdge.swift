import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An edge as those who check it see it: an HTTP server that answers as a test wants, and can be killed.
final class ScriptedEdge: Sendable {
    /// What is answered to a path; nil to say nothing at all.
    typealias Answer = @Sendable (_ path: String) -> (status: Int, body: String)?

    private let channel: any Channel
    private let open: Children
    private let script: Script
    /// The path of each request.
    let requests: AsyncStream<String>
    let port: Int

    init(_ answer: @escaping Answer = { _ in (200, "") }) async throws {
        let (requests, noted) = AsyncStream.makeStream(of: String.self)
        let children = Children()
        let script = Script(answer)
        self.requests = requests
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    children.add(channel)
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(script) { noted.yield($0) })
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
        (open, self.script) = (children, script)
    }

    var url: String { "http://127.0.0.1:\(port)" }

    /// Answers otherwise from now on.
    func become(_ answer: @escaping Answer) { script.replace(answer) }

    /// Is gone: nobody listens, and what was open is closed.
    func kill() async throws {
        try await channel.close()
        for child in open.all { child.close(promise: nil) }
    }

    private final class Script: Sendable {
        private let answer: Mutex<Answer>

        init(_ answer: @escaping Answer) { self.answer = Mutex(answer) }

        func replace(_ new: @escaping Answer) { answer.withLock { $0 = new } }

        func callAsFunction(_ path: String) -> (status: Int, body: String)? { answer.withLock { $0 }(path) }
    }

    private final class Children: Sendable {
        private let channels = Mutex<[any Channel]>([])

        func add(_ channel: any Channel) { channels.withLock { $0.append(channel) } }

        var all: [any Channel] { channels.withLock { $0 } }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let script: Script
        private let note: @Sendable (String) -> Void
        private var head: HTTPRequestHead?

        init(_ script: Script, _ note: @escaping @Sendable (String) -> Void) {
            (self.script, self.note) = (script, note)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): self.head = head
            case .body: break
            case .end:
                guard let head else { return }
                note(head.uri)
                guard let (status, text) = script(head.uri) else { return }
                var response = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status))
                response.headers.add(name: "Content-Length", value: "\(text.utf8.count)")
                context.write(wrapOutboundOut(.head(response)), promise: nil)
                context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }
}

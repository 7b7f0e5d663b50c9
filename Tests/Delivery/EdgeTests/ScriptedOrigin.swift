import HTTP
import HTTPSemantics
import NIOCore
import NIOPosix
import Synchronization

/// One request that an origin got, and the raw way to answer it.
struct ScriptedExchange: Sendable {
    let head: RequestHead
    /// How many requests the origin had before this one.
    let index: Int
    fileprivate let channel: any Channel

    /// Writes text as it is: status line, fields, body.
    func send(_ text: String) async { try? await channel.writeAndFlush(ByteBuffer(string: text)) }

    /// Sends a complete response.
    func respond(_ status: Int = 200, _ fields: FieldSection = [:], _ body: String = "") async {
        var head = "HTTP/1.1 \(status) X\r\n"
        fields.forEachLine { name, value in
            head += String(decoding: name, as: UTF8.self) + ": " + String(decoding: value, as: UTF8.self) + "\r\n"
        }
        await send(head + "Content-Length: \(body.utf8.count)\r\n\r\n" + body)
    }

    /// Ends the connection in order.
    func close() async { try? await channel.close() }

    /// Ends the connection with a reset.
    func reset() async {
        try? await (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        try? await channel.close()
    }
}

/// An origin that does what a test tells it, on a free port: it may dribble, break off, reset or say nothing.
final class ScriptedOrigin: Sendable {
    typealias Script = @Sendable (ScriptedExchange) async -> Void

    private let listener: any Channel
    private let log: Log
    let url: String

    private final class Log: Sendable {
        private let requests = Mutex<[RequestHead]>([])
        func append(_ head: RequestHead) -> Int {
            requests.withLock { requests in
                requests.append(head)
                return requests.count - 1
            }
        }
        var all: [RequestHead] { requests.withLock { $0 } }
    }

    /// What it was asked so far.
    var requests: [RequestHead] { log.all }

    init(_ script: @escaping Script) async throws {
        let log = Log()
        self.log = log
        listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(script: script) { log.append($0) })
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        url = "http://127.0.0.1:\(listener.localAddress?.port ?? 0)"
    }

    /// Accepts no more; what is connected stays so.
    func stop() async { try? await listener.close() }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let script: Script
        private let note: @Sendable (RequestHead) -> Int
        private var buffer = ByteBuffer()
        private var parser = RequestParser(limits: RequestLimits())
        private var decoder: (RequestHead, ContentDecoder)?

        init(script: @escaping Script, note: @escaping @Sendable (RequestHead) -> Int) {
            self.script = script
            self.note = note
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var piece = unwrapInboundIn(data)
            buffer.writeBuffer(&piece)
            do {
                while try advance(context) {}
            } catch {
                context.close(promise: nil)
            }
        }

        private func advance(_ context: ChannelHandlerContext) throws -> Bool {
            if var (head, decoder) = decoder {
                guard try decoder.read(from: &buffer) else {
                    self.decoder = (head, decoder)
                    return false
                }
                self.decoder = nil
                head.fields.append(FieldName("X-Content"), String(buffer: decoder.content))
                run(head, context)
                return true
            }
            guard let head = try parser.next(from: &buffer) else { return false }
            decoder = (head, try ContentDecoder(framing: head.framing, limit: 1 << 20))
            return true
        }

        private func run(_ head: RequestHead, _ context: ChannelHandlerContext) {
            let exchange = ScriptedExchange(head: head, index: note(head), channel: context.channel)
            Task { [script] in await script(exchange) }
        }
    }
}

/// Holds a script until a test opens it.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}

import NIOCore
import NIOPosix
import Synchronization

/// A request as the scripted server saw it.
struct ScriptedRequest: Sendable {
    var path: String
    /// Value of `Range`, such as `bytes=0-99`.
    var range: String?
    var host: String?
    /// All fields, by their names in lower case.
    var fields: [String: String] = [:]
    /// How often this path was asked for before.
    var repetition: Int
}

/// What the scripted server does with a request.
enum ScriptedReply: Sendable {
    case body([UInt8], status: Int = 200, fields: [String: String] = [:])
    /// The part of a body that the request's range names, as 206.
    case ranged([UInt8], fields: [String: String] = [:])
    /// A head that promises more than follows, then the end of the connection.
    case truncated([UInt8], promised: Int, fields: [String: String] = [:])
    /// The connection is reset instead of an answer.
    case reset
    /// The connection is reset behind the first part of a body.
    case resetWithin([UInt8], promised: Int)
    /// The first part of a body, and then nothing, for ever.
    case stalled([UInt8], promised: Int)
    /// The server dies: its connections break, and nobody listens any more.
    case kill
    /// Nothing, for ever.
    case silence

    static func status(_ status: Int, fields: [String: String] = [:]) -> ScriptedReply {
        .body([], status: status, fields: fields)
    }
}

/// An HTTP server that does what a test tells it, mistakes included.
enum ScriptedServer {
    /// Runs `body` with the authority of a server on a free port that answers by `script`.
    static func run<Result: Sendable>(
        _ script: @escaping @Sendable (ScriptedRequest) -> ScriptedReply,
        body: (String) async throws -> Result
    ) async throws -> Result {
        let counts = Mutex<[String: Int]>([:])
        let children = Mutex<[any Channel]>([])
        let listener = Mutex<(any Channel)?>(nil)
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    children.withLock { $0.append(channel) }
                    let kill = {
                        listener.withLock { $0 }?.close(promise: nil)
                        for channel in children.withLock({ $0 }) { channel.close(promise: nil) }
                    }
                    try channel.pipeline.syncOperations.addHandler(
                        ScriptHandler(kill: kill) { path, range, host, fields in
                            let repetition = counts.withLock { counts in
                                counts[path, default: 0] += 1
                                return counts[path, default: 1] - 1
                            }
                            return script(
                                ScriptedRequest(
                                    path: path, range: range, host: host, fields: fields, repetition: repetition))
                        })
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        listener.withLock { $0 = server }
        let authority = "127.0.0.1:\(server.localAddress?.port ?? 0)"
        func stop() async {
            try? await server.close()
            for channel in children.withLock({ $0 }) { try? await channel.close() }
        }
        do {
            let result = try await body(authority)
            await stop()
            return result
        } catch {
            await stop()
            throw error
        }
    }
}

/// Reads request heads and answers them, one after the other.
private final class ScriptHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let reply: (_ path: String, _ range: String?, _ host: String?, _ fields: [String: String]) -> ScriptedReply
    private var text = ""

    private let kill: () -> Void

    init(
        kill: @escaping () -> Void,
        _ reply:
            @escaping (_ path: String, _ range: String?, _ host: String?, _ fields: [String: String]) -> ScriptedReply
    ) {
        self.kill = kill
        self.reply = reply
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        text += String(buffer: unwrapInboundIn(data))
        while let end = text.firstRange(of: "\r\n\r\n") {
            let lines = text[..<end.lowerBound].split(separator: "\r\n")
            text = String(text[end.upperBound...])
            let words = lines[0].split(separator: " ")
            var fields: [String: String] = [:]
            for line in lines.dropFirst() {
                guard let colon = line.firstIndex(of: ":") else { continue }
                fields[line[..<colon].lowercased()] = line[line.index(after: colon)...].drop { $0 == " " }.description
            }
            answer(
                reply(String(words[1]), fields["range"], fields["host"], fields), range: fields["range"], context)
        }
    }

    private func answer(_ reply: ScriptedReply, range: String?, _ context: ChannelHandlerContext) {
        switch reply {
        case .body(let body, let status, let fields): send(body, status, fields, body.count, context)
        case .truncated(let body, let promised, let fields):
            send(body, 200, fields, promised, context)
            context.close(promise: nil)
        case .reset: reset(context)
        case .resetWithin(let body, let promised):
            send(body, 200, [:], promised, context)
            reset(context)
        case .stalled(let body, let promised): send(body, 200, [:], promised, context)
        case .kill: kill()
        case .silence: break
        case .ranged(let body, let fields):
            let parts = (range ?? "").dropFirst(6).split(separator: "-")
            let first = parts.first.flatMap { Int($0) } ?? 0
            let last = min(parts.count > 1 ? Int(parts[1]) ?? 0 : .max, body.count - 1)
            guard range != nil else { return send(body, 200, fields, body.count, context) }
            guard first <= last else { return send([], 416, fields, 0, context) }
            let part = Array(body[first...last])
            send(
                part, 206, fields.merging(["Content-Range": "bytes \(first)-\(last)/\(body.count)"]) { $1 },
                part.count, context)
        }
    }

    /// A lingering time of zero makes closing a reset.
    private func reset(_ context: ChannelHandlerContext) {
        let reset = (context.channel as? any SocketOptionProvider)?
            .unsafeSetSocketOption(level: .socket, name: .so_linger, value: linger(l_onoff: 1, l_linger: 0))
        _ = reset
        context.close(promise: nil)
    }

    private func send(
        _ body: [UInt8], _ status: Int, _ fields: [String: String], _ length: Int, _ context: ChannelHandlerContext
    ) {
        var head = "HTTP/1.1 \(status) Scripted\r\nContent-Length: \(length)\r\n"
        for (name, value) in fields { head += "\(name): \(value)\r\n" }
        var buffer = ByteBuffer(string: head + "\r\n")
        buffer.writeBytes(body)
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }
}

import CoreMetrics
import HTTPSemantics
import Listening
import Logging
import Metrics
import NIOCore
import NIOEmbedded
import Synchronization

@testable import HTTP

/// Answers by a closure.
struct ClosureResponder: Responder {
    var answer: @Sendable (Request, Exchange) -> Void

    func respond(to request: Request, on exchange: Exchange) { answer(request, exchange) }
}

/// Answers each request with its target as text.
let echo = ClosureResponder { request, exchange in
    exchange.send(Response(status: 200, body: .bytes(ByteBuffer(string: request.head.target))))
}

/// A body that a test feeds.
final class TestStream: BodyStream {
    private struct State {
        var reads: [BodyStreamRead] = []
        var wake: (@Sendable () -> Void)?
        var isCancelled = false
    }

    private let state = Mutex(State())

    var isCancelled: Bool { state.withLock { $0.isCancelled } }

    func feed(_ read: BodyStreamRead) {
        let wake = state.withLock { state in
            state.reads.append(read)
            defer { state.wake = nil }
            return state.wake
        }
        wake?()
    }

    func read(wake: @escaping @Sendable () -> Void) -> BodyStreamRead {
        state.withLock { state in
            guard state.reads.isEmpty else { return state.reads.removeFirst() }
            state.wake = wake
            return .pending
        }
    }

    func cancel() { state.withLock { $0.isCancelled = true } }
}

/// A connection in memory.
struct TestConnection {
    let channel: EmbeddedChannel

    init(_ responder: any Responder, configure: (inout ServerConfiguration) -> Void = { _ in }) throws {
        var configuration = ServerConfiguration(
            address: ListenAddress(host: "127.0.0.1", port: 0), logger: Logger(label: "test"))
        configure(&configuration)
        let loop = EmbeddedEventLoop()
        channel = EmbeddedChannel(
            handler: ConnectionHandler(
                configuration: configuration, responder: responder,
                metrics: ServerMetrics(factory: NOOPMetricsHandler.instance), now: loop.now),
            loop: loop)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    func send(_ text: String) throws { try channel.writeInbound(ByteBuffer(string: text)) }

    /// What has been written, without the Date lines.
    func received() throws -> String {
        var text = ""
        while let data = try channel.readOutbound(as: IOData.self) {
            if case .byteBuffer(let buffer) = data { text += String(buffer: buffer) }
        }
        return text.split(separator: "\r\n", omittingEmptySubsequences: false).filter { !$0.hasPrefix("Date: ") }
            .joined(separator: "\r\n")
    }
}

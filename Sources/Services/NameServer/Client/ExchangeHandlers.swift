internal import DNS
internal import LineProtocol
internal import NIOCore

/// Sends a question as one datagram and waits for the one that answers it.
final class DatagramAnswerHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private let query: DNSMessage
    private let server: Endpoint
    private let timeout: TimeAmount
    private let answer: EventLoopPromise<DNSMessage>
    private var deadline: Scheduled<Void>?
    private var strangers = 0
    private var isDone = false

    init(_ query: DNSMessage, _ server: Endpoint, _ timeout: TimeAmount, _ answer: EventLoopPromise<DNSMessage>) {
        self.query = query
        self.server = server
        self.timeout = timeout
        self.answer = answer
    }

    func channelActive(context: ChannelHandlerContext) {
        guard let peer = context.channel.remoteAddress else { return finish(.failure(.unreachable), context) }
        let buffer = context.channel.allocator.buffer(bytes: query.encoded())
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: timeout) {
            self.finish(.failure(.timedOut), context)
        }
        context.writeAndFlush(wrapOutboundOut(AddressedEnvelope(remoteAddress: peer, data: buffer)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data).data
        guard !isDone else { return }
        guard let message = try? DNSMessage(Array(buffer.readableBytesView)), DNSExchange.matches(message, query) else {
            return strange(context)
        }
        // RFC 5452 §9.1 with letters: who has the id but not their case has not seen the question, or is no help with it.
        guard zip(message.questions, query.questions).allSatisfy({ $0.name.wire == $1.name.wire }) else {
            return finish(.failure(.suspicious), context)
        }
        finish(.success(message), context)
    }

    private func strange(_ context: ChannelHandlerContext) {
        strangers += 1
        if strangers >= DNSExchange.patience { finish(.failure(.suspicious), context) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A host tells that nobody listens there.
        finish(.failure(.unreachable), context)
    }

    func channelInactive(context: ChannelHandlerContext) { end(.failure(CancellationError())) }

    func handlerRemoved(context: ChannelHandlerContext) { end(.failure(CancellationError())) }

    private enum Outcome {
        case success(DNSMessage)
        case failure(DNSExchangeError.Code)
    }

    private func finish(_ outcome: Outcome, _ context: ChannelHandlerContext) {
        switch outcome {
        case .success(let message): end(.success(message))
        case .failure(let code): end(.failure(DNSExchangeError(code, server)))
        }
        context.close(promise: nil)
    }

    private func end(_ result: Result<DNSMessage, any Error>) {
        guard !isDone else { return }
        isDone = true
        deadline?.cancel()
        answer.completeWith(result)
    }
}

/// Takes messages out from behind their lengths (RFC 1035 §4.2.2).
struct MessageFrameDecoder: ByteToMessageDecoder {
    typealias InboundOut = [UInt8]

    mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) -> DecodingState {
        guard let length = buffer.getInteger(at: buffer.readerIndex, as: UInt16.self),
            let octets = buffer.getBytes(at: buffer.readerIndex + 2, length: Int(length))
        else { return .needMoreData }
        buffer.moveReaderIndex(forwardBy: Int(length) + 2)
        context.fireChannelRead(wrapInboundOut(octets))
        return .continue
    }

    mutating func decodeLast(
        context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool
    ) -> DecodingState {
        while decode(context: context, buffer: &buffer) == .continue {}
        return .needMoreData
    }
}

/// Puts a message behind its length.
struct MessageFrameEncoder: MessageToByteEncoder {
    typealias OutboundIn = [UInt8]

    func encode(data: [UInt8], out: inout ByteBuffer) {
        out.writeInteger(UInt16(truncatingIfNeeded: data.count))
        out.writeBytes(data)
    }
}

/// Ends a connection whose peer says nothing while somebody listens.
final class SilenceHandler: ChannelDuplexHandler {
    typealias InboundIn = [UInt8]
    typealias OutboundIn = [UInt8]
    typealias OutboundOut = [UInt8]

    private let server: Endpoint
    private let timeout: TimeAmount
    /// Nil when the time counts anew from each message.
    private let deadline: NIODeadline?
    private var clock: Scheduled<Void>?

    init(_ server: Endpoint, _ timeout: TimeAmount, deadline: NIODeadline?) {
        self.server = server
        self.timeout = timeout
        self.deadline = deadline
    }

    func read(context: ChannelHandlerContext) {
        if clock == nil { start(context) }
        context.read()
    }

    private func start(_ context: ChannelHandlerContext) {
        clock = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline ?? .now() + timeout) {
            context.fireErrorCaught(DNSExchangeError(.timedOut, self.server))
            context.close(promise: nil)
        }
    }

    /// Octets do not count, messages do: one that comes octet by octet is silence too.
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if deadline == nil {
            clock?.cancel()
            clock = nil
        }
        context.fireChannelRead(data)
    }

    func handlerRemoved(context: ChannelHandlerContext) { clock?.cancel() }
}

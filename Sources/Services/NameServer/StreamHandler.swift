internal import DNS
internal import NIOCore

/// Answers what comes over one TCP connection: messages behind their lengths, as many at once as the client likes
/// (RFC 7766).
final class StreamHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    /// Answers of one connection that somebody waits for, at most: nothing more is read until one is there.
    private static let waiting = 64

    private let responder: any DNSResponder
    private let peer: DNSPeer
    private let idleTime: TimeAmount
    private var received = ByteBuffer()
    private var pending = 0
    /// What is being sent piece by piece, and what waits for its turn behind it.
    private var transfers: [any IteratorProtocol<[UInt8]>] = []
    private var hasEnded = false
    private var timeout: Scheduled<Void>?

    init(_ responder: any DNSResponder, _ address: IPAddress, idleTime: TimeAmount) {
        self.responder = responder
        self.idleTime = idleTime
        peer = DNSPeer(address: address, isTCP: true)
    }

    func handlerAdded(context: ChannelHandlerContext) { restartClock(context) }

    func handlerRemoved(context: ChannelHandlerContext) { timeout?.cancel() }

    /// A client that sends nothing whole, or takes nothing, for so long is gone.
    private func restartClock(_ context: ChannelHandlerContext) {
        timeout?.cancel()
        timeout = context.eventLoop.assumeIsolated().scheduleTask(in: idleTime) { context.close(promise: nil) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        received.writeBuffer(&buffer)
        handleReceived(context)
    }

    func channelReadComplete(context: ChannelHandlerContext) { context.flush() }

    private var isBusy: Bool { pending >= Self.waiting || !transfers.isEmpty }

    private func handleReceived(_ context: ChannelHandlerContext) {
        while !isBusy, context.channel.isWritable {
            guard let length = received.getInteger(at: received.readerIndex, as: UInt16.self),
                received.readableBytes >= Int(length) + 2
            else { break }
            received.moveReaderIndex(forwardBy: 2)
            let octets = received.readBytes(length: Int(length)) ?? []
            restartClock(context)
            handle(octets, context)
        }
        received.discardReadBytes()
        closeIfDone(context)
    }

    private func handle(_ octets: [UInt8], _ context: ChannelHandlerContext) {
        switch responder.reply(to: octets, from: peer) {
        // Nobody who speaks TCP sends what is no query.
        case .nothing: context.close(promise: nil)
        case .message(let octets): write(octets, context)
        case .messages(let messages):
            transfers.append(messages.makeIterator())
            proceed(context)
        case .later(let work):
            pending += 1
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            let loop = context.eventLoop
            Task {
                let octets = await work()
                loop.execute {
                    let (handler, context) = bound.value
                    handler.pending -= 1
                    guard context.channel.isActive else { return }
                    if let octets { handler.write(octets, context) }
                    handler.handleReceived(context)
                    context.flush()
                    if !handler.isBusy { context.read() }
                }
            }
        }
    }

    private func write(_ octets: [UInt8], _ context: ChannelHandlerContext) {
        var buffer = context.channel.allocator.buffer(capacity: octets.count + 2)
        buffer.writeInteger(UInt16(truncatingIfNeeded: octets.count))
        buffer.writeBytes(octets)
        context.write(wrapOutboundOut(buffer), promise: nil)
    }

    /// Sends of a transfer what there is room for.
    private func proceed(_ context: ChannelHandlerContext) {
        while context.channel.isWritable, !transfers.isEmpty {
            if let octets = transfers[0].next() {
                write(octets, context)
                context.flush()
            } else {
                transfers.removeFirst()
            }
        }
        restartClock(context)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            proceed(context)
            if transfers.isEmpty { handleReceived(context) }
            context.flush()
            context.read()
        }
        context.fireChannelWritabilityChanged()
    }

    /// Reads no more than can be answered.
    func read(context: ChannelHandlerContext) {
        if !isBusy, context.channel.isWritable { context.read() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed {
            hasEnded = true
            closeIfDone(context)
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// What was asked before the client closed its side is answered.
    private func closeIfDone(_ context: ChannelHandlerContext) {
        guard hasEnded, pending == 0, transfers.isEmpty else { return }
        context.flush()
        context.close(promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

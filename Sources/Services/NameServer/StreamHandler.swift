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

    /// Octets of answers that go out together.
    private static let piece = 1 << 16

    private let responder: any DNSResponder
    private let fast: StreamWorker
    private let peer: DNSPeer
    private let idleTime: TimeAmount
    private var received = ByteBuffer()
    /// Answers that wait for the end of what was received.
    private var answers = ByteBuffer()
    private var pending = 0
    /// What is being sent piece by piece, and what waits for its turn behind it.
    private var transfers: [any IteratorProtocol<[UInt8]>] = []
    private var hasEnded = false
    private var lastActivity = NIODeadline.now()
    private var timeout: Scheduled<Void>?

    /// - Parameters:
    ///   - responder: answers.
    ///   - fast: what answers on this connection's event loop.
    ///   - address: of the client.
    ///   - idleTime: how long it may ask nothing.
    init(_ responder: any DNSResponder, _ fast: StreamWorker, _ address: IPAddress, idleTime: TimeAmount) {
        self.responder = responder
        self.fast = fast
        self.idleTime = idleTime
        peer = DNSPeer(address: address, isTCP: true)
    }

    func handlerAdded(context: ChannelHandlerContext) { watch(context, idleTime) }

    func handlerRemoved(context: ChannelHandlerContext) { timeout?.cancel() }

    /// A client that sends nothing whole, or takes nothing, for so long is gone. One clock is enough for many questions:
    /// where something has happened meanwhile, it goes on for the rest.
    private func watch(_ context: ChannelHandlerContext, _ time: TimeAmount) {
        timeout = context.eventLoop.assumeIsolated().scheduleTask(in: time) {
            let rest = self.lastActivity + self.idleTime - .now()
            if rest > .nanoseconds(0) { self.watch(context, rest) } else { context.close(promise: nil) }
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        if received.readableBytes == 0 { received = buffer } else { received.writeBuffer(&buffer) }
        handleReceived(context)
    }

    func channelReadComplete(context: ChannelHandlerContext) { context.flush() }

    private var isBusy: Bool { pending >= Self.waiting || !transfers.isEmpty }

    private func handleReceived(_ context: ChannelHandlerContext) {
        fast.worker?.begin()
        var isActive = false
        while !isBusy, context.channel.isWritable {
            guard let length = received.getInteger(at: received.readerIndex, as: UInt16.self),
                received.readableBytes >= Int(length) + 2
            else { break }
            received.moveReaderIndex(forwardBy: 2)
            isActive = true
            switch fast.reply(to: received, length: Int(length), from: peer) {
            case .written(let count):
                received.moveReaderIndex(forwardBy: Int(length))
                append(UnsafeRawBufferPointer(rebasing: fast.room[..<count]))
                if answers.readableBytes >= Self.piece { writeAnswers(context) }
            case .nothing, .unknown: handle(received.readBytes(length: Int(length)) ?? [], context)
            }
        }
        writeAnswers(context)
        if isActive { lastActivity = .now() }
        received.discardReadBytes()
        closeIfDone(context)
    }

    private func append(_ octets: UnsafeRawBufferPointer) {
        answers.writeInteger(UInt16(truncatingIfNeeded: octets.count))
        answers.writeBytes(octets)
    }

    private func writeAnswers(_ context: ChannelHandlerContext) {
        guard answers.readableBytes > 0 else { return }
        context.write(wrapOutboundOut(answers), promise: nil)
        answers = context.channel.allocator.buffer(capacity: answers.readableBytes)
    }

    private func handle(_ octets: [UInt8], _ context: ChannelHandlerContext) {
        switch responder.reply(to: octets, from: peer) {
        // Nobody who speaks TCP sends what is no query.
        case .nothing: context.close(promise: nil)
        case .message(let octets): octets.withUnsafeBytes { append($0) }
        case .messages(let messages):
            writeAnswers(context)
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
        lastActivity = .now()
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

/// What answers fast on one event loop, for all of its connections.
final class StreamWorker {
    let worker: (any DNSWorker)?
    /// Where answers are put together.
    let room: UnsafeMutableRawBufferPointer

    init(_ responder: any DNSResponder) {
        worker = responder.makeWorker()
        room = .allocate(byteCount: worker == nil ? 0 : 65_535, alignment: 8)
    }

    deinit { room.deallocate() }

    /// Answers the first `length` octets of what was received.
    fileprivate func reply(to received: ByteBuffer, length: Int, from peer: DNSPeer) -> DNSWorkerReply {
        guard let worker else { return .unknown }
        return received.withUnsafeReadableBytes { octets in
            peer.address.octets.withUnsafeBytes { address in
                worker.reply(
                    to: UnsafeRawBufferPointer(rebasing: octets[..<length]), from: address, isTCP: true, into: room)
            }
        }
    }
}

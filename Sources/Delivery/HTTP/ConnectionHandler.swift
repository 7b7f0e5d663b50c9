internal import HTTPSemantics
internal import Logging
internal import NIOCore
internal import NIOPosix

/// One HTTP/1.1 connection: requests in, responses out, in order.
///
/// A request is parsed only when the one before it has its response handed to the socket and the socket takes more,
/// and input is read only up to a bound: a client that pipelines without reading stops itself. A response that is in
/// memory is written in the same event-loop turn, without a future, a task or an allocation beyond its head.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = IOData

    /// Where the connection stands in the dialogue.
    enum Phase {
        case head
        case content(RequestHead, ContentDecoder)
        /// The responder has the request.
        case responding
        case streaming(any BodyStream, ResponseHeadWriter.Framing, remaining: Int?)
        /// Output is closed; input is thrown away.
        case lingering
        case closed
    }

    /// Input held while a response is on its way.
    private static let inputBound = 16384

    let configuration: ServerConfiguration
    let responder: any Responder
    let metrics: ServerMetrics
    var context: ChannelHandlerContext?
    var phase = Phase.head
    var headWriter = ResponseHeadWriter()
    /// Of the request that is being answered.
    var method = RequestMethod.get
    var minorVersion = 1
    var keepsAlive = true
    var isDraining = false
    /// Parts of files that have not left yet, the first of which is being sent.
    var filesUnderWay: [FilePart] = []

    private var input = ByteBuffer()
    private var parser: RequestParser
    var watchdog: ConnectionWatchdog
    private var watch: RepeatedTask?
    private var serial = 0
    private var disconnectAction: (@Sendable () -> Void)?
    private var inputIsClosed = false
    /// Set while ``processInput()`` is on the stack: a response delivered meanwhile leaves going on to it.
    private var isProcessing = false
    private var needsFlush = false

    init(
        configuration: ServerConfiguration, responder: any Responder, metrics: ServerMetrics, now: NIODeadline
    ) {
        self.configuration = configuration
        self.responder = responder
        self.metrics = metrics
        parser = RequestParser(limits: configuration.limits)
        watchdog = ConnectionWatchdog(timeouts: configuration.timeouts, now: now)
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { begin(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end()
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .lingering = phase else {
            var piece = unwrapInboundIn(data)
            if input.readableBytes == 0 { input = piece } else { input.writeBuffer(&piece) }
            return
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        processInput()
        readMore()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            if case .streaming = phase { pump() }
            processInput()
            readMore()
        }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed:
            inputIsClosed = true
            processInput()
        case is DrainConnection:
            isDraining = true
            if case .head = phase, !parser.isInsideHead { closeWhenWritten() }
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        configuration.logger.debug("connection failed", metadata: ["error": "\(error)"])
        context.close(promise: nil)
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard watch == nil else { return }
        metrics.connectionOpened()
        let interval = watchdog.interval
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        watch = context.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            bound.value.checkTime()
        }
        context.read()
    }

    private func end() {
        guard let watch else { return }
        watch.cancel()
        self.watch = nil
        metrics.connectionClosed()
        if case .streaming(let stream, _, _) = phase { stream.cancel() }
        phase = .closed
        disconnectAction?()
        disconnectAction = nil
    }

    private func checkTime() {
        guard let context else { return }
        let buffered = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        let acknowledged = buffered > 0 ? TransportProgress.acknowledgedBytes(context.channel) : 0
        if watchdog.check(now: context.eventLoop.now, buffered: buffered, acknowledged: acknowledged) {
            configuration.logger.debug("client took too long")
            context.close(promise: nil)
        } else if let part = filesUnderWay.first, part.isTruncated {
            // The kernel sends nothing of what is not there, and NIO would ask it again and again.
            configuration.logger.warning("a file was cut off while it was sent")
            context.close(promise: nil)
        }
    }

    // MARK: Input

    /// Answers what can be answered of the input so far.
    func processInput() {
        guard !isProcessing, let context else { return }
        isProcessing = true
        while advance(context) {}
        isProcessing = false
        // Lets the channel use its read buffer again.
        if input.readableBytes == 0 { input = ByteBuffer() }
        if needsFlush {
            needsFlush = false
            context.flush()
        }
        if inputIsClosed {
            switch phase {
            case .head where input.readableBytes > 0 && !context.channel.isWritable:
                // Requests that came before the end are answered when the client has read what it owes.
                break
            case .head, .content, .lingering: closeWhenWritten()
            case .responding, .streaming, .closed: break
            }
        }
    }

    /// One step; false when it is not our turn or the input is not enough.
    private func advance(_ context: ChannelHandlerContext) -> Bool {
        do throws(HTTPProtocolError) {
            switch phase {
            case .head:
                guard context.channel.isWritable, input.readableBytes > 0 else { return false }
                let wasInside = parser.isInsideHead
                // A refusal of this head must not follow the method of the one before it.
                method = .get
                minorVersion = 1
                guard let head = try parser.next(from: &input) else {
                    if !wasInside, parser.isInsideHead { watchdog.enter(.head, now: context.eventLoop.now) }
                    return false
                }
                method = head.method
                minorVersion = head.minorVersion
                keepsAlive = head.keepsAlive && !isDraining
                if head.framing == .none {
                    dispatch(Request(head: head), context)
                } else {
                    let decoder = try ContentDecoder(framing: head.framing, limit: configuration.limits.content)
                    if head.expectsContinue { write(.byteBuffer(ByteBuffer(staticString: Self.continueHead))) }
                    phase = .content(head, decoder)
                    watchdog.enter(.content, now: context.eventLoop.now)
                }
                return true
            case .content(let head, var decoder):
                phase = .responding
                guard try decoder.read(from: &input) else {
                    phase = .content(head, decoder)
                    return false
                }
                dispatch(Request(head: head, content: decoder.content), context)
                return true
            case .responding, .streaming, .lingering, .closed: return false
            }
        } catch {
            refuse(error, context)
            return false
        }
    }

    private static let continueHead: StaticString = "HTTP/1.1 100 Continue\r\n\r\n"

    private func dispatch(_ request: Request, _ context: ChannelHandlerContext) {
        phase = .responding
        watchdog.enter(.responder, now: context.eventLoop.now)
        serial &+= 1
        responder.respond(
            to: request, on: Exchange(connection: self, serial: serial, eventLoop: context.eventLoop))
    }

    private func refuse(_ error: HTTPProtocolError, _ context: ChannelHandlerContext) {
        configuration.logger.debug("request refused", metadata: ["error": "\(error)"])
        keepsAlive = false
        input.clear()
        phase = .responding
        serial &+= 1
        deliver(.plain(error.status, error.description), serial: serial, lingers: true)
    }

    func readMore() {
        guard let context, !inputIsClosed else { return }
        switch phase {
        case .head, .content:
            if context.channel.isWritable { context.read() }
        case .responding, .streaming:
            if input.readableBytes < Self.inputBound { context.read() }
        case .lingering: context.read()
        case .closed: break
        }
    }

    // MARK: Output

    func onDisconnect(serial: Int, _ action: @escaping @Sendable () -> Void) {
        if serial == self.serial, case .responding = phase { disconnectAction = action }
    }

    /// Writes a response. One that comes for a request that is no longer there is thrown away.
    func deliver(_ response: Response, serial: Int, lingers: Bool = false) {
        guard serial == self.serial, case .responding = phase, let context else {
            if case .stream(let stream, _) = response.body { stream.cancel() }
            return
        }
        disconnectAction = nil
        metrics.responded(status: response.status)
        if isDraining { keepsAlive = false }
        send(response, context, lingers: lingers)
        if !isProcessing {
            needsFlush = false
            context.flush()
            processInput()
            readMore()
        }
    }

    func write(_ data: IOData, promise: EventLoopPromise<Void>? = nil) {
        guard let context else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        metrics.sent(bytes: data.readableBytes)
        needsFlush = true
        context.write(wrapOutboundOut(data), promise: promise)
    }

    /// The response is handed to the socket: on to the next request, or to the end.
    ///
    /// A close with input unread is a reset, in which the client may lose the response: so input is read to its end
    /// when there is some (RFC 9112 §9.6).
    func finishResponse(lingers: Bool = false) {
        guard let context else { return }
        if keepsAlive, !isDraining {
            phase = .head
            watchdog.enter(.idle, now: context.eventLoop.now)
        } else if lingers || input.readableBytes > 0 {
            input.clear()
            phase = .lingering
            let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
            afterWrites { bound.value.closeOutput() }
        } else {
            closeWhenWritten()
        }
    }

    private func closeOutput() {
        guard let context, case .lingering = phase else { return }
        watchdog.enter(.linger, now: context.eventLoop.now)
        context.close(mode: .output, promise: nil)
    }

    func closeWhenWritten() {
        guard let context else { return }
        phase = .closed
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        afterWrites { bound.value.close(promise: nil) }
    }

    /// Calls `action` once everything written so far has left, or cannot leave any more.
    private func afterWrites(_ action: @escaping @Sendable () -> Void) {
        guard let context else { return }
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.whenComplete { _ in action() }
        context.writeAndFlush(wrapOutboundOut(.byteBuffer(ByteBuffer())), promise: promise)
    }
}

/// Tells a connection that the server is about to stop: it closes once it owes nothing.
struct DrainConnection: Sendable {}

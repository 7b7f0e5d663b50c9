internal import Foundation
internal import NIOCore
internal import NIOSSL
internal import NIOTLS
internal import Synchronization

/// The end of a connection's pipeline: keeps what was received until somebody reads it, and has the channel read no more
/// than that.
final class LineChannelHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// Names one call of `read`, so that it can be cancelled from any thread and at any time.
    final class Ticket: Sendable {
        let isCancelled = Atomic(false)
    }

    private struct Reader {
        var ticket: Ticket
        var promise: EventLoopPromise<ByteBuffer?>
        var endsOnShutdown: Bool
        var deadline: NIODeadline?
    }

    private let eventLoop: any EventLoop
    private let host: String?
    private let onActive: (any Channel) -> Void
    private var context: ChannelHandlerContext?
    private var received = ByteBuffer()
    private var reader: Reader?
    /// Wakes for a reader's deadline. It stays when the reader has got something, since the next will wait for as long: an
    /// alarm that comes too early is put off.
    private var alarm: (task: Scheduled<Void>, time: NIODeadline)?
    private var handshake: EventLoopPromise<Void>?
    private var isStopping = false
    /// Whether the peer sends no more.
    private var isEnded = false
    private var failure: LineConnectionError?

    /// - Parameters:
    ///   - eventLoop: the channel's.
    ///   - host: whom a client wants to talk to, for what is said of its certificate; nil on a server.
    ///   - onActive: called once the channel is connected; until then it does not read.
    init(eventLoop: any EventLoop, host: String? = nil, onActive: @escaping (any Channel) -> Void = { _ in }) {
        self.eventLoop = eventLoop
        self.host = host
        self.onActive = onActive
    }

    // MARK: What the connection asks for

    func read(_ ticket: Ticket, within limit: TimeAmount?, endsOnShutdown: Bool) -> EventLoopFuture<ByteBuffer?> {
        precondition(reader == nil, "one read at a time")
        let promise = eventLoop.makePromise(of: ByteBuffer?.self)
        if ticket.isCancelled.load(ordering: .acquiring) {
            promise.fail(CancellationError())
            return promise.futureResult
        }
        var reader = Reader(ticket: ticket, promise: promise, endsOnShutdown: endsOnShutdown)
        if !canAnswer(reader), let limit {
            let deadline = NIODeadline.now() + limit
            reader.deadline = deadline
            setAlarm(deadline)
        }
        self.reader = reader
        answerIfPossible()
        if self.reader != nil { context?.read() }
        return promise.futureResult
    }

    private func setAlarm(_ deadline: NIODeadline) {
        if let alarm {
            guard deadline < alarm.time else { return }
            alarm.task.cancel()
        }
        let task = eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.alarmed() }
        alarm = (task, deadline)
    }

    private func alarmed() {
        alarm = nil
        guard let deadline = reader?.deadline else { return }
        guard deadline <= .now() else { return setAlarm(deadline) }
        answer(.failure(LineConnectionError(.timedOut, "the peer sent nothing for too long")))
    }

    /// Writes; closes when the peer takes nothing for too long.
    func write(_ data: ByteBuffer, to channel: any Channel, within limit: TimeAmount) -> EventLoopFuture<Void> {
        watch(channel.writeAndFlush(data), of: channel, limit)
    }

    /// Octets of a file after which `progress` is told.
    private static let filePiece = 1 << 20

    /// Sends a part of a file; closes when the peer takes nothing for too long.
    ///
    /// - Parameter progress: told of octets that the system has taken.
    func write(
        _ file: FileRegion, to channel: any Channel, within limit: TimeAmount,
        progress: @escaping @Sendable (Int) -> Void
    ) -> EventLoopFuture<Void> {
        var rest = file
        var written: EventLoopFuture<Void>
        repeat {
            var piece = rest
            if rest.readableBytes > Self.filePiece {
                piece = FileRegion(
                    fileHandle: file.fileHandle, readerIndex: rest.readerIndex,
                    endIndex: rest.readerIndex + Self.filePiece)
            }
            let count = piece.readableBytes
            written = channel.write(IOData.fileRegion(piece))
            written.whenSuccess { progress(count) }
            rest.moveReaderIndex(forwardBy: count)
        } while rest.readableBytes > 0
        channel.flush()
        return watch(written, of: channel, limit)
    }

    private func watch(
        _ written: EventLoopFuture<Void>, of channel: any Channel, _ limit: TimeAmount
    ) -> EventLoopFuture<Void> {
        let pending = PendingWrite(WriteWatch(limit: limit, progress(of: channel, nil), now: .now()))
        written.assumeIsolated().whenComplete { _ in
            pending.isOver = true
            pending.alarm?.cancel()
        }
        // Most of what is written the system takes at once.
        if !pending.isOver { setAlarm(pending, of: channel) }
        return written
    }

    private final class PendingWrite {
        var watch: WriteWatch
        var alarm: Scheduled<Void>?
        var isOver = false

        init(_ watch: WriteWatch) { self.watch = watch }
    }

    private func setAlarm(_ pending: PendingWrite, of channel: any Channel) {
        pending.alarm = eventLoop.assumeIsolated().scheduleTask(in: pending.watch.interval) {
            TCPInformation.read(channel) { information in
                guard !pending.isOver else { return }
                if pending.watch.isStalled(self.progress(of: channel, information), now: .now()) {
                    self.writeTimedOut()
                } else {
                    self.setAlarm(pending, of: channel)
                }
            }
        }
    }

    private func progress(of channel: any Channel, _ information: TCPInformation?) -> WriteWatch.Progress {
        WriteWatch.Progress(
            left: (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0,
            acknowledged: information?.acknowledged ?? 0)
    }

    var peerHasLeft: Bool { isEnded || failure != nil }

    func cancelRead(_ ticket: Ticket) {
        if reader?.ticket === ticket { answer(.failure(CancellationError())) }
    }

    /// Ends reads that wait for a peer with nothing to do, now and from now on.
    func stop() {
        isStopping = true
        answerIfPossible()
    }

    private static let endedBeforeTLS = LineConnectionError(.insecure, "the peer closed the connection before TLS")

    /// Puts TLS under the connection, forgets what came in plaintext, and tells when both sides have agreed.
    func secure(_ role: LineConnection.Role, within limit: TimeAmount) -> EventLoopFuture<Void> {
        guard let context else {
            return eventLoop.makeFailedFuture(Self.endedBeforeTLS)
        }
        do {
            // What was not read yet was not protected: somebody on the way may have put it there.
            received = ByteBuffer()
            try context.pipeline.syncOperations.addHandler(try role.handler(), position: .first)
        } catch {
            return eventLoop.makeFailedFuture(
                LineConnectionError(.insecure, "TLS cannot be used: \(TLSFailure.line("\(error)"))"))
        }
        return handshaken(within: limit)
    }

    /// Tells when the TLS handshake that has begun is done.
    func handshaken(within limit: TimeAmount) -> EventLoopFuture<Void> {
        if let failure { return eventLoop.makeFailedFuture(Self.withoutTLS(failure)) }
        guard let context, !isEnded else {
            return eventLoop.makeFailedFuture(Self.endedBeforeTLS)
        }
        let promise = eventLoop.makePromise(of: Void.self)
        handshake = promise
        let deadline = eventLoop.assumeIsolated().scheduleTask(in: limit) {
            self.fail(LineConnectionError(.timedOut, "the TLS handshake took too long"))
            self.context?.close(promise: nil)
        }
        promise.futureResult.whenComplete { _ in deadline.cancel() }
        context.read()
        return promise.futureResult
    }

    /// Closes because the peer does not take what is written to it.
    func writeTimedOut() {
        fail(LineConnectionError(.timedOut, "the peer took nothing for too long"))
        context?.close(promise: nil)
    }

    // MARK: What the channel tells

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        end()
        alarm?.task.cancel()
        alarm = nil
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        onActive(context.channel)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if received.readableBytes == 0 {
            received = bytes
        } else {
            received.writeBuffer(&bytes)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        answerIfPossible()
        if reader != nil || handshake != nil { context.read() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case TLSUserEvent.handshakeCompleted:
            handshake?.succeed()
            handshake = nil
        case ChannelEvent.inputClosed: end()
        default: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(explain(error, context))
        context.close(promise: nil)
    }

    // MARK: Answers

    private func end() {
        isEnded = true
        failHandshake(
            failure ?? LineConnectionError(.insecure, "the peer closed the connection during the TLS handshake"))
        answerIfPossible()
    }

    private func fail(_ error: LineConnectionError) {
        failure = failure ?? error
        failHandshake(error)
        answerIfPossible()
    }

    private func failHandshake(_ error: LineConnectionError) {
        handshake?.fail(Self.withoutTLS(error))
        handshake = nil
    }

    /// Whatever ended it before there was TLS: there is no agreement on it, unless it was we who did not trust the peer.
    private static func withoutTLS(_ error: LineConnectionError) -> LineConnectionError {
        error.code == .untrusted ? error : LineConnectionError(.insecure, error.description)
    }

    private func canAnswer(_ reader: Reader) -> Bool {
        received.readableBytes > 0 || failure != nil || isEnded || (isStopping && reader.endsOnShutdown)
    }

    private func answerIfPossible() {
        guard let reader, canAnswer(reader) else { return }
        if received.readableBytes > 0 {
            let bytes = received
            // Not cleared but given up: an idle connection keeps no buffer.
            received = ByteBuffer()
            answer(.success(bytes))
        } else if let failure {
            answer(.failure(failure))
        } else if isEnded {
            answer(.success(nil))
        } else {
            answer(.failure(LineConnectionError(.stopping, "the server is stopping")))
        }
    }

    private func answer(_ result: Result<ByteBuffer?, any Error>) {
        guard let reader else { return }
        self.reader = nil
        reader.promise.completeWith(result)
    }

    private func explain(_ error: any Error, _ context: ChannelHandlerContext) -> LineConnectionError {
        switch error {
        case let error as LineConnectionError: error
        case NIOSSLError.uncleanShutdown:
            LineConnectionError(.truncated, "the peer ended TLS without saying so")
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError:
            TLSFailure.explain(
                error, host: host,
                certificate: try? context.pipeline.syncOperations.nioSSL_peerCertificate(), now: Date())
        default: LineConnectionError(.closed, "the connection broke: \(TLSFailure.line("\(error)"))")
        }
    }
}

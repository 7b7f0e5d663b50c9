package import NIOCore
internal import NIOSSL
internal import Synchronization

/// One TCP connection whose peer is listened to only as fast as somebody reads, with TLS from the start, from the middle,
/// or never.
///
/// One task reads at a time, one task writes at a time; a read and a write may run together.
package final class LineConnection: Sendable {
    /// How a connection gets TLS.
    enum Role: Sendable {
        case none
        case server(NIOSSLContext)
        /// - host: whom the certificate must be for: a name, or an address without brackets.
        case client(NIOSSLContext, host: String)

        /// Whom this side wants to talk to; nil on a server.
        var host: String? { if case .client(_, let host) = self { host } else { nil } }

        func handler() throws -> any ChannelHandler {
            switch self {
            case .none: throw LineConnectionError(.insecure, "no certificate is configured")
            case .server(let context): NIOSSLServerHandler(context: context)
            case .client(let context, let host):
                // An address is no server name (RFC 6066 §3); NIOSSL compares it with the certificate's addresses.
                try NIOSSLClientHandler(
                    context: context,
                    serverHostname: (try? SocketAddress(ipAddress: host, port: 0)) == nil ? host : nil)
            }
        }
    }

    /// The other end; nil where the system did not say.
    package let peer: Endpoint?
    /// This end.
    package let local: Endpoint?

    private let channel: any Channel
    private let handler: NIOLoopBound<LineChannelHandler>
    private let role: Role
    private let secure = Atomic(false)
    private let stopping = Atomic(false)
    private let writeLimit: TimeAmount

    /// Nobody can use it any more.
    deinit { channel.close(promise: nil) }

    /// Takes over a channel that is connected. On its event loop.
    ///
    /// - Parameters:
    ///   - channel: prepared by ``prepare(_:role:isImplicit:onActive:)``.
    ///   - role: what ``startTLS(within:)`` uses.
    ///   - writeLimit: how long the peer may take nothing of what is written to it.
    init(_ channel: any Channel, role: Role, writeLimit: TimeAmount) throws {
        self.channel = channel
        handler = NIOLoopBound(
            try channel.pipeline.syncOperations.handler(type: LineChannelHandler.self), eventLoop: channel.eventLoop)
        self.role = role
        self.writeLimit = writeLimit
        peer = Endpoint(channel.remoteAddress)
        local = Endpoint(channel.localAddress)
    }

    /// Gives a channel that does not read by itself its handlers. On its event loop.
    ///
    /// - Parameters:
    ///   - channel: without handlers of its own.
    ///   - role: what an implicit handshake uses.
    ///   - isImplicit: whether TLS begins at once; ``handshake(within:)`` must come first then.
    ///   - onActive: called when the channel is connected.
    static func prepare(
        _ channel: any Channel, role: Role, isImplicit: Bool, onActive: @escaping (any Channel) -> Void = { _ in }
    ) throws {
        let operations = channel.pipeline.syncOperations
        if isImplicit { try operations.addHandler(try role.handler()) }
        try operations.addHandler(
            LineChannelHandler(eventLoop: channel.eventLoop, host: role.host, onActive: onActive))
    }

    /// What its task is best run by: the event loop that reads and writes for it.
    package var executor: any TaskExecutor { EventLoopExecutor(channel.eventLoop) }
    /// Tells this connection apart from others as long as it exists.
    var id: ObjectIdentifier { ObjectIdentifier(channel) }
    /// Whether TLS protects what is read and written.
    package var isSecure: Bool { secure.load(ordering: .acquiring) }
    /// Whether ``startTLS(within:)`` could work.
    package var canStartTLS: Bool {
        if case .none = role { false } else { !isSecure }
    }
    /// Whether the server is about to stop.
    package var isStopping: Bool { stopping.load(ordering: .acquiring) }

    /// The next bytes, as many as have come; nil when the peer sends no more.
    ///
    /// A cancelled read takes nothing away: the next one gets what came meanwhile.
    ///
    /// - Parameters:
    ///   - limit: how long the peer may be silent; nil for ever.
    ///   - untilShutdown: whether the read ends when the server is about to stop and nothing has come. Bulk data goes on
    ///     until the server's drain time is over.
    /// - Throws: ``LineConnectionError``, with `.timedOut`, `.stopping`, `.closed` or `.truncated`; `CancellationError`.
    package func read(within limit: TimeAmount? = nil, untilShutdown: Bool = true) async throws -> ByteBuffer? {
        let ticket = LineChannelHandler.Ticket()
        return try await withTaskCancellationHandler {
            try await onEventLoop { [handler] in
                handler.value.read(ticket, within: limit, endsOnShutdown: untilShutdown)
            }.get()
        } onCancel: {
            ticket.isCancelled.store(true, ordering: .releasing)
            channel.eventLoop.execute { [handler] in handler.value.cancelRead(ticket) }
        }
    }

    /// Writes, and returns when the system has taken all of it: memory does not grow however slowly the peer reads.
    ///
    /// - Throws: ``LineConnectionError`` when the peer is gone or takes nothing for too long; the connection is closed then.
    package func write(_ bytes: ByteBuffer) async throws {
        guard bytes.readableBytes > 0 else { return }
        try await write { handler, channel, limit in handler.write(bytes, to: channel, within: limit) }
    }

    /// Writes text in UTF-8; it brings its own CR LF.
    package func write(_ text: String) async throws {
        try await write(ByteBuffer(string: text))
    }

    /// Sends a part of a file without copying it through the process (`sendfile`). Only without TLS.
    ///
    /// - Parameters:
    ///   - descriptor: of a file that stays open until this returns; its own position does not change.
    ///   - range: octets of the file.
    ///   - progress: told now and then of octets that the system has taken, until it has taken all.
    /// - Throws: ``LineConnectionError`` as other writes do; also when the file has become shorter.
    package func write(
        file descriptor: CInt, _ range: Range<Int>, progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws {
        precondition(!isSecure, "TLS has to see what it encrypts")
        guard !range.isEmpty else { return }
        let handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: descriptor)
        // The caller closes it.
        defer { _ = try? handle.takeDescriptorOwnership() }
        let region = FileRegion(fileHandle: handle, readerIndex: range.lowerBound, endIndex: range.upperBound)
        try await write { handler, channel, limit in
            handler.write(region, to: channel, within: limit, progress: progress)
        }
    }

    /// Calls what belongs to the event loop, at once where the task runs on it.
    private func onEventLoop<Value: Sendable>(
        _ body: @escaping @Sendable () -> EventLoopFuture<Value>
    ) -> EventLoopFuture<Value> {
        channel.eventLoop.inEventLoop ? body() : channel.eventLoop.flatSubmit(body)
    }

    private func write(
        _ body: @escaping @Sendable (LineChannelHandler, any Channel, TimeAmount) -> EventLoopFuture<Void>
    ) async throws {
        do {
            try await onEventLoop { [channel, handler, writeLimit] in
                body(handler.value, channel, writeLimit)
            }.get()
        } catch let error as LineConnectionError {
            throw error
        } catch {
            throw LineConnectionError(.closed, "the connection is closed: \(error)")
        }
    }

    /// Begins TLS, and returns when both sides have agreed.
    ///
    /// What the peer sent in plaintext and nobody has read yet is thrown away; the caller throws away what it has read and
    /// not acted upon. So nothing that somebody put on the way before can take effect after (RFC 3207 §4.2, RFC 2595
    /// §3.1). A server calls this after it has written its reply.
    ///
    /// - Throws: ``LineConnectionError``, mostly `.insecure`; the connection is of no use then.
    package func startTLS(within limit: TimeAmount = .seconds(30)) async throws {
        precondition(!isSecure, "TLS runs already")
        try await channel.eventLoop.flatSubmit { [handler, role] in
            handler.value.secure(role, within: limit)
        }.get()
        secure.store(true, ordering: .releasing)
    }

    /// Waits for the handshake of a connection that begins with TLS.
    func handshake(within limit: TimeAmount) async throws {
        try await channel.eventLoop.flatSubmit { [handler] in handler.value.handshaken(within: limit) }.get()
        secure.store(true, ordering: .releasing)
    }

    /// Tells the peer that nothing more comes from here, and goes on reading. TLS says so, too.
    package func finishWriting() async throws {
        do {
            try await channel.close(mode: .output).get()
        } catch {
            throw LineConnectionError(.closed, "the connection is closed: \(error)")
        }
    }

    /// Whether the peer sends no more on this connection.
    ///
    /// - Parameters:
    ///   - roundTrips: how many of the connection's round trips to wait for its word; 0 for what the system knows by now.
    ///   - limit: how long to wait at most.
    package func peerHasLeft(after roundTrips: Int = 0, atMost limit: TimeAmount = .seconds(2)) async -> Bool {
        let answer = onEventLoop { [channel, handler] in
            let promise = channel.eventLoop.makePromise(of: Bool.self)
            TCPInformation.read(channel) { information in
                // Not at once: by then the event loop has heard what the system has to tell.
                let wait = max(.milliseconds(1), (information?.patience ?? .milliseconds(100)) * roundTrips)
                channel.eventLoop.assumeIsolated().scheduleTask(in: min(wait, limit)) {
                    promise.succeed(handler.value.peerHasLeft)
                }.futureResult.whenFailure { _ in promise.succeed(true) }
            }
            return promise.futureResult
        }
        return (try? await answer.get()) ?? true
    }

    /// Octets that the peer has acknowledged; 0 where the system does not tell.
    func acknowledged() async throws -> UInt64 {
        try await onEventLoop { [channel] in
            let promise = channel.eventLoop.makePromise(of: UInt64.self)
            TCPInformation.read(channel) { promise.succeed($0?.acknowledged ?? 0) }
            return promise.futureResult
        }.get()
    }

    /// Closes in order: TLS says goodbye. Reads and writes end with errors.
    package func close() { channel.close(promise: nil) }

    /// Ends reads that wait for the peer; see ``read(within:untilShutdown:)``.
    func stop() {
        stopping.store(true, ordering: .releasing)
        channel.eventLoop.execute { [handler] in handler.value.stop() }
    }
}

package import DNS
package import LineProtocol
package import NIOCore
internal import NIOPosix

/// Asks a name server one question and takes what belongs to it.
///
/// Nobody who cannot see the question can answer it: each one goes out over UDP from a socket of its own, with a port that
/// the system draws and a random id, and only what comes from the server's address, with that id and exactly that question,
/// counts (RFC 5452 §9). Cancelling the task closes the socket.
package struct DNSExchange: Sendable {
    /// What a question travels over.
    package enum Transport: String, Sendable, Hashable { case udp, tcp }

    /// Octets over UDP at most; EDNS asks for fewer.
    static let datagramCapacity = 4_096
    /// Messages that do not belong to the question after which UDP is given up.
    static let patience = 16

    private let group: any EventLoopGroup

    /// - Parameter group: where sockets live.
    package init(group: any EventLoopGroup) { self.group = group }

    /// - Parameters:
    ///   - query: with one question. Another id is sent, the answer has this one again.
    ///   - server: an address in digits and a port.
    ///   - transport: a truncated answer over UDP is returned as it is.
    ///   - timeout: for all of it.
    /// - Throws: ``DNSExchangeError``, `CancellationError`.
    package func ask(
        _ query: DNSMessage, of server: Endpoint, over transport: Transport, timeout: TimeAmount
    ) async throws -> DNSMessage {
        var sent = query
        sent.id = UInt16.random(in: 0...UInt16.max)
        let address = try Self.address(of: server)
        var answer: DNSMessage?
        switch transport {
        case .udp: answer = try await askByDatagram(sent, address, server, timeout)
        case .tcp:
            try await receive(sent, address, server, timeout: timeout, isTotal: true) { message in
                answer = message
                return false
            }
        }
        guard var answer else { throw DNSExchangeError(.closed, server) }
        answer.id = query.id
        return answer
    }

    /// Asks over TCP for what comes in several messages: a zone (RFC 5936 §2.2).
    ///
    /// - Parameters:
    ///   - query: with one question. Another id is sent, the answers have this one again.
    ///   - server: an address in digits and a port.
    ///   - timeout: to connect, and between two messages.
    ///   - body: is given one message after the other; no more is read than it takes. Says whether there are more. Later
    ///     messages of an answer may have no question.
    /// - Throws: ``DNSExchangeError``, `CancellationError`, what `body` throws. The server's end before `body` has had
    ///   enough is ``DNSExchangeError/Code/closed``.
    package func receive(
        _ query: DNSMessage, of server: Endpoint, timeout: TimeAmount,
        body: (DNSMessage) async throws -> Bool
    ) async throws {
        var sent = query
        sent.id = UInt16.random(in: 0...UInt16.max)
        try await receive(sent, try Self.address(of: server), server, timeout: timeout, isTotal: false) { message in
            var message = message
            message.id = query.id
            return try await body(message)
        }
    }

    private static func address(of server: Endpoint) throws -> SocketAddress {
        do {
            return try SocketAddress(ipAddress: server.host, port: server.port)
        } catch {
            throw DNSExchangeError(.unreachable, server, "that is no address")
        }
    }

    /// Whether a message answers a query, which only may lack its question when the server did not understand it, or
    /// behind the first of several.
    static func matches(_ message: DNSMessage, _ query: DNSMessage, isFirst: Bool = true) -> Bool {
        guard message.id == query.id, message.flags.contains(.response), message.opcode == query.opcode else {
            return false
        }
        return message.questions == query.questions
            || message.questions.isEmpty && (!isFirst || message.responseCode == .formatError)
    }

    // MARK: UDP

    private func askByDatagram(
        _ query: DNSMessage, _ address: SocketAddress, _ server: Endpoint, _ timeout: TimeAmount
    ) async throws -> DNSMessage {
        let loop = group.next()
        let promise = loop.makePromise(of: DNSMessage.self)
        let channel: any Channel
        do {
            channel = try await DatagramBootstrap(group: loop)
                .channelOption(
                    .recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: Self.datagramCapacity)
                )
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            DatagramAnswerHandler(query, server, timeout, promise))
                    }
                }
                .connect(to: address).get()
        } catch {
            // The handler may not have been there to keep the promise.
            promise.fail(error)
            throw DNSExchangeError(.unreachable, server)
        }
        return try await withTaskCancellationHandler {
            try await promise.futureResult.get()
        } onCancel: {
            channel.close(promise: nil)
        }
    }

    // MARK: TCP

    private func receive(
        _ query: DNSMessage, _ address: SocketAddress, _ server: Endpoint, timeout: TimeAmount, isTotal: Bool,
        body: (DNSMessage) async throws -> Bool
    ) async throws {
        let deadline = NIODeadline.now() + timeout
        let channel: NIOAsyncChannel<[UInt8], [UInt8]>
        do {
            channel = try await ClientBootstrap(group: group)
                .connectTimeout(timeout)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .connect(to: address) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        try pipeline.addHandler(ByteToMessageHandler(MessageFrameDecoder()))
                        try pipeline.addHandler(MessageToByteHandler(MessageFrameEncoder()))
                        try pipeline.addHandler(
                            SilenceHandler(server, timeout, deadline: isTotal ? deadline : nil))
                        return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
                    }
                }
        } catch is ChannelError {
            throw DNSExchangeError(.timedOut, server)
        } catch {
            throw DNSExchangeError(.unreachable, server)
        }
        do {
            try await channel.executeThenClose { inbound, outbound in
                // Why that fails is what reading tells.
                try? await outbound.write(query.encoded())
                var isFirst = true
                for try await octets in inbound {
                    guard let message = try? DNSMessage(octets), Self.matches(message, query, isFirst: isFirst) else {
                        throw DNSExchangeError(.malformed, server)
                    }
                    isFirst = false
                    guard try await body(message) else { return }
                }
                try Task.checkCancellation()
                throw DNSExchangeError(.closed, server)
            }
        } catch is IOError {
            throw DNSExchangeError(.closed, server)
        } catch is ChannelError {
            try Task.checkCancellation()
            throw DNSExchangeError(.closed, server)
        }
    }
}

internal import Foundation
package import LineProtocol
package import NIOCore

/// Where a message's text comes from.
package protocol MessageSource: Sendable {
    /// Octets of the text.
    var size: Int { get }
    /// Octets from `offset`, as many as are convenient; empty at the end.
    func read(at offset: Int) async throws -> ByteBuffer
}

/// A message in memory.
package struct MessageBytes: MessageSource {
    private let bytes: ByteBuffer

    package init(_ bytes: ByteBuffer) { self.bytes = bytes }

    package var size: Int { bytes.readableBytes }
    package func read(at offset: Int) -> ByteBuffer {
        bytes.getSlice(at: bytes.readerIndex + offset, length: bytes.readableBytes - offset) ?? ByteBuffer()
    }
}

/// One connection to a server, over which messages are sent one after the other.
package struct SMTPClient: Sendable {
    /// The server, for reports.
    package let host: String
    private var engine: SMTPClientEngine
    private var reader: LineReader
    private var parser = SMTPReplyParser()
    /// What went wrong; nothing more can be sent then.
    package private(set) var failure: SMTPClientFailure?
    private static let connectTime = TimeAmount.seconds(30)
    private static let textTime = TimeAmount.seconds(180)

    /// Connects, begins TLS and logs in as the options say.
    ///
    /// A server that offers TLS and then cannot agree on it is asked again without, where TLS is not required.
    ///
    /// - Parameters:
    ///   - host: a name, or an address without brackets.
    ///   - port: 25, 587 or 465 by custom.
    ///   - address: where to connect; nil to look the host up as the system does.
    ///   - isImplicit: whether TLS begins at once (port 465).
    ///   - trust: whose certificates are believed.
    ///   - options: what to say, and what to insist on.
    ///   - group: where the connection lives.
    /// - Throws: ``SMTPClientFailure``.
    package init(
        host: String, port: Int, address: String? = nil, isImplicit: Bool = false, trust: LineClient.Trust,
        options: SMTPClientEngine.Options, group: any EventLoopGroup
    ) async throws {
        do {
            try await self.init(connecting: host, port, address, isImplicit, trust, options, group)
        } catch let error as LineConnectionError where error.code == .insecure && options.tls == .opportunistic {
            var options = options
            options.tls = .never
            do {
                try await self.init(connecting: host, port, address, isImplicit, trust, options, group)
            } catch let error as LineConnectionError {
                throw SMTPClientFailure(.unreachable, error.description)
            }
        } catch let error as LineConnectionError {
            let code: SMTPClientFailure.Code =
                switch error.code {
                case .untrusted: .untrusted
                case .insecure: .insecure
                default: .unreachable
                }
            throw SMTPClientFailure(code, error.description)
        }
    }

    private init(
        connecting host: String, _ port: Int, _ address: String?, _ isImplicit: Bool, _ trust: LineClient.Trust,
        _ options: SMTPClientEngine.Options, _ group: any EventLoopGroup
    ) async throws {
        self.host = host
        let security: LineClient.Security =
            isImplicit ? .implicit(trust) : options.tls == .never ? .plain : .upgradable(trust)
        let connection = try await LineClient.connect(
            host: address ?? host, port: port, security: security, within: Self.connectTime, serverName: host,
            writeTime: Self.textTime, group: group)
        engine = SMTPClientEngine(options: options, isSecure: isImplicit)
        reader = LineReader(connection, maximumLength: 4096)
        do {
            while true {
                for action in engine.receive(try await reply()) {
                    switch try await perform(action) {
                    case .ready: return
                    case .failed(let failure): throw failure
                    default: break
                    }
                }
            }
        } catch {
            connection.close()
            throw error
        }
    }

    private mutating func reply() async throws -> SMTPReply {
        while true {
            let limit = TimeAmount(engine.patience)
            guard let element = try await reader.next(within: limit) else {
                throw LineConnectionError(.closed, "the server closed the connection")
            }
            guard case .line(let line) = element else {
                throw SMTPClientFailure(.garbled, "the server does not speak SMTP")
            }
            do {
                if let reply = try parser.receive(line.readableBytesView) { return reply }
            } catch {
                throw SMTPClientFailure(.garbled, "the server does not speak SMTP")
            }
        }
    }

    /// Does what needs only the connection; returns what else there is to do.
    private mutating func perform(_ action: SMTPClientEngine.Action) async throws -> SMTPClientEngine.Action {
        switch action {
        case .send(let text): try await reader.connection.write(text)
        case .startTLS:
            try await reader.startTLS()
            for action in engine.secured() { _ = try await perform(action) }
        default: break
        }
        return action
    }

    /// Sends a message.
    ///
    /// - Returns: what became of it for each recipient, in the envelope's order.
    package mutating func send(_ envelope: Envelope, _ source: some MessageSource) async -> [RecipientOutcome] {
        var outcomes = envelope.recipients.map { _ in
            RecipientOutcome.later(failure?.reply ?? SMTPReply(450, "4.4.2", "the connection is closed"))
        }
        guard failure == nil else { return outcomes }
        var actions = engine.begin(envelope, size: source.size)
        do {
            while true {
                for action in actions {
                    switch try await perform(action) {
                    case .sendText(let isEmpty): try await sendText(isEmpty ? nil : source)
                    case .finished(let result):
                        outcomes = result
                        if actions.last == action { return outcomes }
                    case .failed(let failure): throw failure
                    default: break
                    }
                }
                actions = engine.receive(try await reply())
            }
        } catch {
            let failure =
                error as? SMTPClientFailure ?? SMTPClientFailure(.unreachable, "the connection broke: \(error)")
            self.failure = failure
            for case .finished(let result) in engine.disconnected(failure) { outcomes = result }
            reader.connection.close()
            return outcomes
        }
    }

    private func sendText(_ source: (some MessageSource)?) async throws {
        var stuffer = DotStuffer()
        if let source {
            var offset = 0
            while offset < source.size {
                let piece = try await source.read(at: offset)
                guard piece.readableBytes > 0 else {
                    throw SMTPClientFailure(.unreachable, "the message cannot be read any more")
                }
                offset += piece.readableBytes
                try await reader.connection.write(stuffer.stuff(piece))
            }
        }
        try await reader.connection.write(stuffer.end())
    }

    /// Whether the server tells senders what they want to know of deliveries.
    package var offersReports: Bool { engine.offersReports }
    package var isSecure: Bool { engine.isSecure }

    /// Says goodbye and closes.
    package mutating func quit() async {
        if failure == nil {
            for action in engine.quit() { _ = try? await perform(action) }
            _ = try? await reader.next(within: .seconds(10))
        }
        reader.connection.close()
    }
}

extension TimeAmount {
    /// The same time, not less than zero.
    init(_ duration: Duration) {
        let (seconds, attoseconds) = max(.zero, duration).components
        self = .nanoseconds(min(seconds, 1 << 32) * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}

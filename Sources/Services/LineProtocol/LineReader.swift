package import NIOCore

/// Reads lines, and now and then other bytes, from a connection: what most tasks do in a row.
package struct LineReader: Sendable {
    package let connection: LineConnection
    package var decoder: LineDecoder
    /// What was received and not taken yet; never much more than one read and one line.
    package private(set) var buffer = ByteBuffer()
    private var isEnded = false

    /// - Parameters:
    ///   - connection: nobody else reads from it.
    ///   - maximumLength: octets that a line may have with its CR LF.
    package init(_ connection: LineConnection, maximumLength: Int) {
        self.connection = connection
        decoder = LineDecoder(maximumLength: maximumLength)
    }

    /// The next line or fault; nil when the peer sends no more, even if it stopped within a line.
    ///
    /// - Parameters:
    ///   - limit: how long the peer may take for the whole line: who sends an octet now and then is silent, too.
    ///   - untilShutdown: as ``LineConnection/read(within:untilShutdown:)`` has it.
    /// - Throws: as ``LineConnection/read(within:untilShutdown:)``.
    package mutating func next(
        within limit: TimeAmount? = nil, untilShutdown: Bool = true
    ) async throws -> LineDecoder.Element? {
        let deadline = limit.map { NIODeadline.now() + $0 }
        while true {
            if let element = decoder.next(in: &buffer) { return element }
            let rest = deadline.map { max($0 - .now(), .nanoseconds(1)) }
            guard try await fill(within: rest, untilShutdown: untilShutdown) else { return nil }
        }
    }

    /// Bytes as they are, at most `count` of them; nil when the peer sends no more. Only between two lines.
    package mutating func bytes(
        atMost count: Int, within limit: TimeAmount? = nil, untilShutdown: Bool = true
    ) async throws -> ByteBuffer? {
        if buffer.readableBytes == 0 {
            guard try await fill(within: limit, untilShutdown: untilShutdown) else { return nil }
        }
        return buffer.readSlice(length: min(count, buffer.readableBytes))
    }

    /// Begins TLS and forgets what came before it; see ``LineConnection/startTLS(within:)``.
    package mutating func startTLS(within limit: TimeAmount = .seconds(30)) async throws {
        buffer = ByteBuffer()
        decoder.reset()
        try await connection.startTLS(within: limit)
    }

    private mutating func fill(within limit: TimeAmount?, untilShutdown: Bool) async throws -> Bool {
        guard !isEnded else { return false }
        guard var more = try await connection.read(within: limit, untilShutdown: untilShutdown) else {
            isEnded = true
            return false
        }
        if buffer.readableBytes == 0 {
            buffer = more
        } else {
            buffer.discardReadBytes()
            buffer.writeBuffer(&more)
        }
        return true
    }
}

internal import LineProtocol
internal import NIOCore

/// Reads commands from a control connection, with Telnet taken out.
struct ControlReader: Sendable {
    /// What came.
    enum Event: Sendable {
        case line([UInt8])
        case fault(LineDecoder.Fault)
        /// The client is gone, or said that it sends no more.
        case ended
        /// Nothing came for as long as was waited.
        case silent
        /// The server is about to stop.
        case stopping
    }

    private let connection: LineConnection
    private var decoder = LineDecoder(maximumLength: 4096)
    private var telnet = TelnetFilter()
    private var buffer = ByteBuffer()

    init(_ connection: LineConnection) { self.connection = connection }

    /// - Parameter limit: for a whole line: who sends an octet now and then is silent, too.
    mutating func next(within limit: TimeAmount, untilShutdown: Bool) async -> Event {
        let deadline = NIODeadline.now() + limit
        while true {
            switch decoder.next(in: &buffer) {
            case .line(let line): return .line(Array(line.readableBytesView))
            case .fault(let fault): return .fault(fault)
            case nil: break
            }
            do {
                guard
                    let bytes = try await connection.read(
                        within: max(deadline - .now(), .nanoseconds(1)), untilShutdown: untilShutdown)
                else {
                    return .ended
                }
                var (text, answers) = telnet.strip(bytes)
                if !answers.isEmpty { try await connection.write(ByteBuffer(bytes: answers)) }
                buffer.discardReadBytes()
                buffer.writeBuffer(&text)
            } catch let error as LineConnectionError where error.code == .timedOut {
                return .silent
            } catch let error as LineConnectionError where error.code == .stopping {
                return .stopping
            } catch {
                return .ended
            }
        }
    }

    /// Begins TLS and forgets what came before it.
    mutating func startTLS() async throws {
        self = ControlReader(connection)
        try await connection.startTLS()
    }
}

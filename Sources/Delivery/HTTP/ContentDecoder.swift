internal import HTTPSemantics
package import NIOCore

/// Takes the content of one request off the byte stream (RFC 9112 §6 and §7.1) and hands it over, within a limit.
package struct ContentDecoder: Sendable {
    /// What of a chunked content is expected next.
    private enum Chunk: Sendable {
        case size(digits: Int, value: Int)
        case sizeExtension(value: Int, length: Int)
        case sizeLineFeed(Int)
        case data(Int)
        case dataReturn
        case dataLineFeed
        case trailer(lineLength: Int, total: Int)
        case trailerLineFeed(lineLength: Int, total: Int)
    }

    private enum State: Sendable {
        case length(Int)
        case chunked(Chunk)
        case complete
    }

    private var state: State
    private let limit: Int
    /// The content so far.
    package private(set) var content = ByteBuffer()

    /// - Parameters:
    ///   - framing: how the request's head says that its content ends.
    ///   - limit: bytes of content that are accepted.
    /// - Throws: when the head announces more than `limit`.
    package init(framing: RequestHead.Framing, limit: Int) throws(HTTPProtocolError) {
        self.limit = limit
        switch framing {
        case .none: state = .complete
        case .length(let length):
            guard length <= limit else { throw Self.tooLarge(limit) }
            state = .length(length)
        case .chunked: state = .chunked(.size(digits: 0, value: 0))
        }
    }

    /// Takes what belongs to the content off the front of `buffer`; true once it is complete.
    package mutating func read(from buffer: inout ByteBuffer) throws(HTTPProtocolError) -> Bool {
        while true {
            switch state {
            case .complete: return true
            case .length(let remaining):
                guard var piece = buffer.readSlice(length: min(remaining, buffer.readableBytes)) else { return false }
                let count = content.writeBuffer(&piece)
                state = count == remaining ? .complete : .length(remaining - count)
                if count < remaining { return false }
            case .chunked(.data(let remaining)):
                guard buffer.readableBytes > 0 else { return false }
                guard var piece = buffer.readSlice(length: min(remaining, buffer.readableBytes)) else { return false }
                let count = content.writeBuffer(&piece)
                state = .chunked(count == remaining ? .dataReturn : .data(remaining - count))
            case .chunked(let chunk):
                guard let byte = buffer.readInteger(as: UInt8.self) else { return false }
                state = try next(after: chunk, byte)
            }
        }
    }

    /// One byte of chunked coding outside of data.
    private func next(after chunk: Chunk, _ byte: UInt8) throws(HTTPProtocolError) -> State {
        switch (chunk, byte) {
        case (.size(let digits, let value), _) where byte.hexDigit != nil && digits < 15:
            let size = value << 4 | Int(byte.hexDigit ?? 0)
            guard content.readableBytes + size <= limit else { throw Self.tooLarge(limit) }
            return .chunked(.size(digits: digits + 1, value: size))
        case (.size(1..., let value), 0x0D): return .chunked(.sizeLineFeed(value))
        case (.size(1..., let value), UInt8(ascii: ";")): return .chunked(.sizeExtension(value: value, length: 0))
        case (.sizeExtension(let value, _), 0x0D): return .chunked(.sizeLineFeed(value))
        case (.sizeExtension(let value, let length), _) where byte.isFieldValueCharacter && length < 256:
            return .chunked(.sizeExtension(value: value, length: length + 1))
        case (.sizeLineFeed(0), 0x0A): return .chunked(.trailer(lineLength: 0, total: 0))
        case (.sizeLineFeed(let size), 0x0A): return .chunked(.data(size))
        case (.dataReturn, 0x0D): return .chunked(.dataLineFeed)
        case (.dataLineFeed, 0x0A): return .chunked(.size(digits: 0, value: 0))
        case (.trailer(let length, let total), 0x0D):
            return .chunked(.trailerLineFeed(lineLength: length, total: total))
        case (.trailer(let length, let total), _) where byte.isFieldValueCharacter && total < 4096:
            return .chunked(.trailer(lineLength: length + 1, total: total + 1))
        case (.trailerLineFeed(0, _), 0x0A): return .complete
        case (.trailerLineFeed(_, let total), 0x0A): return .chunked(.trailer(lineLength: 0, total: total + 1))
        default: throw HTTPProtocolError(.badRequest, "malformed chunked content")
        }
    }

    private static func tooLarge(_ limit: Int) -> HTTPProtocolError {
        HTTPProtocolError(.contentTooLarge, "content of more than \(limit) bytes")
    }
}

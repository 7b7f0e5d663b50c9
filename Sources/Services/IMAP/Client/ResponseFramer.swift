internal import LineProtocol
internal import NIOCore

/// Takes a server's responses with their literals (RFC 9051 §4.3) out of received bytes, within limits that are checked
/// before anything is kept.
///
/// Each announced literal needs an answer, ``accept(_:)``, before the next element is asked for.
struct ResponseFramer: Sendable {
    enum Element: Sendable, Hashable {
        /// A whole response.
        case response(LiteralText)
        /// A literal of so many octets is announced behind `prefix`.
        case literal(prefix: LiteralText, size: Int)
        /// Octets of a literal that is streamed, and its end.
        case octets(ByteBuffer)
        case octetsEnd
        case fault(Fault)
    }

    /// What is done with a literal.
    enum LiteralKind: Sendable, Hashable {
        /// It becomes a part of the response.
        case kept
        /// Its octets are given away as they come; in the response only its mark remains, with nothing behind it.
        case streamed
    }

    /// What is wrong with what a server sent; the session cannot go on.
    enum Fault: Error, Sendable, Hashable, CustomStringConvertible {
        case line(LineDecoder.Fault)
        /// More octets in one response than ``ResponseFramer/maximumSize``.
        case tooLong

        var description: String {
            switch self {
            case .line(let fault): "\(fault)"
            case .tooLong: "a response that is too long"
            }
        }
    }

    private enum State: Sendable {
        case text
        /// A literal was announced and ``accept(_:)`` is awaited.
        case announced(size: Int)
        case literal(remaining: Int, LiteralKind)
    }

    /// Octets that a response may have, streamed ones aside.
    let maximumSize: Int
    private var state = State.text
    private var lines: LineDecoder
    private var response = LiteralText()
    private var literal: [UInt8] = []

    init(maximumSize: Int = 16 << 20) {
        self.maximumSize = maximumSize
        lines = LineDecoder(maximumLength: maximumSize)
    }

    /// Forgets what it has seen, for when the buffer was emptied: after STARTTLS.
    mutating func reset() { self = ResponseFramer(maximumSize: maximumSize) }

    /// Answers the literal that was announced last.
    mutating func accept(_ kind: LiteralKind) {
        guard case .announced(let size) = state else { return }
        state = .literal(remaining: size, kind)
    }

    /// The next element from the front of `buffer`; nil when more bytes are needed.
    mutating func next(in buffer: inout ByteBuffer) -> Element? {
        while true {
            switch state {
            case .announced: return nil
            case .literal(0, let kind):
                state = .text
                response.bytes.append(LiteralText.mark)
                response.literals.append(literal)
                literal = []
                if kind == .streamed { return .octetsEnd }
            case .literal(let remaining, let kind):
                guard let part = buffer.readSlice(length: min(remaining, buffer.readableBytes)),
                    part.readableBytes > 0
                else { return nil }
                state = .literal(remaining: remaining - part.readableBytes, kind)
                if kind == .streamed { return .octets(part) }
                literal += part.readableBytesView
            case .text:
                guard let element = lines.next(in: &buffer) else { return nil }
                switch element {
                case .fault(let fault): return .fault(.line(fault))
                case .line(let line):
                    if let element = took(line.readableBytesView) { return element }
                }
            }
        }
    }

    /// Takes a line: the end of a response, or of its part before a literal.
    private mutating func took(_ line: ByteBufferView) -> Element? {
        guard response.size + line.count <= maximumSize else { return .fault(.tooLong) }
        let isText = response.literals.isEmpty && Self.isForPeople(line)
        guard !isText, let size = Self.literalSize(line) else {
            response.bytes += line
            defer { response = LiteralText() }
            return .response(response)
        }
        var text = line[..<(line.lastIndex(of: UInt8(ascii: "{")) ?? line.endIndex)]
        // `~{…}` says that the octets may have any value.
        if text.last == UInt8(ascii: "~") { text = text.dropLast() }
        response.bytes += text
        state = .announced(size: size)
        return .literal(prefix: response, size: size)
    }

    /// The number in the braces that a line ends with; nil where it ends in another way.
    private static func literalSize(_ line: ByteBufferView) -> Int? {
        guard line.last == UInt8(ascii: "}"), let open = line.lastIndex(of: UInt8(ascii: "{")) else { return nil }
        let digits = line[(open + 1)...].dropLast()
        guard (1...15).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(String(decoding: digits, as: UTF8.self))
    }

    /// Whether the line ends with text for people, which may end with braces and mean nothing by it.
    private static func isForPeople(_ line: ByteBufferView) -> Bool {
        let words = line.prefix(64).split(separator: UInt8(ascii: " "), maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count > 1 else { return true }
        // Of others than untagged responses there are only such.
        guard words[0].elementsEqual("*".utf8) else { return true }
        let word = String(decoding: words[1], as: UTF8.self).uppercased()
        return IMAPResponse.Status.Kind(rawValue: word) != nil
    }
}

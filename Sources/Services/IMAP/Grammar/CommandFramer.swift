internal import LineProtocol
internal import NIOCore

/// Takes commands with their literals (RFC 9051 §4.3) out of received bytes, within limits that are checked before anything
/// is kept: a literal that announces more than is allowed is never waited for.
///
/// Each announced literal needs an answer, ``accept(_:)``, before the next element is asked for.
struct CommandFramer: Sendable {
    enum Element: Sendable, Hashable {
        /// A whole command.
        case command(LiteralText)
        /// A line outside of a command, while ``expectsLine``.
        case line([UInt8])
        /// A literal of so many octets is announced behind `prefix`; a client that is synchronizing waits for a
        /// continuation request before it sends it.
        case literal(prefix: LiteralText, size: Int, isSynchronizing: Bool)
        /// Octets of a literal that is streamed, and its end.
        case octets(ByteBuffer)
        case octetsEnd
        /// - command: the beginning of the command that it belongs to, as far as its tag needs it; nil where there is none, or
        ///   it was answered before.
        case fault(Fault, command: LiteralText?)
    }

    /// What is done with a literal.
    enum LiteralKind: Sendable, Hashable {
        /// It becomes a part of the command.
        case kept
        /// Its octets are given away as they come; in the command only its mark remains.
        case streamed
        /// It is thrown away if it comes at all, and so is the command.
        case refused
    }

    /// What is wrong with what a client sent; the command it belongs to is passed over.
    enum Fault: Error, Sendable, Hashable {
        /// A line that is none: without CR LF, with an octet of value zero, or too long.
        case line(LineDecoder.Fault)
        /// A literal whose size is no number, or none that can be meant.
        case size
    }

    /// Whether the next line is no command: what follows `IDLE`, and a client's turn of `AUTHENTICATE`.
    var expectsLine = false

    private enum State: Sendable {
        case text
        /// A literal was announced and ``accept(_:)`` is awaited.
        case announced(size: Int, isSynchronizing: Bool)
        case literal(remaining: Int, LiteralKind)
    }

    private var state = State.text
    private var lines: LineDecoder
    private var command = LiteralText()
    private var literal: [UInt8] = []
    /// Whether what still comes of the command is thrown away.
    private var isRefused = false

    /// Sizes beyond this cannot be meant: the largest file that some clients could have.
    private static let largestLiteral = 1 << 40
    /// More octets than a tag has.
    private static let keptOfFault = 200

    /// - Parameter maximumLine: octets that a line may have; RFC 9051 §4 asks for 8192 at least.
    init(maximumLine: Int = 65_536) { lines = LineDecoder(maximumLength: maximumLine) }

    /// Forgets what it has seen, for when the buffer was emptied: after STARTTLS.
    mutating func reset() { self = CommandFramer(maximumLine: lines.maximumLength) }

    /// Answers the literal that was announced last.
    mutating func accept(_ kind: LiteralKind) {
        guard case .announced(let size, let isSynchronizing) = state else { return }
        if kind == .refused, isSynchronizing {
            // It never comes, and neither does the rest.
            state = .text
            command = LiteralText()
            isRefused = false
            return
        }
        if kind == .refused { isRefused = true }
        state = .literal(remaining: size, kind)
    }

    /// The next element from the front of `buffer`; nil when more bytes are needed.
    mutating func next(in buffer: inout ByteBuffer) -> Element? {
        while true {
            switch state {
            case .announced: return nil
            case .literal(let remaining, let kind):
                if let element = take(remaining, kind, from: &buffer) { return element }
                if case .literal(1..., _) = state { return nil }
            case .text:
                let start = buffer.readerIndex
                guard let element = lines.next(in: &buffer) else { return nil }
                switch element {
                case .fault(let fault): return fail(.line(fault), Self.beginning(of: &buffer, from: start))
                case .line(let line):
                    if let element = took(Array(line.readableBytesView)) { return element }
                }
            }
        }
    }

    /// Gives up the command that `line` belongs to.
    private mutating func fail(_ fault: Fault, _ line: some Sequence<UInt8>) -> Element {
        defer {
            command = LiteralText()
            isRefused = false
        }
        if command.bytes.isEmpty { command.bytes = Array(line) }
        return .fault(fault, command: isRefused || expectsLine ? nil : command)
    }

    /// The first octets of a line with a fault, of which nothing else is left.
    ///
    /// - Parameter start: where what was looked at begins: the rest of a line that was passed over may come first.
    private static func beginning(of buffer: inout ByteBuffer, from start: Int) -> [UInt8] {
        let end = buffer.readerIndex
        defer { buffer.moveReaderIndex(to: end) }
        buffer.moveReaderIndex(to: start)
        let seen = buffer.viewBytes(at: start, length: end - start) ?? ByteBufferView()
        let endBefore = seen.indices.dropFirst().last { seen[$0] == 0x0A && seen[$0 - 1] == 0x0D }
        return Array(seen[(endBefore.map { $0 + 1 } ?? seen.startIndex)...].prefix(keptOfFault))
    }

    /// Takes what has come of a literal.
    private mutating func take(_ remaining: Int, _ kind: LiteralKind, from buffer: inout ByteBuffer) -> Element? {
        if remaining == 0 {
            state = .text
            command.bytes.append(LiteralText.mark)
            switch kind {
            case .kept:
                command.literals.append(literal)
                literal = []
                return nil
            case .streamed:
                command.literals.append([])
                return .octetsEnd
            case .refused: return nil
            }
        }
        guard let part = buffer.readSlice(length: min(remaining, buffer.readableBytes)), part.readableBytes > 0 else {
            return nil
        }
        state = .literal(remaining: remaining - part.readableBytes, kind)
        switch kind {
        case .kept: literal += part.readableBytesView
        case .streamed: return .octets(part)
        case .refused: break
        }
        return nil
    }

    /// Takes a line: the end of a command, or of its part before a literal.
    private mutating func took(_ line: [UInt8]) -> Element? {
        if expectsLine, command.bytes.isEmpty, !isRefused { return .line(line) }
        guard line.last == UInt8(ascii: "}"), let open = line.lastIndex(of: UInt8(ascii: "{")) else {
            defer {
                command = LiteralText()
                isRefused = false
            }
            guard !isRefused else { return nil }
            command.bytes += line
            return .command(command)
        }
        var digits = line[(open + 1)..<(line.count - 1)]
        let isSynchronizing = digits.last != UInt8(ascii: "+") && digits.last != UInt8(ascii: "-")
        if !isSynchronizing { digits.removeLast() }
        guard !digits.isEmpty, digits.count <= 13, digits.allSatisfy({ (0x30...0x39).contains($0) }),
            let size = Int(String(decoding: digits, as: UTF8.self)), size <= Self.largestLiteral
        else { return fail(.size, line) }
        state = .announced(size: size, isSynchronizing: isSynchronizing)
        if isRefused {
            accept(.refused)
            return nil
        }
        var text = line[..<open]
        // `~{…}` says that the octets may have any value (RFC 9051 §9, `literal8`).
        if text.last == UInt8(ascii: "~") { text.removeLast() }
        command.bytes += text
        return .literal(prefix: command, size: size, isSynchronizing: isSynchronizing)
    }
}

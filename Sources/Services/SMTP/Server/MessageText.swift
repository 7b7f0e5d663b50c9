internal import NIOCore

/// Text of a message while it arrives: counts, looks into the header, adds what is missing there.
struct MessageText: Sendable {
    /// Why a message is refused when it has ended.
    enum Refusal: Sendable, Hashable {
        case tooLarge, lineTooLong, nul, loop

        var reply: SMTPReply {
            switch self {
            case .tooLarge: SMTPReply(552, "5.3.4", "the message is larger than is accepted here")
            case .lineTooLong: SMTPReply(554, "5.6.0", "a line of the message is too long")
            case .nul: SMTPReply(554, "5.6.0", "the message holds an octet of value zero")
            case .loop: SMTPReply(554, "5.4.6", "the message goes round in circles: too many Received fields")
            }
        }
    }

    /// Fields for messages that lack them, with CR LF; nil where nothing is added (MX).
    struct Additions: Sendable, Hashable {
        var date: String
        var messageID: String
    }

    private let limits: SMTPServerLimits
    private let additions: Additions?
    private var isHeader = true
    private var hasDate = false
    private var hasMessageID = false
    private var hops = 0
    private(set) var size = 0
    private(set) var isEightBit = false
    private(set) var refusal: Refusal?
    /// Text that is ready to be written.
    private var pending = ByteBuffer()
    private static let pieceSize = 64 << 10

    /// - Parameters:
    ///   - trace: the field that the message gets in front, with CR LF.
    ///   - additions: what is added to the header.
    init(trace: String, additions: Additions?, limits: SMTPServerLimits) {
        self.limits = limits
        self.additions = additions
        pending.writeString(trace)
    }

    mutating func refuse(_ refusal: Refusal) {
        self.refusal = self.refusal ?? refusal
        pending.clear()
    }

    /// Counts octets that are not kept, and refuses the message for what is wrong with them.
    mutating func pass(_ octets: Int, _ refusal: Refusal) {
        size += octets
        refuse(refusal)
    }

    /// Takes a line without its end and without the dot that it may have been sent with.
    mutating func receive(_ line: ByteBuffer) {
        size += line.readableBytes + 2
        guard line.readableBytes + 2 <= limits.textLine else { return refuse(.lineTooLong) }
        guard size <= limits.message else { return refuse(.tooLarge) }
        guard refusal == nil else { return }
        if isHeader { inspect(line) }
        if !isEightBit { isEightBit = line.readableBytesView.contains { $0 >= 0x80 } }
        pending.writeImmutableBuffer(line)
        pending.writeStaticString("\r\n")
    }

    /// A header ends with an empty line, or with a line that is no field.
    private mutating func inspect(_ line: ByteBuffer) {
        let octets = line.readableBytesView
        if let first = octets.first, first == 0x20 || first == 0x09 { return }
        guard let colon = octets.firstIndex(of: UInt8(ascii: ":")) else {
            return endHeader(needsBlank: !octets.isEmpty)
        }
        let name = octets[..<colon]
        guard !name.isEmpty, name.allSatisfy({ (0x21...0x7E).contains($0) || $0 == 0x20 }) else {
            return endHeader(needsBlank: true)
        }
        switch String(decoding: name, as: UTF8.self).trailingSpacesDropped.lowercased() {
        case "received":
            hops += 1
            if hops > limits.hops { refuse(.loop) }
        case "date": hasDate = true
        case "message-id": hasMessageID = true
        default: break
        }
    }

    private mutating func endHeader(needsBlank: Bool) {
        isHeader = false
        guard let additions else { return }
        if !hasDate { pending.writeString(additions.date) }
        if !hasMessageID { pending.writeString(additions.messageID) }
        if needsBlank { pending.writeStaticString("\r\n") }
    }

    /// The end of the text: a header without a body ends here.
    mutating func finish() {
        if isHeader, refusal == nil { endHeader(needsBlank: false) }
    }

    /// What should be written now, if there is enough of it, or all of it when the text has ended.
    mutating func piece(isEnd: Bool = false) -> ByteBuffer? {
        guard pending.readableBytes >= (isEnd ? 1 : Self.pieceSize) else { return nil }
        defer { pending = ByteBuffer() }
        return pending
    }
}

internal import Mail
internal import MailStore
internal import NIOCore

/// A part of a message, decoded piece by piece: it never is in memory as a whole.
struct PartStream: Sendable {
    let name: String
    /// The media type in lower case.
    let type: String
    private let file: MessageFile
    private let encoding: TransferEncoding
    private var position: Int
    private let end: Int
    /// What was read and cannot be decoded without what follows.
    private var rest: [UInt8] = []

    /// Octets of the message that are read at once.
    private static let pieceSize = 128 << 10
    /// Octets of a line that is decoded as a whole.
    private static let longestLine = 1 << 20

    /// Finds a part.
    ///
    /// - Parameters:
    ///   - number: IMAP's section number.
    ///   - file: the message.
    /// - Returns: nil if there is none, or none that holds something itself.
    /// - Throws: `MailStoreError`.
    static func open(_ number: [Int], of file: MessageFile) async throws -> PartStream? {
        try await file.map { octets in
            guard let part = MIMEParser().parse(octets).part(number), !part.isMultipart else { return nil }
            return PartStream(part, name: ReadMessage.name(of: part, in: octets), file)
        }
    }

    private init(_ part: MIMEPart, name: String, _ file: MessageFile) {
        self.name = name
        self.file = file
        type = part.mediaType
        encoding = part.encoding
        position = part.body.lowerBound
        end = part.body.upperBound
    }

    /// The next octets; nil at the end.
    ///
    /// - Throws: `MailStoreError`.
    mutating func next() async throws -> [UInt8]? {
        while position < end {
            let piece = try await file.read(position..<min(end, position + Self.pieceSize))
            guard piece.readableBytes > 0 else { break }
            position += piece.readableBytes
            rest += piece.readableBytesView
            let ready = position < end ? Self.decodable(rest, encoding) : rest.count
            guard ready > 0 else { continue }
            let decoded = encoding.decode(rest[..<ready])
            rest.removeFirst(ready)
            if !decoded.isEmpty { return decoded }
        }
        return nil
    }

    /// How many octets there are, before any was taken.
    ///
    /// - Throws: `MailStoreError`.
    func length() async throws -> Int {
        switch encoding {
        case .sevenBit, .eightBit, .binary, .other: return end - position
        case .base64, .quotedPrintable:
            var (stream, count) = (self, 0)
            while let piece = try await stream.next() { count += piece.count }
            return count
        }
    }

    /// All octets.
    ///
    /// - Returns: nil if there are more than `limit`.
    mutating func collect(upTo limit: Int) async throws -> [UInt8]? {
        var octets: [UInt8] = []
        while let piece = try await next() {
            guard octets.count + piece.count <= limit else { return nil }
            octets += piece
        }
        return octets
    }

    /// How many octets can be decoded before what follows is known.
    static func decodable(_ octets: [UInt8], _ encoding: TransferEncoding) -> Int {
        switch encoding {
        case .base64:
            // Four characters are three octets; padding begins anew.
            var count = 0
            var whole = 0
            for (index, octet) in octets.enumerated() {
                if octet == UInt8(ascii: "=") {
                    count = 0
                } else if octet.isBase64 {
                    count += 1
                }
                if count.isMultiple(of: 4) { whole = index + 1 }
            }
            // Among what means nothing there may be no end of four.
            return octets.count - whole > longestLine ? octets.count : whole
        case .quotedPrintable:
            guard let line = octets.lastIndex(of: 0x0A) else { return octets.count > longestLine ? octets.count : 0 }
            return line + 1
        case .sevenBit, .eightBit, .binary, .other: return octets.count
        }
    }
}

extension UInt8 {
    /// Whether it is of the alphabet of RFC 2045 §6.8.
    fileprivate var isBase64: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
            true
        default: false
        }
    }
}

internal import Foundation

/// A message, or a part of one: where it stands in the message's octets, and what its header says about it (RFC 2045).
///
/// Positions are octets from the start of the whole message. Nothing of the message is changed to make sense of it.
package struct MIMEPart: Sendable, Hashable {
    /// What the body is.
    package indirect enum Content: Sendable, Hashable {
        case leaf
        /// One part at least: a multipart without any has its whole body as one of plain text.
        case multipart([MIMEPart])
        /// `message/rfc822`: a message within the message.
        case message(MIMEPart)

        /// The last part, or the message.
        var last: MIMEPart? {
            switch self {
            case .leaf: nil
            case .multipart(let parts): parts.last
            case .message(let message): message
            }
        }
    }

    /// The header with the empty line that ends it; empty for a part that begins with its body.
    package var header: Range<Int>
    /// The body; the line end before a boundary belongs to the boundary (RFC 2046 §5.1.1).
    package var body: Range<Int>
    /// Line ends in the body.
    package var lines: Int
    /// The media type in lower case, `text` for `text/plain`.
    package var type = "text"
    /// The subtype in lower case, `plain` for `text/plain`.
    package var subtype = "plain"
    /// Those of the media type.
    package var parameters: [FieldParameters.Parameter] = []
    package var encoding = TransferEncoding.sevenBit
    /// `inline`, `attachment`, …; nil without a field (RFC 2183).
    package var disposition: FieldParameters?
    /// `Content-ID`, with its angle brackets.
    package var id: String?
    /// `Content-Description`, encoded words still encoded.
    package var description: String?
    /// `Content-Language` (RFC 3282).
    package var languages: [String] = []
    /// `Content-Location` (RFC 2557).
    package var location: String?
    /// `Content-MD5` (RFC 1864).
    package var digest: String?
    package var content = Content.leaf

    init(header: Range<Int>, body: Range<Int>, lines: Int) {
        self.header = header
        self.body = body
        self.lines = lines
    }

    /// Header and body.
    package var whole: Range<Int> { header.lowerBound..<body.upperBound }
    /// `text/plain`.
    package var mediaType: String { "\(type)/\(subtype)" }
    package var isMultipart: Bool { if case .multipart = content { true } else { false } }

    /// The media type's parameter of that name.
    ///
    /// - Parameter name: in lower case.
    package func parameter(_ name: String) -> String? { parameters.first { $0.name == name }?.value }

    /// The name that an attachment should be saved under, if it says one: without folders and control characters.
    package var fileName: String? {
        guard let name = disposition?["filename"] ?? parameter("name") else { return nil }
        let last = name.split { $0 == "/" || $0 == "\\" }.last.map(String.init) ?? ""
        let safe = String(String.UnicodeScalarView(last.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }))
        return safe.isEmpty || safe == "." || safe == ".." ? nil : safe
    }

    /// A name for a part that says none itself, if there is one by custom for its media type.
    package var customaryFileName: String? {
        switch mediaType {
        case "text/calendar", "application/ics": "invite.ics"
        case "message/delivery-status", "message/global-delivery-status": "delivery-status.txt"
        case "message/disposition-notification", "message/global-disposition-notification":
            "disposition-notification.txt"
        case "text/rfc822-headers", "message/global-headers": "headers.txt"
        case "application/pgp-signature": "signature.asc"
        case "application/pkcs7-signature", "application/x-pkcs7-signature": "smime.p7s"
        default: nil
        }
    }

    /// Whether it is an invitation or another calendar object (RFC 5545).
    package var isCalendar: Bool { mediaType == "text/calendar" || mediaType == "application/ics" }

    /// `Content-ID` as `cid` URLs have it (RFC 2392): without angle brackets.
    package var bareID: String? { id.map(Self.bare) }

    static func bare(_ id: String) -> String { id.trimmingCharacters(in: ["<", ">", " "]) }

    /// The parts directly below, as IMAP counts them (RFC 9051 §6.4.5.1): a message within the message lends its own.
    package var children: [MIMEPart] {
        switch content {
        case .leaf: []
        case .multipart(let parts): parts
        case .message(let message): message.numberedParts
        }
    }

    /// The parts of a whole message: those of a multipart, or the one that it is itself.
    private var numberedParts: [MIMEPart] {
        if case .multipart(let parts) = content { parts } else { [self] }
    }

    /// Finds a part of a message by IMAP's section numbers: `[2, 1]` for `BODY[2.1]`.
    ///
    /// - Parameter numbers: from 1; none is the message itself.
    package func part(_ numbers: [Int]) -> MIMEPart? {
        guard let first = numbers.first else { return self }
        var level = numberedParts
        guard level.indices.contains(first - 1) else { return nil }
        var part = level[first - 1]
        // A message that is one part only has nothing below its number 1, unless that is a message again.
        for number in numbers.dropFirst() {
            level = part.children
            guard level.indices.contains(number - 1) else { return nil }
            part = level[number - 1]
        }
        return part
    }

    /// All parts that hold something themselves, in their order, those of messages within the message left out.
    package var leaves: [MIMEPart] {
        if case .multipart(let parts) = content { parts.flatMap(\.leaves) } else { [self] }
    }

    // MARK: Content

    /// The body with its transfer encoding undone.
    ///
    /// - Parameter octets: the whole message.
    package func decodedBody(of octets: some RandomAccessCollection<UInt8>) -> [UInt8] {
        encoding.decode(slice(body, of: octets))
    }

    /// The body as text, line ends as they are.
    ///
    /// - Parameter octets: the whole message.
    package func text(of octets: some RandomAccessCollection<UInt8>) -> String {
        decodedText(decodedBody(of: octets))
    }

    /// The header's fields.
    ///
    /// - Parameter octets: the whole message.
    package func fields(of octets: some RandomAccessCollection<UInt8>) -> Header {
        Header(parsing: slice(header, of: octets))
    }

    private func slice<Octets: RandomAccessCollection<UInt8>>(
        _ range: Range<Int>, of octets: Octets
    ) -> Octets.SubSequence {
        octets.dropFirst(range.lowerBound).prefix(range.count)
    }
}

internal import Foundation
internal import LineProtocol
internal import Mail
internal import MailStore

/// A message as a reader sees it: who wrote it to whom, what it says, and which files are with it.
struct ReadMessage: Sendable {
    /// Something to be read.
    struct Text: Sendable, Hashable {
        var isHTML: Bool
        /// Decoded.
        var text: String
        /// Whether it goes on.
        var isTruncated: Bool
    }

    /// A file.
    struct Attachment: Sendable, Hashable {
        /// IMAP's section number.
        var number: [Int]
        var name: String
        /// The media type in lower case.
        var type: String
        /// Octets of the file, as near as can be told without decoding it.
        var size: Int
    }

    /// Octets of a text, as it is encoded, that are read.
    static let maximumText = 2 << 20
    static let maximumTexts = 20
    static let maximumAttachments = 500

    var from: [NamedAddress]
    var replyTo: [NamedAddress]
    var to: [NamedAddress]
    var cc: [NamedAddress]
    var bcc: [NamedAddress]
    var subject: String
    /// With angle brackets.
    var messageID: String?
    var inReplyTo: String?
    var references: [String]
    var texts: [Text]
    var attachments: [Attachment]
    /// The same, and the pictures that are seen in the text in HTML.
    var allFiles: [Attachment]
    /// What invitations and other calendar objects say, in lines.
    var events: [String]
    /// Fields of addresses as they were typed into a draft, `to` for instance, where not all were addresses.
    var typed: [String: String] = [:]
    /// Pictures that the text in HTML may name: their section numbers by `Content-ID` without brackets.
    var pictures: [String: [Int]]

    var hasHTML: Bool { texts.contains(where: \.isHTML) }
    /// Whether there is nothing to be read.
    var isBlank: Bool { texts.isEmpty && events.isEmpty }

    /// Files that are to be listed beside the text.
    ///
    /// - Parameter isPlain: whether the text is shown without its pictures.
    func files(isPlain: Bool) -> [Attachment] { isPlain ? allFiles : attachments }

    /// Reads a message; on a thread for what blocks.
    ///
    /// - Throws: `MailStoreError`.
    static func read(_ file: MessageFile) async throws -> ReadMessage { try await file.map { ReadMessage($0) } }

    /// - Parameter octets: the message as it is stored.
    init(_ octets: UnsafeBufferPointer<UInt8>) {
        let message = MIMEParser().parse(octets)
        let header = Header(parsing: octets[message.header].prefix(1 << 20))
        from = Self.people(header, "From")
        replyTo = Self.people(header, "Reply-To")
        to = Self.people(header, "To")
        cc = Self.people(header, "Cc")
        bcc = Self.people(header, "Bcc")
        subject = PrintableText.line(header["Subject"]?.text ?? "")
        messageID = header.messageID
        inReplyTo = header["In-Reply-To"].flatMap { Header.messageIDs($0.value).first }
        references = header["References"].map { Header.messageIDs($0.value) } ?? []
        let content = MessageContent(message, of: octets, prefersHTML: true, limit: Self.maximumText)
        texts = content.texts.prefix(Self.maximumTexts).map { part in
            Text(
                isHTML: part.subtype == "html", text: part.text(of: octets, limit: Self.maximumText),
                isTruncated: part.body.count > Self.maximumText)
        }
        events = content.events(of: octets).map(\.text)
        let files = content.attachments.prefix(Self.maximumAttachments).map { file in
            let attachment = Attachment(
                number: file.number, name: Self.name(of: file.part, in: octets), type: file.part.mediaType,
                size: Self.size(of: file.part))
            return (attachment, file.isInline)
        }
        allFiles = files.map(\.0)
        attachments = files.filter { !$0.1 }.map(\.0)
        for field in ["to", "cc", "bcc"] { typed[field] = header[Draft.typedField(field)]?.text }
        pictures = [:]
        for file in content.attachments.prefix(Self.maximumAttachments)
        where Picture.types.contains(file.part.mediaType) {
            guard let id = file.part.bareID, pictures[id] == nil else { continue }
            pictures[id] = file.number
        }
    }

    private static func people(_ header: Header, _ field: String) -> [NamedAddress] {
        header.addresses(field).mailboxes.map(\.printable)
    }

    private static func size(of part: MIMEPart) -> Int {
        let size = part.body.count
        // Lines of 76 characters and CR LF hold 57 octets.
        return part.encoding == .base64 ? size / 78 * 57 + size % 78 * 3 / 4 : size
    }

    /// What a file is called, without what would show it as one of another kind.
    static func name(of part: MIMEPart, in octets: UnsafeBufferPointer<UInt8>) -> String {
        let called = (part.fileName ?? part.customaryFileName).map { PrintableText.line($0) }
        if let called, !called.isEmpty { return called }
        if case .message(let message) = part.content {
            let subject = PrintableText.line(message.fields(of: octets)["Subject"]?.text ?? "")
            let safe = subject.split { "/\\:*?\"<>|".contains($0) || $0.isNewline }.joined(separator: " ")
            return (safe.isEmpty ? "message" : String(safe.prefix(80))) + ".eml"
        }
        let suffixes = [
            "text/plain": ".txt", "text/html": ".html", "image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif",
            "application/pdf": ".pdf",
        ]
        return "part" + (suffixes[part.mediaType] ?? "")
    }
}

/// Pictures that are shown in place.
enum Picture {
    /// Those that consist of pixels: no browser runs what is in them.
    static var types: Set<String> { MessageContent.pictureTypes }

    /// The media type that the octets themselves say; nil for what is no picture of these kinds.
    static func type(of octets: some Collection<UInt8>) -> String? {
        let start = Array(octets.prefix(16))
        if start.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return "image/png" }
        if start.starts(with: [0xFF, 0xD8, 0xFF]) { return "image/jpeg" }
        if start.starts(with: "GIF87a".utf8) || start.starts(with: "GIF89a".utf8) { return "image/gif" }
        if start.starts(with: "RIFF".utf8), start.dropFirst(8).starts(with: "WEBP".utf8) { return "image/webp" }
        return nil
    }
}

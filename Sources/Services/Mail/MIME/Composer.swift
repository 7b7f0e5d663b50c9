package import Foundation

/// Writes messages: 7-bit clean, lines of CR LF that no server needs to change (RFC 5322, RFC 2045).
package struct MailComposer: Sendable {
    /// A file that goes along.
    package struct Attachment: Sendable, Hashable {
        /// Without folders.
        package var fileName: String
        /// The media type, such as `image/jpeg`.
        package var type: String
        package var content: [UInt8]
        /// Without angle brackets: what the HTML text names as `cid:…`. With it the file is a picture within the text.
        package var contentID: String?

        package init(fileName: String, type: String, content: [UInt8], contentID: String? = nil) {
            self.fileName = fileName
            self.type = type
            self.content = content
            self.contentID = contentID
        }
    }

    package var from: [NamedAddress]
    package var to: [NamedAddress] = []
    package var cc: [NamedAddress] = []
    /// Only in copies that the writer keeps: others are not told.
    package var bcc: [NamedAddress] = []
    package var replyTo: [NamedAddress] = []
    package var subject = ""
    package var date: Date
    /// Of the writer's clock from UTC, in seconds.
    package var dateOffset = 0
    /// With its angle brackets.
    package var messageID: String
    /// Of the message that this one answers, with its angle brackets.
    package var inReplyTo: String?
    /// Of the messages before it in the thread.
    package var references: [String] = []
    /// Other fields; names that the composer writes itself are left out.
    package var otherFields: [(name: String, value: String)] = []
    /// The text, with line ends of any kind.
    package var text = ""
    /// The same text as HTML.
    package var html: String?
    package var attachments: [Attachment] = []
    /// What stands in place of text, HTML and attachments: a report.
    package var content: MIMEEntity?

    /// - Parameters:
    ///   - from: who writes.
    ///   - date: now.
    ///   - messageID: by default a new one, in the domain of the first writer.
    package init(from: [NamedAddress], date: Date, messageID: String? = nil) {
        self.from = from
        self.date = date
        self.messageID = messageID ?? Self.newMessageID(domain: from.first?.address.canonicalDomain ?? "", date: date)
    }

    /// A `Message-ID` that no other message has.
    ///
    /// - Parameters:
    ///   - domain: `localhost` stands in for what is no name.
    ///   - date: now.
    package static func newMessageID(domain: String, date: Date) -> String {
        let domain =
            MailAddress.isDomain(domain) && domain.utf8.allSatisfy { $0 < 0x80 } && !domain.hasPrefix("[")
            ? domain : "localhost"
        let seconds = UInt64(max(0, date.timeIntervalSince1970))
        return "<\(String(seconds, radix: 36)).\(String(UInt64.random(in: 0...UInt64.max), radix: 36))@\(domain)>"
    }

    /// The message, with its header.
    package func message() -> [UInt8] {
        var writer = HeaderWriter()
        writer.write("Date", MailDate.format(date, offset: dateOffset))
        writer.write(addresses: from, "From")
        writer.write(addresses: replyTo, "Reply-To")
        writer.write(addresses: to, "To")
        writer.write(addresses: cc, "Cc")
        writer.write(addresses: bcc, "Bcc")
        writer.write("Message-ID", messageID)
        // One that no line could hold is left out.
        if let inReplyTo, inReplyTo.utf8.count < 900 { writer.write("In-Reply-To", inReplyTo) }
        let references = references.filter { $0.utf8.count < 900 }
        if !references.isEmpty { writer.write("References", references.joined(separator: " ")) }
        writer.write(text: subject, "Subject")
        for field in otherFields where HeaderField.isName(field.name) && !Self.isOurs(field.name) {
            writer.write(text: field.value, field.name)
        }
        writer.write("MIME-Version", "1.0")
        return writer.octets + (content ?? body()).octets
    }

    private static func isOurs(_ name: String) -> Bool {
        let name = name.lowercased()
        return name.hasPrefix("content-")
            || [
                "date", "from", "reply-to", "to", "cc", "bcc", "message-id", "in-reply-to", "references", "subject",
                "mime-version",
            ].contains(name)
    }

    /// Text and HTML as alternatives, pictures of the HTML related to it, other files beside all that.
    private func body() -> MIMEEntity {
        var body = MIMEEntity.text(text)
        if let html {
            var rich = MIMEEntity.text(html, subtype: "html")
            let pictures = attachments.filter { $0.contentID != nil }
            if !pictures.isEmpty {
                rich = .multipart(
                    "related", [rich] + pictures.map(MIMEEntity.file), parameters: [("type", "text/html")])
            }
            body = text.isEmpty ? rich : .multipart("alternative", [body, rich])
        }
        let files = html == nil ? attachments : attachments.filter { $0.contentID == nil }
        return files.isEmpty ? body : .multipart("mixed", [body] + files.map(MIMEEntity.file))
    }
}

/// A part to be sent: its header's `Content-` fields, the empty line and its body.
package struct MIMEEntity: Sendable {
    package let octets: [UInt8]
    /// Whether the body has octets beyond ASCII: what it is a part of says so, too (RFC 2045 §6.4).
    private let isEightBit: Bool

    private init(_ fields: HeaderWriter, _ body: [UInt8], isEightBit: Bool = false) {
        octets = fields.octets + [0x0D, 0x0A] + body
        self.isEightBit = isEightBit
    }

    /// Text, as it is if it is 7-bit clean with short lines, else quoted-printable or base64, whichever is shorter.
    ///
    /// - Parameters:
    ///   - text: with line ends of any kind.
    ///   - subtype: `plain` or another of `text`.
    package static func text(_ text: String, subtype: String = "plain") -> MIMEEntity {
        let octets = canonical(text.utf8)
        let isASCII = octets.allSatisfy { ($0 >= 0x20 && $0 < 0x7F) || $0 == 0x0D || $0 == 0x0A || $0 == 0x09 }
        var fields = HeaderWriter()
        fields.write("Content-Type", "text/\(subtype)", parameters: [("charset", isASCII ? "us-ascii" : "utf-8")])
        if isASCII, isShort(octets) {
            fields.write("Content-Transfer-Encoding", "7bit")
            return MIMEEntity(fields, octets)
        }
        let quoted = QuotedPrintable.encode(octets)
        let base64 = Base64.encodeLines(octets)
        let isQuoted = quoted.count <= base64.count
        fields.write("Content-Transfer-Encoding", isQuoted ? "quoted-printable" : "base64")
        return MIMEEntity(fields, isQuoted ? quoted : base64)
    }

    /// A file as base64. Text says that it is in UTF-8 if it is, beyond ASCII; in another encoding, which nobody knows, it is
    /// no text.
    package static func file(_ file: MailComposer.Attachment) -> MIMEEntity {
        let names = file.type.lowercased().split(separator: "/", omittingEmptySubsequences: false)
        // Only leaves may be base64 (RFC 2045 §6.4).
        let isType =
            names.count == 2 && names.allSatisfy { HeaderField.isName($0) && !$0.contains(";") }
            && names[0] != "multipart" && names[0] != "message"
        var type = isType ? file.type.lowercased() : "application/octet-stream"
        var parameters = [("name", file.fileName)]
        if type.hasPrefix("text/"), !file.content.allSatisfy({ (1..<0x80).contains($0) }) {
            if !file.content.contains(0), String(validating: file.content, as: UTF8.self) != nil {
                parameters.insert(("charset", "utf-8"), at: 0)
            } else {
                type = "application/octet-stream"
            }
        }
        var fields = HeaderWriter()
        fields.write("Content-Type", type, parameters: parameters)
        fields.write("Content-Transfer-Encoding", "base64")
        fields.write(
            "Content-Disposition", file.contentID == nil ? "attachment" : "inline",
            parameters: [("filename", file.fileName)])
        if let id = file.contentID { fields.write("Content-ID", "<\(id)>") }
        return MIMEEntity(fields, Base64.encodeLines(file.content))
    }

    /// Parts together, under a boundary that none of them holds.
    ///
    /// - Parameters:
    ///   - subtype: `mixed`, `alternative`, `related`, `report`.
    ///   - parts: one at least.
    ///   - parameters: besides the boundary.
    package static func multipart(
        _ subtype: String, _ parts: [MIMEEntity], parameters: [(name: String, value: String)] = []
    ) -> MIMEEntity {
        // 128 random bits; the equals sign cannot stand so in base64 or quoted-printable.
        let boundary =
            "=_\(String(UInt64.random(in: 0...UInt64.max), radix: 36))\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
        var fields = HeaderWriter()
        fields.write("Content-Type", "multipart/\(subtype)", parameters: parameters + [("boundary", boundary)])
        let isEightBit = parts.contains { $0.isEightBit }
        if isEightBit { fields.write("Content-Transfer-Encoding", "8bit") }
        var body: [UInt8] = []
        for part in parts { body += Array("--\(boundary)\r\n".utf8) + part.octets + [0x0D, 0x0A] }
        return MIMEEntity(fields, body + Array("--\(boundary)--\r\n".utf8), isEightBit: isEightBit)
    }

    /// A part whose body is ASCII and is written as it is: `message/delivery-status`, or the header of a message that came
    /// back. What is no 7-bit octet becomes a question mark.
    package static func verbatim(_ type: String, _ body: [UInt8]) -> MIMEEntity {
        var fields = HeaderWriter()
        fields.write("Content-Type", type)
        return MIMEEntity(fields, body.map { $0 < 0x80 ? $0 : UInt8(ascii: "?") })
    }

    /// A whole message as a part (RFC 2046 §5.2.1), as it is: 8-bit if it is.
    package static func message(_ message: [UInt8]) -> MIMEEntity {
        var fields = HeaderWriter()
        fields.write("Content-Type", "message/rfc822")
        let isEightBit = !message.allSatisfy { $0 < 0x80 }
        if isEightBit { fields.write("Content-Transfer-Encoding", "8bit") }
        return MIMEEntity(fields, message, isEightBit: isEightBit)
    }

    /// A report (RFC 6522): text for people, a part for machines, and what it is about.
    ///
    /// - Parameters:
    ///   - type: `delivery-status` (RFC 3464).
    ///   - text: for people.
    ///   - status: for machines.
    ///   - original: the message or its header; may be missing.
    package static func report(type: String, text: String, status: MIMEEntity, original: MIMEEntity?) -> MIMEEntity {
        .multipart(
            "report", [.text(text), status] + (original.map { [$0] } ?? []), parameters: [("report-type", type)])
    }

    /// Lines that end with CR LF, the last one too.
    static func canonical(_ text: some Collection<UInt8>) -> [UInt8] {
        var octets: [UInt8] = []
        octets.reserveCapacity(text.count + 16)
        var last: UInt8 = 0
        for octet in text {
            if octet == 0x0A {
                if last != 0x0D { octets.append(0x0D) }
            } else if last == 0x0D {
                octets.append(0x0A)
            }
            octets.append(octet)
            last = octet
        }
        if last == 0x0D { octets.append(0x0A) } else if last != 0x0A, !octets.isEmpty { octets += [0x0D, 0x0A] }
        return octets
    }

    private static func isShort(_ octets: [UInt8]) -> Bool {
        octets.split(separator: 0x0A).allSatisfy { $0.count < 79 }
            // `From ` at the start of a line is changed by some on the way.
            && !octets.split(separator: 0x0A).contains { $0.starts(with: "From ".utf8) }
    }
}

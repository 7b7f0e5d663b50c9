import Foundation
import LineProtocol
import Mail
import NIOCore
import Report

/// A message as a person reads it.
struct ReadMessage {
    let entry: MailEntry
    private let octets: [UInt8]
    private let content: MessageContent
    private let header: Header
    private let events: [CalendarEvent]
    private var files: [File] = []

    /// A file that comes along.
    struct File: Encodable {
        /// IMAP's number of the part, such as `2.1`.
        var part: String
        var name: String
        var type: String
        /// Octets, decoded.
        var size: Int
        /// Where it was saved; nil when it was not.
        var savedAs: String?
    }

    /// What an invitation or another calendar object is about; nil for what it does not say.
    struct Event: Encodable {
        /// What is asked for: `REQUEST`, `CANCEL`, …
        var method: String?
        var summary: String?
        /// A date, or a date and a time with its zone.
        var start: String?
        var end: String?
        var duration: String?
        var location: String?
        var organizer: String?
        var frequency: String?
        var isCancelled: Bool

        init(_ event: CalendarEvent) {
            func line(_ text: String) -> String? { text.isEmpty ? nil : PrintableText.line(text) }
            method = line(event.method)
            summary = line(event.summary)
            start = line(event.start)
            end = line(event.end)
            duration = line(event.duration)
            location = line(event.location)
            organizer = line(event.organizer)
            frequency = line(event.frequency)
            isCancelled = event.isCancelled
        }
    }

    /// Octets of text, while it is encoded, that are shown at most.
    private static let textLimit = 16 << 20

    init(_ entry: MailEntry, _ octets: ByteBuffer) {
        self.entry = entry
        self.octets = Array(octets.readableBytesView)
        let structure = MIMEParser().parse(self.octets)
        content = MessageContent(structure, of: self.octets)
        header = structure.fields(of: self.octets)
        events = content.events(of: self.octets)
        files = content.attachments.map { attachment in
            let part = attachment.part
            let number = attachment.number.map(String.init).joined(separator: ".")
            return File(
                part: number, name: PrintableText.line(part.fileName ?? Self.name(of: part, number)),
                type: PrintableText.line(part.mediaType), size: part.decodedBody(of: self.octets).count)
        }
    }

    /// Saves all files that come along.
    ///
    /// - Throws: ``CommandError``.
    mutating func save(to path: String) throws {
        let folder = try AttachmentFolder(path)
        for index in files.indices {
            let content = content.attachments[index].part.decodedBody(of: octets)
            files[index].savedAs = path + "/" + (try folder.save(content, as: files[index].name))
        }
    }

    /// For a file that nobody named.
    private static func name(of part: MIMEPart, _ number: String) -> String {
        if let name = part.customaryFileName { return name }
        return switch part.mediaType {
        case "message/rfc822": "message-\(number).eml"
        case "text/plain": "part-\(number).txt"
        case "image/jpeg": "part-\(number).jpg"
        case "image/svg+xml": "part-\(number).svg"
        case "application/octet-stream": "part-\(number).bin"
        default:
            part.subtype.utf8.count <= 10 && part.subtype.allSatisfy { $0.isLetter || $0.isNumber }
                ? "part-\(number).\(part.subtype)" : "part-\(number).bin"
        }
    }

    /// Its header's fields, its text, and what came along.
    func text() -> String {
        var lines: [String] = []
        for field in ["From", "To", "Cc", "Date", "Subject"] {
            let isPeople = field != "Date" && field != "Subject"
            let value = isPeople ? people(field).joined(separator: ", ") : PrintableText.line(header[field]?.text ?? "")
            if !value.isEmpty { lines.append("\(field): \(value)") }
        }
        var text = lines.joined(separator: "\n") + "\n\n" + eventText + body
        if !text.hasSuffix("\n") { text += "\n" }
        guard !files.isEmpty else { return text }
        let table = TextTable(
            header: ["part", "attachment", "type", "octets"]
                + (files.contains { $0.savedAs != nil } ? ["saved as"] : []),
            alignments: [.left, .left, .left, .right, .left],
            rows: files.map { [$0.part, $0.name, $0.type, "\($0.size)"] + ($0.savedAs.map { [$0] } ?? []) })
        return text + "\n" + table.text()
    }

    private func people(_ field: String) -> [String] {
        header.addresses(field).mailboxes.prefix(100).map { PrintableText.line($0.description) }
    }

    /// What invitations say, with an empty line behind each.
    private var eventText: String { events.map { PrintableText.lines($0.text) + "\n\n" }.joined() }

    private var body: String { PrintableText.lines(content.text(of: octets, limit: Self.textLimit)) }

    /// The same as one JSON document.
    func json() throws -> String {
        var row = ListRow(entry)
        row.cc = people("Cc")
        row.text = body
        row.events = events.isEmpty ? nil : events.map(Event.init)
        row.attachments = files
        return try JSONText.document(row) + "\n"
    }
}

/// A message as JSON has it: in a list, or alone with its text.
struct ListRow: Encodable {
    /// With IMAP.
    var uid: UInt32?
    /// With POP3.
    var number: UInt32?
    /// With POP3.
    var uniqueID: String?
    var date: String?
    /// A name, or else the address.
    var from: String
    var fromAddress: String?
    var to: [String]
    var subject: String
    /// Octets.
    var size: Int
    /// Nil where the server does not know.
    var unseen: Bool?
    /// Without angle brackets.
    var messageID: String?
    var cc: [String]?
    var text: String?
    var events: [ReadMessage.Event]?
    var attachments: [ReadMessage.File]?

    init(_ entry: MailEntry) {
        // IMAP tells what was seen.
        uid = entry.isUnseen == nil ? nil : entry.id
        number = entry.isUnseen == nil ? entry.id : nil
        uniqueID = entry.isUnseen == nil ? entry.name : nil
        date = entry.date?.formatted(.iso8601)
        let name = PrintableText.line(entry.author?.name ?? "")
        let address = entry.author.map { PrintableText.line($0.address.description) }
        from = name.isEmpty ? address ?? "" : name
        fromAddress = address
        to = entry.people("To")
        subject = entry.subject
        size = entry.size
        unseen = entry.isUnseen
        messageID = entry.header.messageID.map { PrintableText.line(String($0.dropFirst().dropLast())) }
    }
}

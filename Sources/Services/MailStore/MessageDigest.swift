internal import Foundation
internal import Mail

/// What the index notes of a message, read from its octets.
struct MessageDigest: Sendable, Hashable {
    /// Never empty.
    var sender = Self.unknownSender
    var senderAddress = ""
    var recipients = ""
    var subject = ""
    /// Of the `Date` field, in seconds since 1970; nil where that is missing or broken.
    var date: Int?
    /// Without angle brackets.
    var messageID: String?
    /// Messages that it answers or names, without angle brackets: ``messageID`` is not among them.
    var references: [String] = []
    var hasAttachments = false

    static let unknownSender = "(no sender)"
    /// Octets of a header that are read.
    private static let headerLimit = 256 << 10
    /// Characters of a field that a list shows.
    private static let textLimit = 1000
    /// Messages that one may name: the first, and the last, as writers leave out those between (RFC 5322 §3.6.4).
    private static let referenceLimits = (first: 10, last: 90)
    /// Octets of a message's name; a line has no more (RFC 5322 §2.1.1).
    private static let nameLimit = 998

    /// Of a message that cannot be read.
    init() {}

    /// - Parameter octets: all of the message.
    init(_ octets: UnsafeBufferPointer<UInt8>) {
        let structure = MIMEParser().parse(octets)
        let header = Self.header(structure, octets)
        // Who wrote it is in From; Sender only sent it.
        let writers = [header.addresses("From"), header.addresses("Sender")].lazy.flatMap(\.mailboxes)
        if let writer = writers.first {
            senderAddress = Self.line(writer.address.description)
            sender = Self.name(of: writer)
            if sender.isEmpty { sender = Self.unknownSender }
        }
        var names: [String] = []
        for recipient in header.addresses("To").mailboxes.prefix(100).map(Self.name) where !recipient.isEmpty {
            guard names.reduce(recipient.count, { $0 + $1.count + 2 }) <= Self.textLimit else { break }
            names.append(recipient)
        }
        recipients = names.joined(separator: ", ")
        subject = header["Subject"].map { Self.line($0.text) } ?? ""
        date = header["Date"].flatMap { MailDate.parse($0.value) }.map { Int($0.date.timeIntervalSince1970) }
        messageID = header["Message-ID"].flatMap { Self.names($0.value).first }
        references = Self.references(header, besides: messageID)
        // Pictures in the text are no files for who sees the text.
        hasAttachments = MessageContent(structure, of: octets, prefersHTML: true).hasAttachments
    }

    /// The header's fields, as far as they are read.
    static func header(_ structure: MIMEPart, _ octets: UnsafeBufferPointer<UInt8>) -> Header {
        Header(parsing: octets[structure.header.prefix(headerLimit)])
    }

    private static func references(_ header: Header, besides own: String?) -> [String] {
        var references = header.all("References").flatMap { names($0.value) }
        if references.count > referenceLimits.first + referenceLimits.last {
            references = references.prefix(referenceLimits.first) + references.suffix(referenceLimits.last)
        }
        let answered = header.all("In-Reply-To").flatMap { names($0.value) }
        var seen = Set([own].compactMap { $0 })
        return (references + answered.prefix(referenceLimits.first)).filter { seen.insert($0).inserted }
    }

    /// Names of messages in a field, without angle brackets.
    private static func names(_ value: String) -> [String] {
        Header.messageIDs(value).compactMap { name in
            let name = name.dropFirst().dropLast()
            let isSound =
                name.utf8.count <= nameLimit
                && !name.unicodeScalars.contains { $0.properties.generalCategory == .control }
            return isSound ? String(name) : nil
        }
    }

    private static func name(of person: NamedAddress) -> String {
        let name = line(person.name ?? "")
        return name.isEmpty ? line(person.address.description) : name
    }

    /// Text on one line, without control characters and white space around it.
    static func line(_ text: String) -> String {
        let scalars = text.unicodeScalars.prefix(textLimit).map { scalar -> Unicode.Scalar in
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: " "
            default: scalar
            }
        }
        return String(String.UnicodeScalarView(scalars)).trimmingCharacters(in: .whitespaces)
    }
}

/// What a message is found by.
struct SearchableText: Sendable, Hashable {
    var author = ""
    var recipients = ""
    var subject = ""
    var text = ""

    /// Octets of each field, and of each part of text while it is encoded, that can be found.
    private static let limit = 256 << 10

    /// Of a message that cannot be read.
    init() {}

    /// - Parameter octets: all of the message.
    init(_ octets: UnsafeBufferPointer<UInt8>) {
        let structure = MIMEParser().parse(octets)
        let header = MessageDigest.header(structure, octets)
        func people(_ fields: [String]) -> String {
            fields.flatMap { header.addresses($0).mailboxes }.map { "\($0.name ?? "") \($0.address)" }
                .joined(separator: ", ")
        }
        author = Self.prepared(people(["From", "Sender"]))
        recipients = Self.prepared(people(["To", "Cc", "Bcc"]))
        subject = Self.prepared(header["Subject"]?.text ?? "")
        let content = MessageContent(structure, of: octets)
        let names = content.attachments.compactMap(\.part.fileName)
        let events = content.events(of: octets, limit: Self.limit).map(\.searchableText)
        text = Self.prepared(
            ([content.text(of: octets, limit: Self.limit)] + events + names).joined(separator: "\n"))
    }

    /// Text as the index takes it: languages that put no space between words have their characters stand alone.
    static func prepared(_ text: some StringProtocol) -> String {
        var result = String.UnicodeScalarView()
        var octets = 0
        for scalar in text.unicodeScalars {
            octets += scalar.utf8.count
            guard octets <= limit else { break }
            if scalar.value == 0 {
                result.append(" ")
            } else if isIdeograph(scalar) {
                result.append(" ")
                result.append(scalar)
                result.append(" ")
            } else {
                result.append(scalar)
            }
        }
        return String(result)
    }

    private static func isIdeograph(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x3040...0x30FF, 0x31F0...0x31FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFF:
            true
        default: false
        }
    }
}

/// Words that must occur in a message.
struct SearchQuery: Sendable, Hashable {
    /// In the language of SQLite's FTS5; nil when no message can be meant.
    let expression: String?

    private static let longest = 1000
    private static let mostWords = 30

    /// - Parameter text: words with white space between them.
    init(_ text: String) {
        let words = text.unicodeScalars.prefix(Self.longest).split { $0.properties.isWhitespace }.map { String($0) }
            .filter { word in
                word.unicodeScalars.contains { $0.properties.isAlphabetic || $0.properties.numericType != nil }
            }
        expression =
            words.isEmpty
            ? nil
            : words.prefix(Self.mostWords).map { word in
                let phrase = SearchableText.prepared(word).replacing("\"", with: " ")
                // One or two letters begin too many words.
                let isBeginning = word.unicodeScalars.count > 2 && !phrase.hasSuffix(" ")
                return "\"\(phrase)\"" + (isBeginning ? "*" : "")
            }.joined(separator: " AND ")
    }
}

internal import Foundation
internal import Mail

/// A message that is being written.
struct Draft: Sendable {
    /// Octets of files in a message: in base64 they are a third more.
    static let maximumFiles = 25_000_000
    /// Octets of a text.
    static let maximumText = 1 << 20

    /// The writer's name; may be empty.
    var name = ""
    /// As they were typed.
    var to = ""
    var cc = ""
    var bcc = ""
    var subject = ""
    var text = ""
    var files: [MailComposer.Attachment] = []
    /// Whole messages that go along.
    var messages: [[UInt8]] = []
    /// Of what this answers or passes on, with angle brackets.
    var inReplyTo: String?
    var references: [String] = []

    /// The name of the header field for what was typed and is no list of addresses.
    static func typedField(_ field: String) -> String { "X-Headwater-\(field.capitalized)" }

    /// Octets of what goes along.
    var size: Int { files.reduce(0) { $0 + $1.content.count } + messages.reduce(0) { $0 + $1.count } }

    var isEmpty: Bool {
        [to, cc, bcc, subject, text].allSatisfy { $0.allSatisfy(\.isWhitespace) } && files.isEmpty && messages.isEmpty
    }

    /// The message.
    ///
    /// - Parameters:
    ///   - sender: the account's address.
    ///   - isKept: whether it is for the writer alone: then it tells who gets blind copies.
    ///   - date: now.
    ///   - messageID: with angle brackets; nil for a new one.
    func composer(from sender: MailAddress, isKept: Bool, date: Date, messageID: String? = nil) -> MailComposer {
        let writer = NamedAddress(name: name.isEmpty ? nil : name, sender)
        var composer = MailComposer(from: [writer], date: date, messageID: messageID)
        composer.dateOffset = TimeZone.current.secondsFromGMT(for: date)
        composer.to = AddressField(to).addresses
        composer.cc = AddressField(cc).addresses
        if isKept {
            composer.bcc = AddressField(bcc).addresses
            for (field, typed) in [("to", to), ("cc", cc), ("bcc", bcc)] where !AddressField(typed).problems.isEmpty {
                composer.otherFields.append((Self.typedField(field), typed))
            }
        }
        composer.subject = subject
        composer.inReplyTo = inReplyTo
        composer.references = references
        composer.text = text
        composer.attachments = files
        if !messages.isEmpty {
            composer.content = .multipart(
                "mixed",
                [.text(text)] + files.map(MIMEEntity.file) + messages.map { .message(Self.canonical($0)) })
        }
        return composer
    }

    /// With lines that end as they do on the wire.
    private static func canonical(_ message: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(message.count + message.count / 40)
        var last: UInt8 = 0
        for octet in message {
            if octet == 0x0A, last != 0x0D { result.append(0x0D) }
            result.append(octet)
            last = octet
        }
        return result
    }

    // MARK: Answers

    /// `Re: ` before a subject, unless it is there.
    static func answered(_ subject: String) -> String { prefixed("Re:", subject, ["re:", "aw:", "sv:"]) }
    /// `Fwd: ` before a subject, unless it is there.
    static func forwarded(_ subject: String) -> String { prefixed("Fwd:", subject, ["fwd:", "fw:", "wg:"]) }

    private static func prefixed(_ prefix: String, _ subject: String, _ known: [String]) -> String {
        let start = subject.lowercased()
        return known.contains(where: start.hasPrefix) ? subject : "\(prefix) \(subject)"
    }

    /// Text with `>` before each line, under a line that says whose it is; a signature is left out.
    static func quoted(_ text: String, from writer: String, on date: String) -> String {
        var lines = PlainTextPage.lines(text).map(String.init)
        if let signature = lines.lastIndex(of: "-- "), lines.count - signature < 12 {
            lines.removeSubrange(signature...)
        }
        while lines.last?.allSatisfy(\.isWhitespace) == true { lines.removeLast() }
        let quoted = lines.map { $0.hasPrefix(">") ? ">\($0)" : $0.isEmpty ? ">" : "> \($0)" }
        return "\n\nOn \(date), \(writer) wrote:\n" + quoted.map { $0 + "\n" }.joined()
    }
}

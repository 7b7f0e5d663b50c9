import ArgumentParser
import Foundation
import Listening
import LineProtocol
import Mail
import NIOCore
import NIOPosix
import SMTP

/// `headwater mail send`: composes a message, or takes one, and submits it.
struct MailSendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "send",
        abstract: "Compose a message and submit it.",
        discussion: """
            With --subject, --text, --html or --attach a message is composed; without any of them a whole message, header \
            and all, is read from standard input: it loses its Bcc, whose addresses get it too, and gets a From, Date and \
            Message-ID if it has none. A password is sent under TLS only, unless the server takes SCRAM-SHA-256.

            Example:
              headwater mail send --server mail.example.org:587 --from anna@example.org --to bert@example.net \
            --subject Hello --text 'How are you?' --attach photo.jpg --user anna@example.org
            """)

    /// How TLS begins.
    enum Security: String, CaseIterable, ExpressibleByArgument {
        /// When the server offers it, without asking who the server is.
        case auto
        /// STARTTLS, or nothing is sent.
        case starttls
        /// From the start.
        case implicit
        case none
    }

    @Option(help: ArgumentHelp("The server that takes the message.", valueName: "host:port"))
    var server: ListenAddress

    @Option(help: ArgumentHelp("Who writes: an address, or Name <address>.", valueName: "address"))
    var from: String

    @Option(help: ArgumentHelp("Who gets it; may be given several times, and hold several.", valueName: "address"))
    var to: [String] = []

    @Option(help: ArgumentHelp("Who gets a copy; may be given several times.", valueName: "address"))
    var cc: [String] = []

    @Option(
        help: ArgumentHelp("Who gets a copy that nobody is told of; may be given several times.", valueName: "address"))
    var bcc: [String] = []

    @Option(
        help: ArgumentHelp("Who gets answers, if not the writer; may be given several times.", valueName: "address"))
    var replyTo: [String] = []

    @Option(help: "What it is about.")
    var subject: String?

    @Option(help: "The text; - reads it from standard input.")
    var text: String?

    @Option(help: ArgumentHelp("A file with the same text as HTML.", valueName: "file"))
    var html: String?

    @Option(help: ArgumentHelp("A file to attach; may be given several times.", valueName: "file"))
    var attach: [String] = []

    @Option(help: "How TLS begins: auto, starttls, implicit or none. With --user the default is starttls.")
    var tls: Security?

    @Option(help: ArgumentHelp("Trust these certificates (PEM) instead of the system's.", valueName: "file"))
    var ca: String?

    @Option(help: ArgumentHelp("The account to log in with.", valueName: "user@domain"))
    var user: String?

    @Flag(help: "Read the password from the first line of standard input instead of asking for it.")
    var passwordStdin = false

    func run() async throws {
        guard let sender = NamedAddress(from) else { throw CommandError(.usage, "'\(from)' is no address of mail") }
        let (to, cc, replyTo) = (try addresses(to), try addresses(cc), try addresses(replyTo))
        var recipients = to + cc + (try addresses(bcc))
        let isComposed = subject != nil || text != nil || html != nil || !attach.isEmpty
        guard isComposed || (cc.isEmpty && replyTo.isEmpty) else {
            throw CommandError(
                .usage, "--cc and --reply-to are for messages that are composed: a whole one has them in its header")
        }
        var input =
            passwordStdin || text == "-" || !isComposed ? FileHandle.standardInput.readDataToEndOfFile() : Data()
        var options = SMTPClientEngine.Options(hostname: Self.hostname)
        let security = tls ?? (user == nil ? .auto : .starttls)
        options.tls =
            switch security {
            case .auto: .opportunistic
            case .starttls, .implicit: .required
            case .none: .never
            }
        if let user { options.credentials = (user, try password(&input)) }
        let message: [UInt8]
        if isComposed {
            message = try compose(sender, to, cc, replyTo, input)
        } else {
            guard
                let piped = PipedMessage(
                    input, from: sender, date: Date(), dateOffset: TimeZone.current.secondsFromGMT())
            else { throw CommandError(.dataError, "there is no message, header and all, on standard input") }
            if let problem = piped.blindRecipients.problems.first {
                throw CommandError(.dataError, "'\(problem)' in the message's Bcc is no address of mail")
            }
            recipients += piped.blindRecipients.addresses
            message = piped.octets
        }
        var seen: Set<MailAddress> = []
        let named = recipients.map(\.address).filter { seen.insert($0).inserted }
        guard !named.isEmpty else { throw CommandError(.usage, "nobody gets the message: give --to") }
        var envelope = Envelope(sender: sender.address, recipients: named.map { EnvelopeRecipient($0) })
        envelope.isEightBit = message.contains { $0 >= 0x80 }
        var client = try await SMTPClient(
            host: server.host, port: server.port, isImplicit: security == .implicit,
            trust: ca.map { .file($0) } ?? (security == .auto && user == nil ? .anybody : .system), options: options,
            group: MultiThreadedEventLoopGroup.singleton)
        let outcomes = await client.send(envelope, MessageBytes(ByteBuffer(bytes: message)))
        await client.quit()
        try conclude(Array(zip(named, outcomes)))
    }

    /// What the first line of the input is, or what somebody types.
    private func password(_ input: inout Data) throws -> String {
        guard passwordStdin else { return try SecretPrompt.password() }
        let line = input.prefix { $0 != 0x0A }
        input = Data(input.dropFirst(line.count + 1))
        let password = String(decoding: line, as: UTF8.self).trimmingCharacters(in: .newlines)
        guard !password.isEmpty else { throw CommandError(.usage, "no password on standard input") }
        return password
    }

    private func addresses(_ options: [String]) throws -> [NamedAddress] {
        try options.flatMap { text in
            let field = AddressField(text)
            if let problem = field.problems.first { throw CommandError(.usage, "'\(problem)' is no address of mail") }
            return field.addresses
        }
    }

    private func compose(
        _ sender: NamedAddress, _ to: [NamedAddress], _ cc: [NamedAddress], _ replyTo: [NamedAddress], _ input: Data
    ) throws -> [UInt8] {
        var composer = MailComposer(from: [sender], date: Date())
        composer.dateOffset = TimeZone.current.secondsFromGMT()
        composer.to = to
        composer.cc = cc
        composer.replyTo = replyTo
        composer.subject = subject ?? ""
        composer.text = text == "-" ? String(decoding: input, as: UTF8.self) : text ?? ""
        composer.html = try html.map { String(decoding: try file($0), as: UTF8.self) }
        composer.attachments = try attach.map { path in
            let name = URL(filePath: path).lastPathComponent
            return MailComposer.Attachment(fileName: name, type: Self.mediaType(name), content: Array(try file(path)))
        }
        return composer.message()
    }

    private func file(_ path: String) throws -> Data {
        guard let content = FileManager.default.contents(atPath: path) else {
            throw CommandError(.noInput, "cannot read \(path)")
        }
        return content
    }

    private static func mediaType(_ name: String) -> String {
        switch name.split(separator: ".").last?.lowercased() {
        case "jpg", "jpeg": "image/jpeg"
        case "png": "image/png"
        case "gif": "image/gif"
        case "svg": "image/svg+xml"
        case "pdf": "application/pdf"
        case "txt", "log": "text/plain"
        case "html": "text/html"
        case "json": "application/json"
        case "mpd": "application/dash+xml"
        case "mp4", "m4s": "video/mp4"
        case "zip": "application/zip"
        default: "application/octet-stream"
        }
    }

    /// This machine's name if it is one that other hosts can understand, else a literal (RFC 5321 §4.1.3).
    private static var hostname: String {
        let name = ProcessInfo.processInfo.hostName
        return MailAddress.isDomain(name) && name.utf8.allSatisfy { $0 < 0x80 } ? name : "[127.0.0.1]"
    }

    /// Tells what became of the message for each recipient, if it did not reach all.
    ///
    /// - Throws: ``CommandError``: that it cannot reach somebody is worse than that it may later.
    private func conclude(_ outcomes: [(MailAddress, RecipientOutcome)]) throws {
        var lines: [String] = []
        var failed: [String] = []
        var delayed: [String] = []
        for (address, outcome) in outcomes {
            switch outcome {
            case .delivered(let reply): lines.append("<\(address)> gets the message: \(reply)")
            case .later(let reply):
                delayed.append("<\(address)> did not get the message, try later: \(reply)")
                lines.append(delayed[delayed.count - 1])
            case .failed(let reply):
                failed.append("<\(address)> cannot get the message: \(reply)")
                lines.append(failed[failed.count - 1])
            }
        }
        guard let first = failed.first ?? delayed.first else { return }
        let status = failed.isEmpty ? SystemExit.temporaryFailure : .unavailable
        guard outcomes.count > 1 else { throw CommandError(status, first) }
        for line in lines { StandardStream.error.writeLine(SingleLine.text("headwater: \(line)")) }
        throw CommandError(
            status, "\(failed.count + delayed.count) of \(outcomes.count) recipients did not get the message")
    }
}

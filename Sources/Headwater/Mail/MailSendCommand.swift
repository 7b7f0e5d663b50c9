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
            and all, is read from standard input. A password is sent under TLS only, unless the server takes \
            SCRAM-SHA-256.

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

    @Option(help: ArgumentHelp("Who gets it; may be given several times.", valueName: "address"))
    var to: [String]

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
        let recipients = try to.flatMap { text in
            let field = AddressField(text)
            if let problem = field.problems.first { throw CommandError(.usage, "'\(problem)' is no address of mail") }
            return field.addresses
        }
        guard !recipients.isEmpty else { throw CommandError(.usage, "nobody gets the message: give --to") }
        let isComposed = subject != nil || text != nil || html != nil || !attach.isEmpty
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
        let message =
            isComposed
            ? try compose(sender, recipients, input) : ByteBuffer(bytes: input)
        guard message.readableBytes > 0 else { throw CommandError(.dataError, "there is no message on standard input") }
        var envelope = Envelope(sender: sender.address, recipients: recipients.map { EnvelopeRecipient($0.address) })
        envelope.isEightBit = message.readableBytesView.contains { $0 >= 0x80 }
        var client = try await SMTPClient(
            host: server.host, port: server.port, isImplicit: security == .implicit,
            trust: ca.map { .file($0) } ?? (security == .auto && user == nil ? .anybody : .system), options: options,
            group: MultiThreadedEventLoopGroup.singleton)
        let outcomes = await client.send(envelope, MessageBytes(message))
        await client.quit()
        try conclude(zip(recipients, outcomes).map { ($0.address, $1) })
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

    private func compose(_ sender: NamedAddress, _ recipients: [NamedAddress], _ input: Data) throws -> ByteBuffer {
        var composer = MailComposer(from: [sender], date: Date())
        composer.dateOffset = TimeZone.current.secondsFromGMT()
        composer.to = recipients
        composer.subject = subject ?? ""
        composer.text = text == "-" ? String(decoding: input, as: UTF8.self) : text ?? ""
        composer.html = try html.map { String(decoding: try file($0), as: UTF8.self) }
        composer.attachments = try attach.map { path in
            let name = URL(filePath: path).lastPathComponent
            return MailComposer.Attachment(fileName: name, type: Self.mediaType(name), content: Array(try file(path)))
        }
        return ByteBuffer(bytes: composer.message())
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

    private func conclude(_ outcomes: [(MailAddress, RecipientOutcome)]) throws {
        for (address, outcome) in outcomes {
            switch outcome {
            case .delivered: continue
            case .later(let reply):
                throw CommandError(.temporaryFailure, "<\(address)> did not get the message, try later: \(reply)")
            case .failed(let reply): throw CommandError(.unavailable, "<\(address)> cannot get the message: \(reply)")
            }
        }
    }
}

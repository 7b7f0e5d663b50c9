import ArgumentParser
import Foundation
import IMAP
import LineProtocol
import Mail
import NIOCore
import NIOPosix
import POP3
import Report

/// `headwater mail read`: looks into a mailbox of any server.
struct MailReadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "read",
        abstract: "List and read messages of a mailbox over IMAP or POP3.",
        discussion: """
            Without --message the newest messages are listed. Reading leaves a message unread to others, unless \
            --mark-seen says so. With --wait the command first waits: with --search or --unseen until there is such a \
            message, else until one comes that was not there before. A password is sent under TLS or on this machine only, \
            unless the server takes SCRAM-SHA-256.

            Examples:
              headwater mail read imaps://anna%40example.org@mail.example.org --unseen
              headwater mail read imap://localhost:1143 --user anna@example.org --ca data/tls/certificate.pem \
            --message latest --save attachments --mark-seen
              headwater mail read pop3s://anna%40example.org@mail.example.org --wait 10m --search invoice --message latest
            """)

    /// How TLS begins.
    enum Security: String, CaseIterable, ExpressibleByArgument {
        /// STARTTLS or STLS, or nobody logs in.
        case starttls
        /// From the start.
        case implicit
        case none
    }

    /// Octets of a message that is read.
    static let maximumSize = 256 << 20

    @Argument(help: ArgumentHelp("imap://[user@]host[:port][/mailbox], imaps:, pop3: or pop3s:.", valueName: "url"))
    var url: MailLocation

    @Option(help: ArgumentHelp("The account to log in with, if the URL does not say.", valueName: "user@domain"))
    var user: String?

    @Flag(help: "Read the password from the first line of standard input instead of asking for it.")
    var passwordStdin = false

    @Option(help: "How TLS begins: starttls, implicit or none; by the URL if not given, starttls for imap: and pop3:.")
    var tls: Security?

    @Option(help: ArgumentHelp("Trust these certificates (PEM) instead of the system's.", valueName: "file"))
    var ca: String?

    @Option(help: "The mailbox, if the URL does not say; INBOX if neither does. With IMAP only.")
    var mailbox: String?

    @Option(help: "How many messages are listed at most.")
    var limit = 20

    @Flag(help: "Only messages that nobody has read. With IMAP only.")
    var unseen = false

    @Option(
        help: ArgumentHelp(
            "Only messages in which this text occurs; with POP3 in author, recipients or subject.", valueName: "text"))
    var search: String?

    @Option(help: ArgumentHelp("Wait for a message, so long at most (30s, 10m, 1h).", valueName: "time"))
    var wait: TimeLength?

    @Option(
        help: ArgumentHelp(
            "Show one message: a UID with IMAP, a number with POP3, or latest.", valueName: "number|latest"))
    var message: String?

    @Flag(help: "Print the message as it is, octet by octet.")
    var raw = false

    @Option(help: ArgumentHelp("Save attachments of the message there; nothing is overwritten.", valueName: "dir"))
    var save: String?

    @Flag(help: "Remove the message from the server in the end.")
    var delete = false

    @Flag(help: "Mark the message as read in the end. With IMAP only.")
    var markSeen = false

    @Flag(help: "Print one JSON document on standard output.")
    var json = false

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit must be above 0") }
        if message == nil, raw || save != nil || delete || markSeen {
            throw ValidationError("--raw, --save, --delete and --mark-seen need --message")
        }
        if let message, message != "latest", UInt32(message).map({ $0 > 0 }) != true {
            throw ValidationError("--message takes a number or latest, not '\(message)'")
        }
        if wait != nil, let message, message != "latest" {
            throw ValidationError("--wait goes with --message latest only")
        }
        if raw, json { throw ValidationError("--raw and --json exclude each other") }
        if url.isImplicitlySecure, let tls, tls != .implicit {
            throw ValidationError("\(url.service.rawValue)s: URLs have TLS from the start")
        }
        if url.service == .pop3, mailbox != nil || unseen || markSeen {
            throw ValidationError("--mailbox, --unseen and --mark-seen need IMAP: POP3 knows one inbox and no flags")
        }
    }

    func run() async throws {
        let source = try await open()
        let (_, signal) = try await Interruption.catching { try await work(source) }
        if let signal { throw Interruption.exitCode(signal) }
    }

    // MARK: Sessions

    private func open() async throws -> any MailSource {
        guard let user = user ?? url.user else {
            throw CommandError(.usage, "who reads? Give --user, or a URL such as imaps://anna%40example.org@host")
        }
        let password: String
        if passwordStdin {
            password = try SecretPrompt.passwordFromStandardInput()
        } else if let written = url.password {
            password = written
        } else {
            password = try SecretPrompt.password("Password for \(user): ")
        }
        let trust = ca.map { LineClient.Trust.file($0) } ?? .system
        let security: LineClient.TLSStart =
            switch tls ?? (url.isImplicitlySecure ? .implicit : .starttls) {
            case .starttls: .startTLS(trust)
            case .implicit: .implicit(trust)
            case .none: .plain
            }
        switch url.service {
        case .imap: return try await imap(user, password, security)
        case .pop3: return try await pop3(user, password, security)
        }
    }

    private func imap(
        _ user: String, _ password: String, _ security: LineClient.TLSStart
    ) async throws -> IMAPSource {
        var client = try await IMAPClient.connect(
            host: url.host, port: url.port, security: security, group: MultiThreadedEventLoopGroup.singleton)
        do {
            try await client.logIn(user: user, password: password, allowsPlaintext: url.isLoopback)
            return try await IMAPSource(
                client, mailbox: mailbox ?? url.mailbox ?? "INBOX", isReadOnly: !delete && !markSeen)
        } catch {
            client.close()
            throw error
        }
    }

    private func pop3(
        _ user: String, _ password: String, _ security: LineClient.TLSStart
    ) async throws -> POP3Source {
        return try await POP3Source { [url] in
            var client = try await POP3Client.connect(
                host: url.host, port: url.port, security: security, group: MultiThreadedEventLoopGroup.singleton)
            do {
                try await client.logIn(user: user, password: password, allowsPlaintext: url.isLoopback)
                return client
            } catch {
                client.close()
                throw error
            }
        }
    }

    // MARK: Work

    private func work(_ source: any MailSource) async throws {
        var source = source
        do {
            let shown = try await choose(&source)
            if message == nil {
                try list(shown)
            } else {
                guard let entry = shown.first else { throw CommandError(.noInput, "there is no such message") }
                try await show(entry, &source)
            }
            try await source.finish()
        } catch {
            source.close()
            throw error
        }
    }

    /// What is to be shown: after waiting, if that is wanted.
    private func choose(_ source: inout any MailSource) async throws -> [MailEntry] {
        if let message, let id = UInt32(message) { return [try await source.entry(id)] }
        let filter = MailFilter(text: search, isUnseen: unseen)
        let count = message == nil ? limit : 1
        guard let wait else { return try await source.newest(filter, count: count, besides: []) }
        let known = filter.takesAll ? try await source.names() : []
        let deadline = NIODeadline.now() + .nanoseconds(Int64(wait.seconds * 1e9))
        while true {
            let found = try await source.newest(filter, count: count, besides: known)
            let rest = deadline - .now()
            if !found.isEmpty { return found }
            guard rest > .nanoseconds(0) else {
                throw CommandError(.temporaryFailure, "no message came within \(wait.defaultValueDescription)")
            }
            try await source.waitForNews(within: rest)
        }
    }

    private func list(_ entries: [MailEntry]) throws {
        let rows = entries.map(ListRow.init)
        if json { return try StandardStream.output.writeResult(JSONText.document(rows) + "\n") }
        let isIMAP = url.service == .imap
        let table = TextTable(
            header: [isIMAP ? "uid" : "number", "date", "from", "subject", "octets"] + (isIMAP ? ["unseen"] : []),
            alignments: [.right, .left, .left, .left, .right, .left],
            rows: rows.map { row in
                [
                    "\(row.uid ?? row.number ?? 0)", row.date ?? "", PrintableText.shortened(row.from, to: 30),
                    PrintableText.shortened(row.subject, to: 60), "\(row.size)",
                ] + (isIMAP ? [row.unseen == true ? "unseen" : ""] : [])
            })
        try StandardStream.output.writeResult(table.text())
    }

    private func show(_ entry: MailEntry, _ source: inout any MailSource) async throws {
        let octets = try await source.octets(of: entry.id)
        var message = ReadMessage(entry, octets)
        // First what may fail here, last what cannot be undone there.
        if let save { try message.save(to: save) }
        if raw {
            try StandardStream.output.writeResult(octets: octets.readableBytesView)
        } else {
            try StandardStream.output.writeResult(json ? message.json() : message.text())
        }
        if markSeen { try await source.markSeen(entry.id) }
        if delete { try await source.remove(entry.id) }
    }
}

import ArgumentParser
import Foundation
import Mail
import Report
import SMTP

/// `headwater mail queue`: what waits to be delivered.
struct MailQueueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queue",
        abstract: "Look into the mail queue, and change it.",
        discussion: """
            Works whether the server runs or not. A server that runs does what it is asked within seconds, or, with a \
            message that it is just sending, when that attempt has ended; no further one is begun for what is dropped.

            Example: headwater mail queue list --data data
            """,
        subcommands: [List.self, Retry.self, Drop.self])

    struct FolderOptions: ParsableArguments {
        @Option(help: ArgumentHelp("The folder where the services keep what they know.", valueName: "dir"))
        var data: String

        func folder() throws -> QueueFolder {
            guard FileManager.default.fileExists(atPath: data) else {
                throw CommandError(.noInput, "there is no folder \(data)")
            }
            return try QueueFolder(path: data + "/queue")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List what waits, recipient by recipient.",
            discussion: "Example: headwater mail queue list --data data --json")

        @OptionGroup var folder: FolderOptions
        @Flag(help: "Print one JSON document on standard output.")
        var json = false

        func run() async throws {
            let (messages, problems) = try folder.folder().messages()
            for problem in problems { StandardStream.error.writeLine("headwater: warning: \(problem)") }
            let rows = messages.flatMap { message in message.recipients.map { Row(message, $0) } }
            if json {
                try StandardStream.output.writeResult(JSONText.document(rows) + "\n")
            } else {
                let table = TextTable(
                    header: [
                        "message", "received", "octets", "sender", "recipient", "state", "tried", "next", "reply",
                    ],
                    rows: rows.map {
                        [
                            $0.message, $0.received, "\($0.size)", $0.sender, $0.recipient, $0.state, "\($0.attempts)",
                            $0.next ?? "", $0.reply ?? "",
                        ]
                    })
                try StandardStream.output.writeResult(table.text())
            }
        }

        private struct Row: Encodable {
            var message: String
            var received: String
            var size: Int
            /// Empty for a report.
            var sender: String
            var recipient: String
            var state: String
            var attempts: Int
            /// When it is tried again; nil when it is not.
            var next: String?
            var reply: String?

            init(_ message: QueuedMessage, _ recipient: QueuedMessage.Recipient) {
                self.message = message.id
                received = message.received.formatted(.iso8601)
                size = message.size
                sender = message.envelope.sender.map(\.description) ?? ""
                self.recipient = recipient.recipient.address.description
                state = recipient.status.rawValue
                attempts = recipient.attempts
                next = recipient.status == .waiting ? recipient.next.formatted(.iso8601) : nil
                reply = recipient.reply
            }
        }
    }

    /// Which messages.
    struct Selection: ParsableArguments {
        @Argument(help: "Messages, as list names them.")
        var messages: [String] = []

        @Flag(help: "All messages.")
        var all = false

        func validate() throws {
            if messages.isEmpty != all { throw ValidationError("name messages, or give --all") }
        }

        /// Does what is wanted, or leaves it to the server that has the queue.
        func apply(_ request: QueueFolder.Request, in folder: QueueFolder) throws {
            let waiting = try folder.messages().messages
            let names = all ? waiting.map(\.id) : messages
            for name in names where !waiting.contains(where: { $0.id == name }) {
                throw CommandError(.noInput, "there is no message \(name) in the queue")
            }
            guard let lock = try folder.lock() else {
                for name in names { try folder.request(request, name) }
                return
            }
            for message in waiting where names.contains(message.id) {
                try folder.save(message.id) { request == .drop ? nil : message.dueAgain(at: Date()) }
            }
            try? lock.close()
        }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Try messages again at once.", discussion: "Example: headwater mail queue retry --all --data data"
        )

        @OptionGroup var selection: Selection
        @OptionGroup var folder: FolderOptions

        func run() async throws { try selection.apply(.retry, in: folder.folder()) }
    }

    struct Drop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove messages; their senders are not told.",
            discussion: "Example: headwater mail queue drop --all --data data")

        @OptionGroup var selection: Selection
        @OptionGroup var folder: FolderOptions

        func run() async throws { try selection.apply(.drop, in: folder.folder()) }
    }
}

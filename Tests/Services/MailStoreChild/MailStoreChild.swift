import Accounts
import Foundation
import MailStore
import NIOCore

/// Changes an account's mailboxes without end, and says so before and after each change, one line each: what
/// `MailStoreKillTests` kills.
///
/// `MailStoreChild ROOT RUN`: three workers, each with messages of its own, in two stores of the same folder.
/// `MailStoreChild ROOT list`: a ``Lister``.
@main
struct MailStoreChild {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 3 else { return }
        if arguments[2] == "list" { return try await Lister(store: MailStore(root: arguments[1])).work() }
        let stores = [MailStore(root: arguments[1]), MailStore(root: arguments[1])]
        try await withThrowingTaskGroup(of: Void.self) { workers in
            for number in 0..<3 {
                workers.addTask {
                    var worker = Worker(store: stores[number % 2], name: "\(arguments[2]).\(number)")
                    try await worker.work()
                }
            }
            try await workers.waitForAll()
        }
    }
}

private struct Worker {
    let store: MailStore
    let name: String
    private var count = 0
    private var messages: [(id: String, mailbox: String, uid: UInt32)] = []

    init(store: MailStore, name: String) {
        self.store = store
        self.name = name
    }

    /// A line goes out whole, or not at all; when nobody reads any more the process ends (SIGPIPE).
    private func say(_ line: String) {
        let octets = Array((line + "\n").utf8)
        _ = octets.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
    }

    mutating func work() async throws {
        guard let owner = AccountName("ann@example.test") else { return }
        let account = try await store.account(owner)
        while true {
            let index = messages.indices.randomElement()
            switch (Int.random(in: 0..<8), index) {
            case (0, _), (1, _): try await append(to: account)
            case (2, _): try await deliver(to: owner)
            case (3, let index?): try await copy(index, in: account)
            case (4, let index?), (5, let index?): try await move(index, in: account)
            case (6..., let index?): try await expunge(index, in: account)
            default: try await append(to: account)
            }
        }
    }

    private mutating func next() -> (id: String, text: ByteBuffer) {
        count += 1
        let id = "\(name).\(count)"
        return (id, ByteBuffer(string: "Subject: \(id)\r\n\r\n" + String(repeating: "line of \(id)\r\n", count: 300)))
    }

    private func spool(_ text: ByteBuffer) async throws -> SpooledMessage {
        let spool = try await store.spool()
        // In pieces, so that it can be cut.
        var rest = text
        while let piece = rest.readSlice(length: min(1000, rest.readableBytes)), piece.readableBytes > 0 {
            try await spool.write(piece)
        }
        try await spool.synchronize()
        return spool
    }

    private mutating func append(to account: MailAccount) async throws {
        let (id, text) = next()
        let mailbox = Bool.random() ? "INBOX" : "Archive"
        say("begin append \(id) \(mailbox)")
        let (validity, uid) = try await account.append(try await spool(text), to: mailbox)
        messages.append((id, mailbox, uid))
        say("done append \(id) \(mailbox) \(validity) \(uid)")
    }

    private mutating func deliver(to owner: AccountName) async throws {
        let (id, text) = next()
        say("begin deliver \(id) INBOX")
        if Bool.random() {
            try await store.deliver(try await spool(text), to: [owner])
        } else {
            try await store.deliver([text], to: owner)
        }
        say("done deliver \(id) INBOX")
    }

    private mutating func copy(_ index: Int, in account: MailAccount) async throws {
        let message = messages[index]
        let target = Bool.random() ? "INBOX" : "Archive"
        say("begin copy \(message.id) \(message.mailbox) \(target)")
        let copied = try await account.copy([message.uid], from: message.mailbox, to: target)
        guard let pair = copied.pairs.first else { return say("lost \(message.id)") }
        messages.append((message.id, target, pair.destination))
        say("done copy \(message.id) \(message.mailbox) \(target) \(copied.uidValidity) \(pair.destination)")
    }

    private mutating func move(_ index: Int, in account: MailAccount) async throws {
        let message = messages[index]
        let target = message.mailbox == "INBOX" ? "Archive" : "INBOX"
        say("begin move \(message.id) \(message.mailbox) \(target)")
        let moved = try await account.move([message.uid], from: message.mailbox, to: target)
        guard let pair = moved.pairs.first else { return say("lost \(message.id)") }
        messages[index] = (message.id, target, pair.destination)
        say("done move \(message.id) \(message.mailbox) \(target) \(moved.uidValidity) \(pair.destination)")
    }

    private mutating func expunge(_ index: Int, in account: MailAccount) async throws {
        let message = messages[index]
        say("begin expunge \(message.id) \(message.mailbox)")
        guard try await account.expunge(message.mailbox, uids: [message.uid], force: true) == [message.uid] else {
            return say("lost \(message.id)")
        }
        messages.remove(at: index)
        say("done expunge \(message.id) \(message.mailbox)")
    }
}

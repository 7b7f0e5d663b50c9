import Accounts
import Foundation
import Logging
import Mail
import MailStore
import NIOCore
import NIOPosix
import Testing

@testable import SMTP

/// Where a message goes when it has come: into a mailbox at once, or into the queue, or nowhere.
@Suite("Messages that arrive")
struct IncomingTests {
    private static let bob = "bob@example.org"

    /// A queue and mailboxes in a folder of their own; the queue does not run, so what is in it stays there.
    private func withQueue(
        _ change: (inout MailQueue.Configuration) -> Void = { _ in },
        _ body: (MailQueue, _ folder: String, AccountStore) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(component: UUID().uuidString)
            .path(percentEncoded: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let accounts = try AccountStore(folder: folder, iterations: 4096)
        try await accounts.add(try #require(AccountName(Self.bob)), password: "secret")
        let threads = NIOThreadPool(numberOfThreads: 2)
        threads.start()
        var configuration = MailQueue.Configuration(
            hostname: "mx.example.org", localDomains: ["example.org"], logger: Logger(label: "test"))
        change(&configuration)
        let queue = try MailQueue(
            configuration: configuration, folder: QueueFolder(path: folder + "/queue"),
            mailboxes: StoredMailboxes(accounts: accounts, store: MailStore(root: folder + "/mail")),
            exchangers: StaticMailExchangers([:], others: SystemMailExchangers(hostname: "x", threads: threads)),
            threads: threads)
        try await body(queue, folder, accounts)
        try await threads.shutdownGracefully()
    }

    private func take(
        _ text: String, for recipients: [EnvelopeRecipient], _ queue: MailQueue
    ) async throws {
        var incoming = try await queue.open()
        var rest = ByteBuffer(string: text)
        while let piece = rest.readSlice(length: min(64 << 10, rest.readableBytes)), piece.readableBytes > 0 {
            try await incoming.write(piece)
        }
        try await incoming.commit(
            Envelope(sender: MailAddress("carol@example.net"), recipients: recipients))
    }

    private func recipient(_ address: String, _ notify: DeliveryNotification? = nil) throws -> EnvelopeRecipient {
        EnvelopeRecipient(try #require(MailAddress(address)), notify: notify)
    }

    private func inbox(_ folder: String) -> [String] {
        let new = folder + "/mail/example.org/bob/new"
        return ((try? FileManager.default.contentsOfDirectory(atPath: new)) ?? []).map {
            String(decoding: FileManager.default.contents(atPath: "\(new)/\($0)") ?? Data(), as: UTF8.self)
        }
    }

    @Test("A small message for one mailbox is there when it is acknowledged, and never in the queue")
    func atOnce() async throws {
        try await withQueue { queue, folder, _ in
            try await take("Subject: x\r\n\r\nhello\r\n", for: [recipient(Self.bob)], queue)
            #expect(
                inbox(folder) == [
                    "Return-Path: <carol@example.net>\r\nDelivered-To: bob@example.org\r\nSubject: x\r\n\r\nhello\r\n"
                ])
            #expect(queue.count == 0)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/queue/messages").isEmpty)
        }
    }

    @Test("Everything else waits in the queue, whole")
    func queued() async throws {
        try await withQueue { queue, folder, accounts in
            let small = "Subject: x\r\n\r\nhello\r\n"
            let large = "Subject: y\r\n\r\n" + String(repeating: "line\r\n", count: 100_000)
            try await take(large, for: [recipient(Self.bob)], queue)
            try await take(small, for: [recipient(Self.bob), recipient("postmaster@example.org")], queue)
            try await take(small, for: [recipient("dave@example.com")], queue)
            try await take(small, for: [recipient(Self.bob, .success)], queue)
            // Somebody who has gone since: the sender will hear of it.
            try await accounts.remove(try #require(AccountName(Self.bob)))
            try await take(small, for: [recipient(Self.bob)], queue)
            #expect(inbox(folder).isEmpty)
            let waiting = try QueueFolder(path: folder + "/queue").messages().messages
            #expect(waiting.map(\.size) == [large.utf8.count] + Array(repeating: small.utf8.count, count: 4))
            #expect(queue.octets == large.utf8.count + 4 * small.utf8.count)
            let text = FileManager.default.contents(atPath: folder + "/queue/messages/" + (waiting.first?.id ?? ""))
            #expect(text?.starts(with: Data(large.utf8)) == true)
        }
    }

    @Test("The postmaster's mail goes to whom it is for: an account of that name, else who is named")
    func postmaster() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(component: UUID().uuidString)
            .path(percentEncoded: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let accounts = try AccountStore(folder: folder, iterations: 4096)
        let bob = try #require(AccountName(Self.bob))
        let address = try #require(MailAddress("PostMaster@example.org"))
        let mailboxes = StoredMailboxes(accounts: accounts, store: MailStore(root: folder + "/mail"), postmaster: bob)
        #expect(try await !mailboxes.contains(address))
        try await accounts.add(bob, password: "secret")
        #expect(try await mailboxes.contains(address))
        #expect(try await !mailboxes.contains(#require(MailAddress("abuse@example.org"))))
        let text = MessageBytes(ByteBuffer(string: "Subject: x\r\n\r\n"))
        _ = await mailboxes.deliver(text, header: "", to: address, as: nil)
        #expect(inbox(folder) == ["Subject: x\r\n\r\n"])
        try await accounts.add(#require(AccountName("postmaster@example.org")), password: "secret")
        _ = await mailboxes.deliver(text, header: "", to: address, as: nil)
        #expect(inbox(folder).count == 1)
    }

    @Test("A queue takes no more than it may, and leaves the disk some room")
    func limits() async throws {
        try await withQueue {
            $0.maximumOctets = 20
        } _: { queue, _, _ in
            try await take("0123456789\r\n", for: [recipient("dave@example.com")], queue)
            try await take("0123456789\r\n", for: [recipient("dave@example.com")], queue)
            await #expect { try await queue.open() } throws: { ($0 as? QueueError)?.code == .full }
        }
        try await withQueue {
            $0.minimumFree = .max
        } _: { queue, _, _ in
            await #expect { try await queue.open() } throws: { ($0 as? QueueError)?.code == .full }
        }
    }

    @Test("What was forgotten leaves no file")
    func discarded() async throws {
        try await withQueue { queue, folder, _ in
            for size in [10, 300_000] {
                var incoming = try await queue.open()
                try await incoming.write(ByteBuffer(repeating: 0x78, count: size))
                await incoming.discard()
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/queue/incoming").isEmpty)
            #expect(queue.octets == 0)
        }
    }
}

import Accounts
import Foundation
import Logging
import Mail
import MailStore
import NIOCore
import NIOPosix
import Testing

@testable import SMTP

/// What senders hear of messages that nobody takes, from the queue itself: the host where the mail should go hangs up.
@Suite("Messages that cannot be delivered")
struct UndeliverableTests {
    /// Queues a message of bob's for a domain whose host lets nobody in, and waits for what bob is told.
    private func report(
        _ policy: RetryPolicy, returnsContent: Bool? = nil, text: String = "Subject: x\r\n\r\nhello\r\n",
        _ body: (String, MailQueue) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(component: UUID().uuidString)
            .path(percentEncoded: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let bob = try #require(AccountName("bob@example.org"))
        let accounts = try AccountStore(folder: folder, iterations: 4096)
        try await accounts.add(bob, password: "secret")
        let store = MailStore(root: folder + "/mail")
        let mailbox = try await store.account(bob)
        var changes = mailbox.changes().makeAsyncIterator()
        let threads = NIOThreadPool(numberOfThreads: 2)
        threads.start()
        var configuration = MailQueue.Configuration(
            hostname: "mx.example.org", localDomains: ["example.org"], logger: Logger(label: "test"))
        configuration.policy = policy
        configuration.returnedContent = 1000
        // One who hangs up on everybody.
        let host = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { $0.close() }.bind(host: "127.0.0.1", port: 0).get()
        let queue = try MailQueue(
            configuration: configuration, folder: QueueFolder(path: folder + "/queue"),
            mailboxes: StoredMailboxes(accounts: accounts, store: store),
            exchangers: StaticMailExchangers(
                ["example.net": MailHost(name: "127.0.0.1", port: host.localAddress?.port ?? 1)],
                others: SystemMailExchangers(hostname: "x", threads: threads)),
            threads: threads)
        let run = Task { try await queue.run() }
        var envelope = Envelope(
            sender: MailAddress("bob@example.org"),
            recipients: [EnvelopeRecipient(try #require(MailAddress("dave@example.net")), notify: [.failure, .delay])])
        envelope.returnsContent = returnsContent
        var incoming = try await queue.open()
        try await incoming.write(ByteBuffer(string: text))
        try await incoming.commit(envelope)
        var uid: UInt32?
        while uid == nil {
            uid = try await mailbox.snapshot(of: "INBOX").messages.first?.uid
            if uid == nil { _ = await changes.next() }
        }
        let file = try await mailbox.open(try #require(uid), in: "INBOX")
        try await body(String(buffer: try await file.read(0..<file.size)), queue)
        run.cancel()
        _ = try? await run.value
        try await host.close()
        try await threads.shutdownGracefully()
    }

    @Test("The sender of a message that is given up gets it back, whole when that was asked for and it is small")
    func expired() async throws {
        var policy = RetryPolicy()
        policy.lifetime = 0
        let long = "Subject: x\r\n\r\n" + String(repeating: "hello\r\n", count: 1000)
        for (returnsContent, text, isWhole) in [
            (nil, "Subject: x\r\n\r\nhello\r\n", false), (false, "Subject: x\r\n\r\nhello\r\n", false),
            (true, "Subject: x\r\n\r\nhello\r\n", true), (true, long, false),
        ] as [(Bool?, String, Bool)] {
            try await report(policy, returnsContent: returnsContent, text: text) { report, _ in
                for part in [
                    "Return-Path: <>\r\n",
                    "Final-Recipient: rfc822; dave@example.net\r\nAction: failed\r\nStatus: 4.4.1\r\n",
                    "Subject: x\r\n", isWhole ? "Content-Type: message/rfc822" : "Content-Type: text/rfc822-headers",
                ] { #expect(report.contains(part), "\(part) in \(report)") }
                #expect(report.contains("\r\nhello\r\n") == isWhole)
            }
        }
    }

    @Test("The sender of a message that is late hears until when it is tried, and it stays")
    func late() async throws {
        var policy = RetryPolicy()
        policy.delayNotice = 0
        try await report(policy) { report, queue in
            for part in ["Action: delayed\r\n", "Will-Retry-Until: ", "It is tried again until "] {
                #expect(report.contains(part), "\(part) in \(report)")
            }
            #expect(queue.count == 1)
        }
    }
}

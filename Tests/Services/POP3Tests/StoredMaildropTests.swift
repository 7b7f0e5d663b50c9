import Accounts
import Foundation
import LineProtocol
import NIOCore
import NIOPosix
import Testing

@testable import MailStore
@testable import POP3

@Suite("Maildrops of the mail store")
struct StoredMaildropTests {
    private func withStore(_ body: (MailStore, AccountName) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(component: UUID().uuidString).path()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let anna = try #require(AccountName("anna@example.test"))
        try await body(MailStore(root: folder), anna)
    }

    private func deliver(_ text: String, _ store: MailStore, to name: AccountName) async throws {
        let spool = try await store.spool()
        try await spool.write(ByteBuffer(string: text))
        try await store.deliver(spool, to: [name])
    }

    @Test("The inbox as it was when it was opened: read, removed, and named the same the next time")
    func life() async throws {
        try await withStore { store, anna in
            for text in ["Subject: one\r\n\r\nx\r\n", "Subject: two\r\n\r\n", ""] {
                try await deliver(text, store, to: anna)
            }
            let first = try await StoredMaildrop(anna, in: store)
            #expect(first.messages.map(\.size) == [19, 16, 0])
            #expect(first.messages.allSatisfy { (1...70).contains($0.uniqueID.utf8.count) })
            try await deliver("Subject: four\r\n\r\n", store, to: anna)
            #expect(try await String(buffer: first.read(0, from: 0, atMost: 9)) == "Subject: ")
            #expect(try await String(buffer: first.read(0, from: 9, atMost: 100)) == "one\r\n\r\nx\r\n")
            #expect(try await first.read(0, from: 19, atMost: 100).readableBytes == 0)
            #expect(try await first.read(2, from: 0, atMost: 100).readableBytes == 0)
            try await first.remove([0, 2])
            await first.close()
            let second = try await StoredMaildrop(anna, in: store)
            #expect(second.messages.map(\.size) == [16, 17])
            #expect(second.messages[0] == first.messages[1])
            #expect(!first.messages.contains(second.messages[1]))
            await second.close()
        }
    }

    @Test("What is delivered is pulled by a client, and gone from the disk when it was removed")
    func delivery() async throws {
        try await withStore { store, anna in
            let messages = (1...20).map { "Subject: \($0)\r\n\r\n" + String(repeating: ".line\r\n", count: $0) }
            for message in messages { try await deliver(message, store, to: anna) }
            let service = { (configuration: POP3Service.Configuration, accounts: AccountStore) in
                POP3Service(
                    configuration: configuration, accounts: accounts, store: store,
                    group: MultiThreadedEventLoopGroup.singleton)
            }
            try await withPOP3(implicitTLS: true, service: service) { place in
                var client = try await POP3Client.connect(
                    host: place.address.host, port: place.address.port, security: .implicit(.file(place.certificate)),
                    group: MultiThreadedEventLoopGroup.singleton)
                try await client.logIn(user: "\(anna)", password: "secret word")
                var received: [String] = []
                for (number, _) in try await client.list() {
                    var message = ByteBuffer()
                    try await client.retrieve(number) { message.writeImmutableBuffer($0) }
                    received.append(String(buffer: message))
                    if number != 7 { try await client.delete(number) }
                }
                #expect(received == messages)
                try await client.quit()
            }
            #expect(try await store.account(anna).snapshot(of: "INBOX").messages.map(\.uid) == [7])
        }
    }

    @Test("Sizes of what other programs left with LF alone are those of what is sent")
    func foreign() async throws {
        try await withStore { store, anna in
            try await deliver("Subject: one\r\n\r\nx\r\n", store, to: anna)
            let folder = try await store.account(anna).root
            try Data("Subject: two\n\n.x\n".utf8).write(to: URL(filePath: folder + "/new/2000000000.procmail"))
            let service = { (configuration: POP3Service.Configuration, accounts: AccountStore) in
                POP3Service(
                    configuration: configuration, accounts: accounts, store: store,
                    group: MultiThreadedEventLoopGroup.singleton)
            }
            try await withPOP3(implicitTLS: true, service: service) { place in
                var client = try await POP3Client.connect(
                    host: place.address.host, port: place.address.port, security: .implicit(.file(place.certificate)),
                    group: MultiThreadedEventLoopGroup.singleton)
                try await client.logIn(user: "\(anna)", password: "secret word")
                let sizes = try await client.list().map(\.1)
                #expect(sizes == [19, 20])
                var message = ByteBuffer()
                try await client.retrieve(2) { message.writeImmutableBuffer($0) }
                #expect(String(buffer: message) == "Subject: two\r\n\r\n.x\r\n")
                try await client.quit()
            }
        }
    }

    @Test("One session at a time, and what others have expunged is gone")
    func exclusive() async throws {
        try await withStore { store, anna in
            try await deliver("Subject: one\r\n\r\n", store, to: anna)
            let first = try await StoredMaildrop(anna, in: store)
            await #expect(throws: MaildropError(.inUse, "another session has the maildrop")) {
                _ = try await StoredMaildrop(anna, in: store)
            }
            _ = try await store.account(anna).expunge("INBOX", uids: [1], force: true)
            do {
                _ = try await first.read(0, from: 0, atMost: 10)
                Issue.record("an expunged message was read")
            } catch let error as MaildropError {
                #expect(error.code == .gone)
            }
            try await first.remove([0])
            await first.close()
            let second = try await StoredMaildrop(anna, in: store)
            #expect(second.messages.isEmpty)
            await second.close()
        }
    }
}

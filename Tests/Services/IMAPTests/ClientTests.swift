import Accounts
import Foundation
import LineProtocol
import MailStore
import NIOCore
import NIOPosix
import Testing

@testable import IMAP

/// The client against the server of this package.
@Suite("An IMAP client")
struct IMAPClientTests {
    private static func connect(
        _ address: Endpoint, _ security: LineClient.TLSStart = .plain, logIn: Bool = true
    ) async throws -> IMAPClient {
        var client = try await IMAPClient.connect(
            host: security == .plain ? address.host : "localhost", port: address.port, security: security,
            group: MultiThreadedEventLoopGroup.singleton)
        if logIn { try await client.logIn(user: "ann@example.test", password: "secret") }
        return client
    }

    private static func read(_ client: inout IMAPClient, _ uid: UInt32) async throws -> String {
        var text = ByteBuffer()
        try await client.retrieve(uid) { text.writeImmutableBuffer($0) }
        return String(buffer: text)
    }

    private static func header(_ message: FetchedMessage) -> String {
        String(decoding: message.sections["BODY[HEADER.FIELDS"] ?? [], as: UTF8.self)
    }

    @Test("begins TLS, trusts whom it is told to, and logs in without sending the password")
    func startTLS() async throws {
        let harness = try await IMAPHarness()
        let certificate = harness.root + "/tls/certificate.pem"
        try await harness.serve({ $0.allowsPlaintext = { _ in false } }) { address in
            var client = try await Self.connect(address, .startTLS(.file(certificate)))
            #expect(client.connection.isSecure && client.capabilities.contains("IDLE"))
            try await client.logOut()
            var plain = try await Self.connect(address)
            #expect(try await plain.list().map(\.name).contains("INBOX"), "SCRAM needs no TLS")
            try await plain.logOut()
            let error = await #expect(throws: LineConnectionError.self) {
                _ = try await Self.connect(address, .startTLS(.system))
            }
            #expect(error?.code == .untrusted)
        }
    }

    @Test("is refused with a wrong password, and may try again")
    func wrongPassword() async throws {
        let harness = try await IMAPHarness()
        try await harness.serve { address in
            var client = try await Self.connect(address, logIn: false)
            let error = await #expect(throws: IMAPClientError.self) {
                try await client.logIn(user: "ann@example.test", password: "wrong")
            }
            #expect(error?.code == .logInRefused)
            try await client.logIn(user: "ann@example.test", password: "secret")
            try await client.logOut()
        }
    }

    @Test("lists mailboxes and messages, finds, reads, flags, moves and removes them")
    func messages() async throws {
        let harness = try await IMAPHarness()
        try await harness.store.account(IMAPHarness.ann).create("Übung & mehr")
        for name in ["one", "two", "three"] {
            try await harness.append("Subject: \(name)\r\nFrom: x@y.test\r\n\r\nText \(name) ß\r\n")
        }
        try await harness.serve { address in
            var client = try await Self.connect(address)
            let mailboxes = try await client.list()
            #expect(mailboxes.map(\.name).contains("Übung & mehr"))
            #expect(mailboxes.first { $0.name == "Trash" }?.attributes.contains("\\Trash") == true)
            let selected = try await client.select("INBOX")
            #expect(client.count == 3 && selected.uidNext == 4 && !selected.isReadOnly && selected.uidValidity > 0)
            let all = try await client.overview(of: .numbers(1...3), fields: ["SUBJECT"])
            #expect(all.map(Self.header) == ["one", "two", "three"].map { "Subject: \($0)\r\n\r\n" })
            #expect(
                all.map(\.uid) == [1, 2, 3] && all.allSatisfy { !$0.has("\\seen") && $0.internalDate == 837_596_665 })
            #expect(all.map(\.size) == [45, 45, 49])
            #expect(try await client.search() == [1, 2, 3])
            #expect(try await client.search(text: "text TWO ß") == [2])
            #expect(try await Self.read(&client, 2) == "Subject: two\r\nFrom: x@y.test\r\n\r\nText two ß\r\n")
            #expect(try await client.search(isUnseen: true) == [1, 2, 3], "reading leaves no trace")
            try await client.store([2, 9], .add, ["\\Seen"])
            #expect(try await client.search(isUnseen: true) == [1, 3])
            let seen = try await client.overview(of: .uids([2, 9]), fields: ["DATE"])
            #expect(seen.map(\.uid) == [2] && seen[0].has("\\SEEN"))
            try await client.copy([1], to: "Archive")
            try await client.move([3], to: "Übung & mehr")
            #expect(client.count == 2)
            try await client.store([1], .add, ["\\Deleted"])
            try await client.remove([2])
            #expect(try await client.search() == [1], "only what was meant is removed")
            let gone = await #expect(throws: IMAPClientError.self) { _ = try await Self.read(&client, 2) }
            #expect(gone?.code == .noMessage)
            let nowhere = await #expect(throws: IMAPClientError.self) { try await client.move([1], to: "Nowhere") }
            #expect(nowhere?.code == .noMailbox)
            try await client.select("Übung & mehr", isReadOnly: true)
            #expect(try await client.search() == [1])
            await #expect(throws: IMAPClientError.self) { try await client.store([1], .add, ["\\Seen"]) }
            let missing = await #expect(throws: IMAPClientError.self) { try await client.select("Missing") }
            #expect(missing?.code == .noMailbox)
            try await client.logOut()
        }
    }

    @Test("takes a large message in pieces, and none that is larger than wanted")
    func large() async throws {
        let harness = try await IMAPHarness()
        let line = String(repeating: "x", count: 70) + "\r\n"
        let text = "Subject: large\r\n\r\n" + String(repeating: line, count: 100_000)
        try await harness.append(text)
        try await harness.append("")
        try await harness.serve { address in
            var client = try await Self.connect(address)
            try await client.select("INBOX")
            var pieces = 0
            var octets = 0
            try await client.retrieve(1, maximumSize: text.utf8.count) { piece in
                pieces += 1
                octets += piece.readableBytes
            }
            #expect(octets == text.utf8.count && pieces > 10)
            #expect(try await Self.read(&client, 2).isEmpty)
            let error = await #expect(throws: IMAPClientError.self) {
                try await client.retrieve(1, maximumSize: 1000) { _ in Issue.record("it is not wanted") }
            }
            #expect(error?.code == .tooLarge)
        }
    }

    @Test("is told of a message that comes while it waits, and of one that came before")
    func idle() async throws {
        let harness = try await IMAPHarness()
        try await harness.serve { address in
            var client = try await Self.connect(address)
            try await client.select("INBOX")
            let known = client.arrivals
            #expect(try await !client.idle(beyond: known, within: .milliseconds(1)))
            async let delivery: Void = harness.deliver("Subject: new\r\n\r\n")
            #expect(try await client.idle(beyond: known, within: .seconds(600)))
            try await delivery
            #expect(client.count == 1)
            #expect(try await client.idle(beyond: known, within: .seconds(600)))
            // One goes, another comes: as many as before.
            try await client.remove([1])
            let later = client.arrivals
            try await harness.deliver("Subject: another\r\n\r\n")
            #expect(try await client.idle(beyond: later, within: .seconds(600)))
            #expect(client.count == 1)
            #expect(try await client.search() == [2])
            try await client.logOut()
        }
    }
}

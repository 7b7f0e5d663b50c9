import Foundation
import LineProtocol
import Logging
import MailStore
import NIOCore
import NIOPosix
import ServiceLifecycle
import Testing

@testable import IMAP

/// A server that says what it was told to, whatever it hears: others' ways, and what none should do.
private struct ScriptedServer {
    /// Lines that the client sends, by their beginning without the tag, and what is answered; `$` stands for the tag.
    var steps: [(expected: String, answer: String)]
    var greeting = "* OK ready\r\n"

    /// Runs `body` with a client that has connected.
    func serve<Value: Sendable>(
        _ security: LineClient.TLSStart = .plain, _ body: @escaping @Sendable (inout IMAPClient) async throws -> Value
    ) async throws -> Value {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let server = LineServer(configuration: LineServer.Configuration(host: "127.0.0.1", port: 0, logger: logger)) {
            [steps, greeting] connection in
            try await connection.write(greeting)
            var reader = LineReader(connection, maximumLength: 10_000)
            for (expected, answer) in steps {
                guard case .line(let line)? = try await reader.next() else { return }
                let text = String(buffer: line)
                let tag = text.prefix { $0 != " " }
                guard text.dropFirst(tag.count + 1).hasPrefix(expected) || text.hasPrefix(expected) else {
                    try await connection.write("* BYE \(expected) was expected, not \(text)\r\n")
                    return
                }
                try await connection.write(answer.replacing("$", with: tag))
            }
            // Until the client leaves.
            while try await reader.next() != nil {}
        }
        let address = try await server.bind()
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: server, successTerminationBehavior: .gracefullyShutdownGroup)],
                logger: logger))
        async let running: Void = group.run()
        let result: Result<Value, any Error>
        do {
            var client = try await IMAPClient.connect(
                host: "127.0.0.1", port: address.port, security: security,
                group: MultiThreadedEventLoopGroup.singleton)
            defer { client.close() }
            result = .success(try await body(&client))
        } catch {
            result = .failure(error)
        }
        await group.triggerGracefulShutdown()
        try await running
        return try result.get()
    }

    /// The code of the error that `body` ends with.
    func failure(
        _ security: LineClient.TLSStart = .plain,
        _ body: @escaping @Sendable (inout IMAPClient) async throws -> Void = { _ in }
    ) async -> IMAPClientError? {
        await #expect(throws: IMAPClientError.self) { try await serve(security, body) }
    }
}

@Suite("An IMAP client with other servers")
struct ForeignServerTests {
    private static let capabilities = (expected: "CAPABILITY", answer: "* CAPABILITY IMAP4rev1\r\n$ OK done\r\n")

    @Test("logs in by LOGIN where there is nothing better, and only where that may be")
    func login() async throws {
        // The line behind the literal has no tag.
        let server = ScriptedServer(steps: [
            Self.capabilities, ("LOGIN \"a\" {7}", "+ go on\r\n"),
            ("pässw", "a2 OK [CAPABILITY IMAP4rev1 IDLE] in\r\n"),
        ])
        let canIdle = try await server.serve { client in
            try await client.logIn(user: "a", password: "pässwd", allowsPlaintext: true)
            return client.canIdle
        }
        #expect(canIdle)
        let refused = await ScriptedServer(steps: [Self.capabilities]).failure {
            try await $0.logIn(user: "a", password: "x")
        }
        #expect(refused?.code == .insecure)
        let disabled = ScriptedServer(
            steps: [], greeting: "* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] ready\r\n")
        let error = await disabled.failure { try await $0.logIn(user: "a", password: "x", allowsPlaintext: true) }
        #expect(error?.code == .insecure)
    }

    @Test("logs in by PLAIN without an initial response")
    func plain() async throws {
        let server = ScriptedServer(
            steps: [("AUTHENTICATE PLAIN", "+ \r\n"), ("AGEAYg==", "a1 OK in\r\n"), Self.capabilities],
            greeting: "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=X] ready\r\n")
        try await server.serve { try await $0.logIn(user: "a", password: "b", allowsPlaintext: true) }
    }

    @Test("finds out that a server does not know the password")
    func impostor() async {
        let server = ScriptedServer(
            steps: [("AUTHENTICATE SCRAM-SHA-256 ", "$ OK welcome\r\n")],
            greeting: "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=SCRAM-SHA-256] ready\r\n")
        await #expect(throws: (any Error).self) {
            try await server.serve { try await $0.logIn(user: "a", password: "b") }
        }
    }

    @Test("does not go on without TLS when it is wanted, whatever the server says")
    func noTLS() async {
        let trust = LineClient.TLSStart.startTLS(.anybody)
        #expect(await ScriptedServer(steps: [Self.capabilities]).failure(trust)?.code == .insecure)
        let known = ScriptedServer(steps: [], greeting: "* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] hello\r\n")
        #expect(await known.failure(trust)?.code == .insecure)
        let refusing = ScriptedServer(
            steps: [("STARTTLS", "$ NO not now\r\n")], greeting: "* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n")
        #expect(await refusing.failure(trust)?.code == .refused)
    }

    @Test(
        "tells servers that are busy, or none, or stop from those that refuse",
        arguments: [
            ("* BYE too many\r\n", IMAPClientError.Code.hungUp), ("HTTP/1.1 400 Bad Request\r\n", .protocolViolation),
            ("220 mx ESMTP\r\n", .protocolViolation), ("* 3 EXISTS\r\n", .protocolViolation),
            ("* OK\n", .protocolViolation),
            ("\0", .protocolViolation),
        ])
    func greetings(_ greeting: String, code: IMAPClientError.Code) async {
        #expect(await ScriptedServer(steps: [], greeting: greeting).failure()?.code == code)
    }

    @Test("removes no others' messages where the server cannot tell them apart")
    func removing() async throws {
        let alone = ScriptedServer(steps: [
            Self.capabilities, ("UID STORE 7 +FLAGS.SILENT (\\Deleted)", "$ OK\r\n"),
            ("UID SEARCH DELETED", "* SEARCH 7\r\n$ OK\r\n"), ("EXPUNGE", "* 1 EXPUNGE\r\n$ OK\r\n"),
        ])
        try await alone.serve { try await $0.remove([7]) }
        let others = ScriptedServer(steps: [
            Self.capabilities, ("UID STORE 7", "$ OK\r\n"), ("UID SEARCH DELETED", "* SEARCH 3 7\r\n$ OK\r\n"),
        ])
        #expect(await others.failure { try await $0.remove([7]) }?.code == .refused)
        let moved = ScriptedServer(steps: [
            Self.capabilities, ("UID COPY 1:2 \"Archive\"", "$ OK\r\n"), ("UID STORE 1:2", "$ OK\r\n"),
            ("UID SEARCH DELETED", "* SEARCH\r\n$ OK\r\n"), ("EXPUNGE", "$ OK\r\n"),
        ])
        try await moved.serve { try await $0.move([2, 1], to: "Archive") }
    }

    @Test("takes messages however they are sent, and none that it did not ask for")
    func fetching() async throws {
        func fetched(_ answer: String) -> ScriptedServer {
            ScriptedServer(steps: [Self.capabilities, ("UID FETCH 7 (UID BODY.PEEK[])", answer + "$ OK\r\n")])
        }
        let read: @Sendable (inout IMAPClient) async throws -> String = { client in
            var text = ByteBuffer()
            try await client.retrieve(7) { text.writeImmutableBuffer($0) }
            return String(buffer: text)
        }
        let only: @Sendable (inout IMAPClient) async throws -> Void = { _ = try await read(&$0) }
        #expect(
            try await fetched("* 2 FETCH (FLAGS (\\Seen))\r\n* 1 FETCH (BODY[] {4}\r\na\r\nb UID 7)\r\n").serve(
                .plain, read) == "a\r\nb")
        #expect(try await fetched("* 1 FETCH (UID 7 body[] \"ab\")\r\n").serve(.plain, read) == "ab")
        #expect(await fetched("* 1 FETCH (UID 7 BODY[] NIL)\r\n").failure(.plain, only)?.code == .noMessage)
        #expect(await fetched("").failure(.plain, only)?.code == .noMessage)
        #expect(
            await fetched("* 1 FETCH (UID 8 BODY[] {1}\r\nx)\r\n").failure(.plain, only)?.code == .protocolViolation)
        let twice = "* 1 FETCH (UID 7 BODY[] {1}\r\nx)\r\n"
        #expect(await fetched(twice + twice).failure(.plain, only)?.code == .protocolViolation)
        #expect(await fetched("* 1 FETCH (UID 7 X {999999999}\r\n").failure(.plain, only)?.code == .tooLarge)
        #expect(await fetched("* BYE shutting down\r\n").failure(.plain, only)?.code == .hungUp)
    }
}

import Accounts
import Foundation
import IMAP
import LineProtocol
import Logging
import MailStore
import NIOCore
import ServiceLifecycle

/// A server on a free port with one account, `ann@example.test` with the password `secret`, in a folder of its own.
final class IMAPHarness: Sendable {
    let root = FileManager.default.temporaryDirectory.path + "/imap.\(UUID().uuidString)"
    let accounts: AccountStore
    let store: MailStore
    static let ann = AccountName("ann@example.test")!

    init() async throws {
        accounts = try AccountStore(folder: root, iterations: 4096)
        try await accounts.add(Self.ann, password: "secret")
        store = MailStore(root: root + "/mail")
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    /// Adds a message that some session was told of.
    func append(_ text: String, to mailbox: String = "INBOX", flags: [String] = []) async throws {
        let spool = try await store.spool()
        try await spool.write(ByteBuffer(string: text))
        let account = try await store.account(Self.ann)
        _ = try await account.append(
            spool, to: mailbox, flags: MessageFlags(names: flags), internalDate: 837_596_665)
        _ = try await account.snapshot(of: mailbox, claimsRecent: true)
    }

    func deliver(_ text: String) async throws {
        let spool = try await store.spool()
        try await spool.write(ByteBuffer(string: text))
        try await store.deliver(spool, to: [Self.ann])
    }

    /// Runs `body` while the server runs.
    func serve<Value: Sendable>(
        _ change: (inout IMAPService.Configuration) -> Void = { _ in },
        _ body: @escaping @Sendable (Endpoint) async throws -> Value
    ) async throws -> Value {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        var configuration = IMAPService.Configuration(logger: logger)
        configuration.allowsPlaintext = { _ in true }
        configuration.failures = FailureLog(firstDelay: .zero)
        configuration.lookInterval = .milliseconds(50)
        change(&configuration)
        let service = IMAPService(configuration: configuration, accounts: accounts, store: store)
        var listening = LineServer.Configuration(host: "127.0.0.1", port: 0, logger: logger)
        listening.security = .upgradable(try TLSIdentity.selfSigned(in: root + "/tls", names: []))
        let server = LineServer(configuration: listening) { try await service.serve($0) }
        let address = try await server.bind()
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: server, successTerminationBehavior: .gracefullyShutdownGroup)],
                logger: logger))
        async let running: Void = group.run()
        let result: Result<Value, any Error>
        do { result = .success(try await body(address)) } catch { result = .failure(error) }
        await group.triggerGracefulShutdown()
        try await running
        return try result.get()
    }
}

/// A client that reads line by line.
struct IMAPTestClient {
    private var reader: LineReader

    init(_ address: Endpoint) async throws {
        let connection = try await LineClient.connect(host: address.host, port: address.port)
        reader = LineReader(connection, maximumLength: 100_000)
    }

    func send(_ text: String) async throws { try await reader.connection.write(text) }

    /// The next line; nil at the end.
    mutating func line() async throws -> String? {
        guard case .line(let line)? = try await reader.next(within: .seconds(60)) else { return nil }
        return String(buffer: line)
    }

    /// Lines up to the one that begins so.
    mutating func lines(until prefix: String) async throws -> [String] {
        var lines: [String] = []
        while let line = try await line() {
            lines.append(line)
            if line.hasPrefix(prefix) { break }
        }
        return lines
    }

    /// Sends a command and gives all that is answered.
    mutating func command(_ text: String) async throws -> [String] {
        try await send("t \(text)\r\n")
        return try await lines(until: "t ")
    }

    /// Sends no more, and goes on reading.
    func finish() async throws { try await reader.connection.finishWriting() }

    func close() { reader.connection.close() }
}

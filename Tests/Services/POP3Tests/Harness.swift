import Accounts
import Foundation
import LineProtocol
import Logging
import NIOCore
import NIOPosix
import POP3
import ServiceLifecycle
import Subprocess
import Synchronization

/// Maildrops in memory.
final class MemoryMaildrops: Sendable {
    private struct State {
        var messages: [[(id: String, bytes: ByteBuffer)]] = [[]]
        var isOpen = false
        var closed = AsyncStream<Void>.makeStream()
    }

    private let state = Mutex(State())

    init(_ messages: [ByteBuffer]) {
        state.withLock { state in
            state.messages = [messages.enumerated().map { index, bytes in ("1.\(index + 1)", bytes) }]
        }
    }

    /// What is left.
    var messages: [ByteBuffer] { state.withLock { $0.messages[0].map(\.bytes) } }

    /// Waits until a session has ended.
    func closed() async {
        var events = state.withLock { $0.closed.stream }.makeAsyncIterator()
        await events.next()
    }

    func open() throws(MaildropError) -> any Maildrop {
        let messages: [(id: String, bytes: ByteBuffer)]? = state.withLock { state in
            if state.isOpen { return nil }
            state.isOpen = true
            return state.messages[0]
        }
        guard let messages else { throw MaildropError(.inUse, "in use") }
        return Session(
            messages: messages.map { MaildropMessage(size: $0.bytes.readableBytes, uniqueID: $0.id) },
            bytes: messages.map(\.bytes), store: self)
    }

    fileprivate func remove(_ ids: [String]) {
        state.withLock { $0.messages[0].removeAll { ids.contains($0.id) } }
    }

    fileprivate func close() {
        state.withLock { state in
            state.isOpen = false
            state.closed.continuation.yield()
        }
    }

    private struct Session: Maildrop {
        let messages: [MaildropMessage]
        let bytes: [ByteBuffer]
        let store: MemoryMaildrops

        func read(_ message: Int, from offset: Int, atMost count: Int) async throws -> ByteBuffer {
            let bytes = bytes[message]
            return bytes.getSlice(at: offset, length: min(count, bytes.readableBytes - offset)) ?? ByteBuffer()
        }

        func remove(_ messages: [Int]) async throws { store.remove(messages.map { self.messages[$0].uniqueID }) }
        func close() async { store.close() }
    }
}

/// A server's address, and a file with the certificate that it shows.
struct POP3Place: Sendable {
    var address: Endpoint
    var certificate: String
    var stop: @Sendable () async -> Void
}

/// A server for `anna@example.test`, password `secret word`, while `body` runs.
func withPOP3<Result: Sendable>(
    _ maildrops: MemoryMaildrops, implicitTLS: Bool = false,
    configure: (inout POP3Service.Configuration) -> Void = { _ in },
    _ body: @escaping @Sendable (POP3Place) async throws -> Result
) async throws -> Result {
    try await withPOP3(
        implicitTLS: implicitTLS, configure: configure,
        service: { configuration, accounts in
            POP3Service(
                configuration: configuration, accounts: accounts, group: MultiThreadedEventLoopGroup.singleton
            ) { _ in try maildrops.open() }
        }, body)
}

/// The same with a service of the caller's making.
func withPOP3<Result: Sendable>(
    implicitTLS: Bool = false, configure: (inout POP3Service.Configuration) -> Void = { _ in },
    service: (POP3Service.Configuration, AccountStore) -> POP3Service,
    _ body: @escaping @Sendable (POP3Place) async throws -> Result
) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(component: UUID().uuidString).path()
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let accounts = try AccountStore(folder: folder, iterations: 4096)
    if let anna = AccountName("anna@example.test") { try await accounts.add(anna, password: "secret word") }
    let identity = try TLSIdentity.selfSigned(in: folder + "/tls", names: ["localhost"])
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    var server = LineServer.Configuration(host: "127.0.0.1", port: 0, logger: logger)
    server.security = implicitTLS ? .implicit(identity) : .upgradable(identity)
    var configuration = POP3Service.Configuration(server: server)
    configuration.failures = FailureLog(firstDelay: .zero)
    configure(&configuration)
    let service = service(configuration, accounts)
    let address = try await service.bind()
    let group = ServiceGroup(
        configuration: ServiceGroupConfiguration(
            services: [.init(service: service, successTerminationBehavior: .gracefullyShutdownGroup)], logger: logger))
    async let running: Void = group.run()
    do {
        let result = try await body(
            POP3Place(
                address: address, certificate: folder + "/tls/certificate.pem",
                stop: { await group.triggerGracefulShutdown() }))
        await group.triggerGracefulShutdown()
        try await running
        return result
    } catch {
        await group.triggerGracefulShutdown()
        try await running
        throw error
    }
}

/// Runs a program to its end and gives what it printed.
func program(_ name: String, _ arguments: [String]) async throws -> (isSuccess: Bool, output: String, error: String) {
    let result = try await run(
        .name(name), arguments: Arguments(arguments), output: .string(limit: 16 << 20), error: .string(limit: 16 << 20))
    return (result.terminationStatus.isSuccess, result.standardOutput, result.standardError)
}

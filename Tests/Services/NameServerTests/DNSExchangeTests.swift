import DNS
import Foundation
import LineProtocol
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization
import Testing

@testable import NameServer

@Suite("An exchange with a name server")
struct DNSExchangeTests {
    private let exchange = DNSExchange(group: MultiThreadedEventLoopGroup.singleton)
    private let patience = TimeAmount.seconds(60)

    /// Replies as a closure says.
    private struct Scripted: DNSResponder {
        var script: @Sendable (DNSMessage, DNSPeer) -> DNSReply

        func reply(to octets: [UInt8], from peer: DNSPeer) -> DNSReply {
            guard let query = try? DNSMessage(octets) else { return .nothing }
            return script(query, peer)
        }
    }

    private func withServer(
        _ script: @escaping @Sendable (DNSMessage, DNSPeer) -> DNSReply, body: (Endpoint) async throws -> Void
    ) async throws {
        let silent = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        var configuration = NameServer.Configuration(host: "127.0.0.1", port: 0, logger: silent)
        // What a busy machine does meanwhile is no reason to close a connection.
        configuration.idleTime = .minutes(10)
        let server = NameServer(
            configuration: configuration, group: MultiThreadedEventLoopGroup.singleton,
            responder: Scripted(script: script))
        let endpoint = try await server.bind()
        let group = ServiceGroup(configuration: .init(services: [server], logger: silent))
        async let running: Void = group.run()
        do {
            try await body(endpoint)
        } catch {
            await group.triggerGracefulShutdown()
            throw error
        }
        await group.triggerGracefulShutdown()
        try await running
    }

    private func query(_ name: String) throws -> DNSMessage {
        var query = DNSMessage(id: 7)
        query.questions = [.init(try DomainName(name), .a)]
        return query
    }

    private static func answer(_ query: DNSMessage) -> DNSMessage {
        var answer = DNSMessage(answering: query)
        answer.answers = query.questions.map {
            ResourceRecord(name: $0.name, type: .txt, ttl: 1, data: RecordData(texts: ["here"]))
        }
        return answer
    }

    private func code(_ body: () async throws -> Void) async -> DNSExchangeError.Code? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? DNSExchangeError)?.code
        }
    }

    @Test("gets the answer over UDP and TCP, each with another id that is not the caller's")
    func transports() async throws {
        let ids = Mutex<Set<UInt16>>([])
        try await withServer { query, _ in
            _ = ids.withLock { $0.insert(query.id) }
            return .message(Self.answer(query).encoded())
        } body: { server in
            for transport in [DNSExchange.Transport.udp, .tcp] {
                for _ in 1...8 {
                    let answer = try await exchange.ask(
                        query("a.test."), of: server, over: transport, timeout: patience)
                    #expect(answer.id == 7 && answer.answers.count == 1)
                }
            }
        }
        #expect(ids.withLock(\.count) > 8)
    }

    @Test("passes over what does not belong to the question, and gives UDP up when there is much of it")
    func strangers() async throws {
        try await withServer { query, peer in
            var forged = Self.answer(query)
            switch query.questions.first?.name.labels.first.map({ String(decoding: $0, as: UTF8.self) }) {
            case "case":
                forged.questions = forged.questions.map { .init($0.name.canonical, $0.type) }
                return .message(forged.encoded())
            case "name":
                forged.questions = [.init(.root, .a)]
                return .message(forged.encoded())
            case "empty":
                forged.questions = []
                forged.responseCode = .formatError
                return .message(forged.encoded())
            default:
                forged.id &+= 1
                return .message(forged.encoded())
            }
        } body: { server in
            #expect(
                await code {
                    _ = try await exchange.ask(query("case.TeSt."), of: server, over: .udp, timeout: patience)
                } == .suspicious)
            // Over TCP nobody guesses, and the case says nothing.
            let answer = try await exchange.ask(query("case.TeSt."), of: server, over: .tcp, timeout: patience)
            #expect(answer.answers.count == 1)
            #expect(
                try await exchange.ask(query("empty."), of: server, over: .udp, timeout: patience).responseCode
                    == .formatError)
            for name in ["name.test.", "id.test."] {
                #expect(
                    await code {
                        _ = try await exchange.ask(
                            query(name), of: server, over: .udp, timeout: .milliseconds(200))
                    } == .timedOut)
                #expect(
                    await code {
                        _ = try await exchange.ask(query(name), of: server, over: .tcp, timeout: patience)
                    } == .malformed)
            }
        }
    }

    @Test("says who is not there and who is silent")
    func failures() async throws {
        try await withServer { _, peer in
            peer.isTCP ? .later { nil } : .nothing
        } body: { server in
            for transport in [DNSExchange.Transport.udp, .tcp] {
                #expect(
                    await code {
                        _ = try await exchange.ask(
                            query("a."), of: server, over: transport, timeout: .milliseconds(200))
                    } == .timedOut)
            }
        }
        // A port that was free a moment ago.
        var gone = Endpoint(host: "127.0.0.1", port: 0)
        try await withServer { _, _ in
            .nothing
        } body: {
            gone = $0
        }
        for transport in [DNSExchange.Transport.udp, .tcp] {
            #expect(
                await code {
                    _ = try await exchange.ask(query("a."), of: gone, over: transport, timeout: patience)
                } == .unreachable)
        }
        #expect(
            await code {
                _ = try await exchange.ask(
                    query("a."), of: Endpoint(host: "name.test", port: 53), over: .udp, timeout: patience)
            } == .unreachable)
    }

    @Test("takes many messages as fast as they are wanted, and ends when it has enough")
    func streams() async throws {
        try await withServer { query, _ in
            var answer = Self.answer(query)
            answer.answers = (0..<1_000).map { _ in answer.answers[0] }
            return .messages([[UInt8]](repeating: answer.encoded(), count: 200))
        } body: { server in
            var count = 0
            try await exchange.receive(query("a.test."), of: server, timeout: patience) { message in
                #expect(message.id == 7)
                count += message.answers.count
                return count < 100_000
            }
            #expect(count == 100_000)
            #expect(
                await code {
                    try await exchange.receive(query("a."), of: server, timeout: .milliseconds(300)) { _ in true }
                } == .timedOut)
        }
    }

    @Test("closes its socket when the task is cancelled")
    func cancellation() async throws {
        let asked = AsyncStream.makeStream(of: Void.self)
        try await withServer { _, peer in
            asked.continuation.yield()
            return .later { nil }
        } body: { server in
            for transport in [DNSExchange.Transport.udp, .tcp] {
                let task = Task { [exchange, query = try query("a.")] in
                    try await exchange.ask(query, of: server, over: transport, timeout: .hours(1))
                }
                for await _ in asked.stream { break }
                task.cancel()
                await #expect(throws: CancellationError.self) { try await task.value }
            }
        }
    }
}

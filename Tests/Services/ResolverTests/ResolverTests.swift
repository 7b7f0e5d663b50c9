import DNS
import LineProtocol
import Logging
import NIOCore
import NIOPosix
import NameServer
import ServiceLifecycle
import Synchronization
import Testing

@testable import Resolver

@Suite("A resolver on the network")
struct ResolverTests {
    private static let silent = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    private let group = MultiThreadedEventLoopGroup.singleton
    private let patience = TimeAmount.seconds(60)

    /// Counts what an authority is asked.
    private final class Counted: DNSResponder {
        private let inner: any DNSResponder
        private let total = Mutex(0)

        init(_ inner: any DNSResponder) { self.inner = inner }

        var count: Int { total.withLock(\.self) }

        func reply(to octets: [UInt8], from peer: DNSPeer) -> DNSReply {
            total.withLock { $0 += 1 }
            return inner.reply(to: octets, from: peer)
        }
    }

    private struct Hierarchy {
        var port: Int
        var hints: RootHints
        var servers: [String: Counted]
    }

    private func zone(_ origin: String, _ lines: String) throws -> Zone {
        let text = "$TTL 60\n@ SOA ns host 1 1 1 1 30\n" + lines
        return try Zone(
            try MasterFile.records(in: Array(text.utf8), path: origin, origin: try DomainName(origin)))
    }

    /// root > test > cdn.test, each on an address of its own, all on one port.
    private func withHierarchy(_ body: (Hierarchy) async throws -> Void) async throws {
        let many = (1...60).map { "many AAAA 2001:db8::\($0)\n" }.joined()
        let zones = [
            "127.0.41.1": try zone(
                ".", "@ NS a.root.\na.root. A 127.0.41.1\ntest. NS ns.test.\nns.test. A 127.0.41.2\n"),
            "127.0.41.2": try zone(
                "test.",
                "@ NS ns\nns A 127.0.41.2\ncdn NS ns.cdn\nns.cdn A 127.0.41.3\ndead NS ns.dead\nns.dead A 127.0.41.9\n"),
            "127.0.41.3": try zone(
                "cdn.test.", "@ NS ns\nns A 127.0.41.3\nvideo CNAME edge\nedge A 192.0.2.1\n" + many),
        ]
        let hints = try RootHints(content: Array(". 1 NS a.root.\na.root. 1 A 127.0.41.1\n".utf8), path: "hints")
        for _ in 1...10 {
            // Somebody may have the port on another address.
            guard let (servers, counted, port) = try? await listen(zones) else { continue }
            return try await run(servers) {
                try await body(Hierarchy(port: port, hints: hints, servers: counted))
            }
        }
        Issue.record("there is no port that is free on three addresses")
    }

    private func listen(
        _ zones: [String: Zone]
    ) async throws -> (servers: [NameServer], counted: [String: Counted], port: Int) {
        var (servers, counted, port): ([NameServer], [String: Counted], Int) = ([], [:], 0)
        for (host, zone) in zones.sorted(by: { $0.key < $1.key }) {
            var configuration = AuthorityResponder.Configuration(logger: Self.silent)
            configuration.rateLimit = nil
            let responder = Counted(AuthorityResponder(configuration: configuration, zones: ZoneTable([zone])))
            let server = NameServer(
                configuration: NameServer.Configuration(host: host, port: port, logger: Self.silent),
                group: group, responder: responder)
            port = try await server.bind().port
            servers.append(server)
            counted[host] = responder
        }
        return (servers, counted, port)
    }

    private func run(_ servers: [NameServer], _ body: () async throws -> Void) async throws {
        let services = ServiceGroup(configuration: .init(services: servers, logger: Self.silent))
        async let running: Void = services.run()
        do {
            try await body()
        } catch {
            await services.triggerGracefulShutdown()
            throw error
        }
        await services.triggerGracefulShutdown()
        try await running
    }

    private func configuration(_ hierarchy: Hierarchy) -> ResolverConfiguration {
        var configuration = ResolverConfiguration()
        configuration.hints = hierarchy.hints
        configuration.port = UInt16(hierarchy.port)
        configuration.usesLoopback = true
        configuration.usesIPv6 = false
        // A busy machine is no silent server.
        configuration.deadline = .seconds(60)
        configuration.attempts = 20
        return configuration
    }

    private func withResolver(
        _ configuration: ResolverConfiguration, clients: [String]? = nil, tellsSubnets: Bool = false,
        _ body: (Endpoint, ResolverResponder) async throws -> Void
    ) async throws {
        let resolver = Resolver(configuration: configuration, group: group, logger: Self.silent)
        var access = ResolverResponder.Configuration()
        if let clients { access.clients = clients.compactMap { IPNetwork($0) } }
        access.tellsSubnets = tellsSubnets
        let responder = ResolverResponder(configuration: access, resolver: resolver)
        let server = NameServer(
            configuration: NameServer.Configuration(host: "127.0.0.1", port: 0, logger: Self.silent), group: group,
            responder: responder)
        let endpoint = try await server.bind()
        try await run([server]) { try await body(endpoint, responder) }
    }

    private func query(
        _ name: String, _ type: RecordType = .a, edns: EDNS? = EDNS(), recursion: Bool = true
    ) throws -> DNSMessage {
        var query = DNSMessage(id: 1, flags: recursion ? .recursionDesired : [])
        query.questions = [.init(try DomainName(name), type)]
        query.edns = edns
        return query
    }

    private func ask(
        _ query: DNSMessage, _ server: Endpoint, _ transport: DNSExchange.Transport = .udp
    ) async throws -> DNSMessage {
        try await DNSExchange(group: group).ask(query, of: server, over: transport, timeout: patience)
    }

    @Test("iterates from the root, over TCP where answers are large, and answers from its cache then")
    func iteration() async throws {
        try await withHierarchy { hierarchy in
            try await withResolver(configuration(hierarchy)) { server, responder in
                let answer = try await ask(query("video.CDN.test."), server)
                #expect(answer.flags.isSuperset(of: [.response, .recursionAvailable, .recursionDesired]))
                #expect(!answer.flags.contains(.authoritative))
                #expect(
                    // The whole message has the question's case, as its names are compressed.
                    answer.answers.map { "\($0.name) \($0.type) \($0.data.text(as: $0.type))".lowercased() }
                        == ["video.cdn.test. cname edge.cdn.test.", "edge.cdn.test. a 192.0.2.1"])
                let asked = hierarchy.servers.values.map(\.count)
                #expect(try await ask(query("video.cdn.test."), server).answers.count == 2)
                #expect(hierarchy.servers.values.map(\.count) == asked)
                // Without a task.
                let octets = try query("video.cdn.test.").encoded()
                let peer = DNSPeer(address: try #require(IPAddress("127.0.0.1")), isTCP: false)
                guard case .message = responder.reply(to: octets, from: peer) else {
                    Issue.record("the cache does not answer at once")
                    return
                }
                let large = try await ask(query("many.cdn.test.", .aaaa), server)
                #expect(large.flags.contains(.truncated))
                #expect(try await ask(query("many.cdn.test.", .aaaa), server, .tcp).answers.count == 60)
                let none = try await ask(query("none.cdn.test."), server)
                #expect(none.responseCode == .nameError && none.authorities.first?.type == .soa)
                #expect(none.authorities.first.map { $0.ttl <= 30 } == true)
                let empty = try await ask(query("edge.cdn.test.", .mx), server)
                #expect(empty.responseCode == .noError && empty.answers.isEmpty && empty.authorities.count == 1)
            }
        }
    }

    @Test("answers many clients with one iteration")
    func coalescing() async throws {
        try await withHierarchy { hierarchy in
            try await withResolver(configuration(hierarchy)) { server, _ in
                try await withThrowingTaskGroup(of: Int.self) { tasks in
                    for _ in 0..<50 {
                        tasks.addTask { try await ask(query("edge.cdn.test."), server, .tcp).answers.count }
                    }
                    for try await count in tasks { #expect(count == 1) }
                }
                #expect(hierarchy.servers["127.0.41.3"].map { $0.count < 50 } == true)
            }
        }
    }

    @Test("asks another resolver to do the work, if told to")
    func forwarding() async throws {
        try await withHierarchy { hierarchy in
            try await withResolver(configuration(hierarchy)) { upstream, _ in
                var forwarding = configuration(hierarchy)
                let address = try #require(IPAddress(upstream.host))
                forwarding.forwarders = [ServerAddress(address, port: UInt16(upstream.port))]
                try await withResolver(forwarding) { server, _ in
                    let small = try await ask(query("video.cdn.test."), server)
                    let large = try await ask(query("many.cdn.test.", .aaaa), server, .tcp)
                    let none = try await ask(query("none.test."), server)
                    #expect(small.answers.count == 2 && large.answers.count == 60)
                    #expect(none.responseCode == .nameError)
                }
            }
        }
    }

    @Test("is closed to strangers, who get a short no")
    func strangers() async throws {
        try await withHierarchy { hierarchy in
            try await withResolver(configuration(hierarchy), clients: ["10.0.0.0/8"]) { server, _ in
                for transport in [DNSExchange.Transport.udp, .tcp] {
                    let query = try query("video.cdn.test.")
                    let answer = try await ask(query, server, transport)
                    #expect(answer.responseCode == .refused && answer.answers.isEmpty)
                    let size = answer.encoded().count
                    #expect(size < query.encoded().count * 3)
                    #expect(answer.edns?.option(.extendedError).map { Array($0.prefix(2)) } == [0, 18])
                }
                #expect(hierarchy.servers.values.allSatisfy { $0.count == 0 })
            }
            #expect(
                ResolverResponder.Configuration().clients.map(\.description) == ["127.0.0.0/8", "::1/128"])
        }
    }

    @Test("says why there is no answer")
    func failures() async throws {
        try await withHierarchy { hierarchy in
            try await withResolver(configuration(hierarchy)) { server, _ in
                let answer = try await ask(query("www.dead.test."), server)
                #expect(answer.responseCode == .serverFailure)
                let option = try #require(answer.edns?.option(.extendedError))
                #expect(option.prefix(2) == [0, 22])
                #expect(String(decoding: option.dropFirst(2), as: UTF8.self) == "no server of dead.test. answers")
                // Who does not speak EDNS gets none.
                #expect(try await ask(query("www.dead.test.", edns: nil), server).edns == nil)
            }
        }
    }

    @Test("refuses what is no question for a resolver, and is silent to answers")
    func misuse() async throws {
        try await withHierarchy { hierarchy in
            try await withResolver(configuration(hierarchy)) { server, responder in
                let peer = DNSPeer(address: try #require(IPAddress("127.0.0.1")), isTCP: false)
                func reply(_ message: DNSMessage) throws -> DNSMessage? {
                    guard case .message(let octets) = responder.reply(to: message.encoded(), from: peer) else {
                        return nil
                    }
                    return try DNSMessage(octets)
                }
                var echo = try query("edge.cdn.test.")
                echo.flags.insert(.response)
                #expect(try reply(echo) == nil)
                var two = try query("edge.cdn.test.")
                two.questions.append(two.questions[0])
                #expect(try reply(two)?.responseCode == .formatError)
                var update = try query("edge.cdn.test.")
                update.opcode = .update
                #expect(try reply(update)?.responseCode == .notImplemented)
                var version = try query("edge.cdn.test.")
                version.edns?.version = 1
                #expect(try reply(version)?.responseCode == .badVersion)
                var subnet = try query("edge.cdn.test.")
                subnet.edns?.options = [.init(.clientSubnet, [0, 1, 33, 0, 1, 2, 3, 4, 5])]
                #expect(try reply(subnet)?.responseCode == .formatError)
                for type in [RecordType.axfr, .ixfr, .opt] {
                    #expect(try reply(query("cdn.test.", type))?.responseCode == .refused)
                }
                var chaos = try query("id.server.", .txt)
                chaos.questions[0].recordClass = .chaos
                #expect(try reply(chaos)?.responseCode == .refused)
                // Nothing is looked for without RD; everything that is known is told.
                #expect(try reply(query("edge.cdn.test.", recursion: false))?.responseCode == .refused)
                _ = try await ask(query("edge.cdn.test."), server)
                #expect(try reply(query("edge.cdn.test.", recursion: false))?.answers.count == 1)
                // Who asks for everything gets little.
                let everything = try #require(try reply(query("cdn.test.", .any)))
                #expect(everything.answers.map(\.type) == [.hinfo] && everything.encoded().count < 100)
                guard
                    case .message(let octets) = responder.reply(
                        to: [9, 9] + [UInt8](repeating: 1, count: 10), from: peer)
                else {
                    Issue.record("silence")
                    return
                }
                #expect(try DNSMessage(octets).responseCode == .formatError)
                guard case .nothing = responder.reply(to: [1, 2, 3], from: peer) else {
                    Issue.record("an answer to three octets")
                    return
                }
            }
        }
    }

    @Test("tells servers and clients of subnets where it may, and nobody else")
    func subnets() async throws {
        try await withHierarchy { hierarchy in
            let address = try #require(IPAddress("198.51.100.0"))
            let client = try #require(ClientSubnet(address, sourcePrefix: 24))
            let option = EDNS.Option(.clientSubnet, client.value)
            let query = try query("edge.cdn.test.", edns: EDNS(options: [option]))
            try await withResolver(configuration(hierarchy)) { server, _ in
                let answer = try await ask(query, server)
                #expect(answer.answers.count == 1 && answer.edns?.option(.clientSubnet) == nil)
            }
            var telling = configuration(hierarchy)
            telling.clientSubnets = .zones([try DomainName("cdn.test.")])
            try await withResolver(telling, tellsSubnets: true) { server, _ in
                for _ in 1...2 {
                    let answer = try await ask(query, server)
                    let option = try #require(answer.edns?.option(.clientSubnet))
                    let subnet = try ClientSubnet(option)
                    #expect(answer.answers.count == 1 && subnet.scopePrefix == 0 && subnet.sourcePrefix == 24)
                }
            }
        }
    }
}

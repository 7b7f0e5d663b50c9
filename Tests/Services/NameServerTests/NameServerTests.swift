import DNS
import Foundation
import LineProtocol
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Testing

@testable import NameServer

@Suite("A name server")
struct NameServerTests {
    private let silent = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    private func zone(_ lines: String) throws -> Zone {
        let text = "$TTL 60\n@ SOA ns host 1 1 1 1 1\n@ NS ns\nns A 192.0.2.1\n" + lines
        return try Zone(try MasterFile.records(in: Array(text.utf8), path: "z", origin: try DomainName("example.")))
    }

    /// A server while `body` talks to its port.
    private func withServer(
        _ responder: any DNSResponder, change: (inout NameServer.Configuration) -> Void = { _ in },
        body: (_ port: Int) async throws -> Void
    ) async throws {
        var configuration = NameServer.Configuration(host: "127.0.0.1", port: 0, logger: silent)
        // What a busy machine does meanwhile is no reason to close a connection.
        configuration.idleTime = .minutes(10)
        change(&configuration)
        let server = NameServer(
            configuration: configuration, group: MultiThreadedEventLoopGroup.singleton, responder: responder)
        let endpoint = try await server.bind()
        let group = ServiceGroup(configuration: .init(services: [server], logger: silent))
        async let running: Void = group.run()
        do {
            try await body(endpoint.port)
        } catch {
            await group.triggerGracefulShutdown()
            throw error
        }
        await group.triggerGracefulShutdown()
        try await running
    }

    private func responder(_ zone: Zone, transfers: [String] = []) -> AuthorityResponder {
        var configuration = AuthorityResponder.Configuration(logger: silent)
        configuration.rateLimit = nil
        configuration.transfers = transfers.compactMap { IPNetwork($0) }
        return AuthorityResponder(configuration: configuration, zones: ZoneTable([zone]))
    }

    private func query(_ name: String, _ type: RecordType, id: UInt16 = 1) throws -> [UInt8] {
        var query = DNSMessage(id: id)
        query.questions = [.init(try DomainName(name), type)]
        return query.encoded()
    }

    @Test("answers over UDP, and over TCP what does not fit")
    func transports() async throws {
        let many = (1...60).map { "many AAAA 2001:db8::\($0)" }.joined(separator: "\n")
        try await withServer(responder(try zone(many))) { port in
            let client = try TestClient(port: port, isTCP: false)
            for id in 1...50 as ClosedRange<UInt16> {
                let response = try await client.ask(query("ns.example.", .a, id: id))
                #expect(response.id == id && response.answers.map(\.data.address?.description) == ["192.0.2.1"])
            }
            #expect(try await client.ask(query("many.example.", .aaaa)).flags.contains(.truncated))
            let stream = try TestClient(port: port, isTCP: true)
            #expect(try await stream.ask(query("many.example.", .aaaa)).answers.count == 60)
        }
    }

    @Test("answers many questions of one connection, written at once or octet by octet")
    func pipelining() async throws {
        try await withServer(responder(try zone("www A 192.0.2.2"))) { port in
            let stream = try TestClient(port: port, isTCP: true)
            var octets: [UInt8] = []
            for id in 1...200 as ClosedRange<UInt16> {
                let query = try query("www.example.", .a, id: id)
                octets += [UInt8(query.count >> 8), UInt8(query.count & 255)] + query
            }
            stream.write(octets)
            var ids: Set<UInt16> = []
            for _ in 1...200 { ids.insert(try await stream.read().id) }
            #expect(ids == Set(1...200))
            let slow = try query("www.example.", .a, id: 999)
            for octet in [UInt8(slow.count >> 8), UInt8(slow.count & 255)] + slow { stream.write([octet]) }
            #expect(try await stream.read().id == 999)
            // What was asked before the end is answered.
            stream.write([UInt8(slow.count >> 8), UInt8(slow.count & 255)] + slow)
            stream.end()
            #expect(try await stream.read().id == 999)
            await #expect(throws: (any Error).self) { try await stream.read() }
        }
    }

    @Test("sends zones to those who may have them, at the pace of the reader")
    func transfers() async throws {
        let hosts = (0..<5_000).map { "host\($0) A 10.0.\($0 / 250).\($0 % 250)" }.joined(separator: "\n")
        let zone = try zone(hosts)
        try await withServer(responder(zone, transfers: ["127.0.0.0/8"])) { port in
            let stream = try TestClient(port: port, isTCP: true)
            stream.send(try query("example.", .axfr))
            stream.send(try query("ns.example.", .a, id: 2))
            var records: [ResourceRecord] = []
            while records.count < 2 || records.last?.type != .soa { records += try await stream.read().answers }
            #expect(records.count == zone.allRecords.count + 1)
            #expect(try await stream.read().id == 2)
        }
        try await withServer(responder(zone)) { port in
            let stream = try TestClient(port: port, isTCP: true)
            #expect(try await stream.ask(query("example.", .axfr)).responseCode == .refused)
        }
    }

    @Test("sends one SOA record to a secondary that has the zone, and over UDP")
    func incrementalTransfers() async throws {
        let zone = try zone("www A 192.0.2.2")
        func query(_ serial: UInt32?, of owner: String = "example.") throws -> [UInt8] {
            var query = DNSMessage(id: 9)
            query.questions = [.init(try DomainName("example."), .ixfr)]
            query.authorities =
                try serial.map { serial in
                    [
                        ResourceRecord(
                            name: try DomainName(owner), type: .soa, ttl: 0,
                            data: try RecordData("ns.example. host.example. \(serial) 1 1 1 1", .soa))
                    ]
                } ?? []
            return query.encoded()
        }
        try await withServer(responder(zone, transfers: ["127.0.0.0/8"])) { port in
            let datagrams = try TestClient(port: port, isTCP: false)
            let stream = try TestClient(port: port, isTCP: true)
            // The zone's serial is 1 (RFC 1982: zero is older, and so is what is far beyond).
            for (serial, count) in [(1, 1), (2, 1), (0, 5), (0x9000_0000, 5), (nil, 5)] as [(UInt32?, Int)] {
                let whole = try await stream.ask(query(serial))
                #expect(whole.answers.count == count && whole.flags.contains(.authoritative), "\(serial ?? 77)")
                #expect(whole.id == 9 && whole.responseCode == .noError && whole.questions.count == 1)
                let short = try await datagrams.ask(query(serial))
                #expect(short.answers == [zone.startRecord] && short.flags.contains(.authoritative))
                #expect(short.authorities.isEmpty && !short.flags.contains(.truncated))
            }
            // Of another zone it says nothing.
            #expect(try await stream.ask(query(1, of: "other.")).answers.count == 5)
            #expect(try await datagrams.ask(self.query("example.", .axfr)).responseCode == .refused)
        }
        try await withServer(responder(zone)) { port in
            for isTCP in [false, true] {
                let refusal = try await TestClient(port: port, isTCP: isTCP).ask(query(1))
                #expect(refusal.responseCode == .refused && refusal.answers.isEmpty)
                #expect(!refusal.flags.contains(.authoritative))
            }
        }
    }

    @Test("says a zone's version over UDP no more often than anything else, unless an address is proven")
    func versionLimits() throws {
        let cookies = try #require(DNSCookies(secret: Array(0..<16)))
        let address = try #require(IPAddress("192.0.2.7"))
        for transfers in [[], [IPNetwork("192.0.2.0/24")].compactMap(\.self)] {
            var configuration = AuthorityResponder.Configuration(logger: silent)
            // One, and the next after 100 s.
            var limit = ResponseRateLimit.Configuration()
            (limit.rate, limit.errorRate, limit.burst, limit.slip) = (0.01, 0.01, 100, 0)
            (configuration.rateLimit, configuration.engine.cookies) = (limit, cookies)
            configuration.transfers = transfers
            let responder = AuthorityResponder(configuration: configuration, zones: ZoneTable([try zone("")]))
            for isProven in [false, true] {
                var query = DNSMessage(id: 1)
                query.questions = [.init(try DomainName("example."), .ixfr)]
                let cookie = cookies.make([1, 2, 3, 4, 5, 6, 7, 8], at: 1_000, for: address)
                query.edns = isProven ? EDNS(options: [.init(.cookie, cookie)]) : nil
                let answers = (0..<5).compactMap { _ in
                    let peer = DNSPeer(address: address, isTCP: false)
                    guard case .message(let octets) = responder.reply(to: query.encoded(), from: peer, at: 1_000) else {
                        return nil as DNSMessage?
                    }
                    return try? DNSMessage(octets)
                }
                #expect(answers.count == (isProven ? 5 : 1))
                #expect(answers.allSatisfy { $0.answers.count == transfers.count })
                #expect(answers.allSatisfy { ($0.edns?.option(.cookie) == cookie) == isProven })
            }
        }
    }

    @Test("closes connections that ask nothing")
    func idle() async throws {
        try await withServer(responder(try zone("")), change: { $0.idleTime = .milliseconds(200) }) { port in
            let silent = try TestClient(port: port, isTCP: true)
            await #expect(throws: (any Error).self) { try await silent.read() }
        }
    }

    @Test("closes connections beyond its limit")
    func limits() async throws {
        try await withServer(responder(try zone("")), change: { $0.maximumConnectionsPerAddress = 2 }) { port in
            let first = try TestClient(port: port, isTCP: true)
            let second = try TestClient(port: port, isTCP: true)
            #expect(try await first.ask(query("ns.example.", .a)).answers.count == 1)
            #expect(try await second.ask(query("ns.example.", .a)).answers.count == 1)
            let third = try TestClient(port: port, isTCP: true)
            await #expect(throws: (any Error).self) { try await third.read() }
            #expect(try await first.ask(query("ns.example.", .a)).answers.count == 1)
        }
    }

    @Test("waits for answers that somebody else gives, in whatever order they come")
    func later() async throws {
        /// Answers a question when the next one has come.
        struct Swapping: DNSResponder {
            let signal = AsyncStream.makeStream(of: Void.self)

            func reply(to octets: [UInt8], from peer: DNSPeer) -> DNSReply {
                guard octets[1] == 1 else {
                    signal.continuation.yield()
                    return .message(octets)
                }
                return .later { [stream = signal.stream] in
                    for await _ in stream { return octets }
                    return nil
                }
            }
        }
        for isTCP in [false, true] {
            try await withServer(Swapping()) { port in
                let client = try TestClient(port: port, isTCP: isTCP)
                client.send(try query("a.", .a, id: 1))
                client.send(try query("a.", .a, id: 2))
                #expect(try await client.read().id == 2)
                #expect(try await client.read().id == 1)
            }
        }
    }
}

@Suite("Zone files")
struct ZoneFilesTests {
    private let silent = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "zones-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.path(percentEncoded: false))
    }

    private func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
    }

    @Test("are read anew when they or what they include change, unless they are broken")
    func reload() throws {
        try withFolder { folder in
            let path = folder + "/example.zone"
            try write("$TTL 1\n@ SOA a b 1 1 1 1 1\n@ NS a.x.\n$INCLUDE hosts\n", to: path)
            try write("www A 192.0.2.1\n", to: folder + "/hosts")
            let files = try ZoneFiles([.init(path: path)], logger: silent)
            let name = try DomainName("www.example.")
            func address() -> String? {
                files.zones.zone(for: name, .a)?.records(at: name, .a).first?.data.address?.description
            }
            #expect(address() == "192.0.2.1")
            try write("www A 192.0.2.22\n", to: folder + "/hosts")
            files.reload()
            #expect(address() == "192.0.2.22")
            try write("www A nonsense\n", to: folder + "/hosts")
            files.reload()
            #expect(address() == "192.0.2.22")
            try write("$INCLUDE more\n", to: folder + "/hosts")
            files.reload()
            #expect(address() == "192.0.2.22")
            // What was missing has come, and nothing else has changed.
            try write("www A 192.0.2.3\n", to: folder + "/more")
            files.reload()
            #expect(address() == "192.0.2.3")
        }
    }

    @Test("tell the zone's name by $ORIGIN or their own, and are refused when two are one zone")
    func names() throws {
        try withFolder { folder in
            let text = "@ 1 SOA a b 1 1 1 1 1\n@ 1 NS a.x.\n"
            try write("; comment\n$ORIGIN first.test.\n" + text, to: folder + "/any")
            try write(text, to: folder + "/second.test.zone")
            let files = try ZoneFiles(
                [.init(path: folder + "/any"), .init(path: folder + "/second.test.zone")], logger: silent)
            #expect(files.zones.all.map(\.origin.description) == ["first.test.", "second.test."])
            #expect(throws: DNSError.self) {
                try ZoneFiles(
                    [
                        .init(path: folder + "/any", origin: DomainName("second.test.")),
                        .init(path: folder + "/second.test.zone"),
                    ],
                    logger: silent)
            }
            #expect(throws: DNSError.self) { try ZoneFiles([.init(path: folder + "/none")], logger: silent) }
        }
    }
}

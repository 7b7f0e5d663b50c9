import DNS
import LineProtocol
import Logging
import NIOCore
import NIOPosix
import NameServer
import ServiceLifecycle
import Testing

@testable import SMTP

@Suite("Mail exchangers")
struct MailExchangersTests {
    @Test("Hosts come by preference; this host and those behind it are left out")
    func order() throws {
        let records = [
            MXRecord(preference: 20, host: "b"), MXRecord(preference: 10, host: "a"),
            MXRecord(preference: 65535, host: "c"),
        ]
        #expect(try MXRecord.hosts(records, hostname: "x").map(\.name) == ["a", "b", "c"])
        #expect(try MXRecord.hosts(records, hostname: "b").map(\.name) == ["a"])
        #expect(throws: MailExchangerError.loop) { try MXRecord.hosts(records, hostname: "a") }
        #expect(throws: MailExchangerError.noMail) {
            try MXRecord.hosts([MXRecord(preference: 0, host: "")], hostname: "x")
        }
    }

    @Test("A table answers first; an address literal is its own host")
    func table() async throws {
        let threads = NIOThreadPool(numberOfThreads: 1)
        threads.start()
        let others = SystemMailExchangers(hostname: "x", threads: threads)
        let table = StaticMailExchangers(["example.org": MailHost(name: "h", port: 26)], others: others)
        #expect(try await table.hosts(for: "example.org") == [MailHost(name: "h", port: 26)])
        #expect(try await table.hosts(for: "[192.0.2.1]") == [MailHost(name: "192.0.2.1")])
        #expect(try await table.hosts(for: "[ipv6:2001:db8::1]") == [MailHost(name: "2001:db8::1")])
        try await threads.shutdownGracefully()
    }
}

@Suite("Hosts for mail by a name server")
struct MailNameServerTests {
    private static let silent = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    private static func asking(_ server: Endpoint) -> NameServerMailExchangers {
        let resolver = StubResolver([server], group: MultiThreadedEventLoopGroup.singleton)
        return NameServerMailExchangers(hostname: "relay.test") { try await resolver.ask($0, $1) }
    }

    /// Asks a name server for zones of its own.
    private func withExchangers(_ body: (NameServerMailExchangers) async throws -> Void) async throws {
        let many = (1...200).map { "many MX \($0) mx\($0)" }.joined(separator: "\n")
        let text = """
            $TTL 60
            @ SOA ns host 1 1 1 1 1
            @ NS ns
            ns A 192.0.2.53
            two MX 20 backup
            two MX 10 first
            two MX 30 relay
            first A 192.0.2.1
            first AAAA 2001:db8::1
            backup A 192.0.2.2
            relay A 192.0.2.3
            alone A 192.0.2.4
            alias CNAME two
            nothing MX 0 .
            empty TXT "no host"
            lost MX 10 nobody
            half MX 10 nobody
            half MX 20 alone
            \(many)
            mx1 A 192.0.2.5

            """
        let zone = try Zone(
            try MasterFile.records(in: Array(text.utf8), path: "zone", origin: try DomainName("test.")))
        let server = NameServer(
            configuration: NameServer.Configuration(host: "127.0.0.1", port: 0, logger: Self.silent),
            group: MultiThreadedEventLoopGroup.singleton,
            responder: AuthorityResponder(
                configuration: AuthorityResponder.Configuration(logger: Self.silent), zones: ZoneTable([zone])))
        let endpoint = try await server.bind()
        let services = ServiceGroup(configuration: .init(services: [server], logger: Self.silent))
        async let running: Void = services.run()
        try await body(Self.asking(endpoint))
        await services.triggerGracefulShutdown()
        try await running
    }

    @Test("are those of MX records, nearest first and without this one, else the domain itself")
    func hosts() async throws {
        try await withExchangers { exchangers in
            func hosts(_ domain: String) async throws -> [String] {
                try await exchangers.hosts(for: domain).map { host in
                    ([host.name] + (host.addresses ?? [])).joined(separator: " ")
                }
            }
            let two = try await hosts("two.test")
            #expect(two == ["first.test 2001:db8::1 192.0.2.1", "backup.test 192.0.2.2"])
            #expect(try await hosts("alias.test") == two)
            #expect(try await hosts("alone.test") == ["alone.test 192.0.2.4"])
            #expect(try await hosts("half.test") == ["alone.test 192.0.2.4"])
            // Only over TCP does that fit.
            #expect(try await hosts("many.test") == ["mx1.test 192.0.2.5"])
            #expect(try await hosts("[192.0.2.9]") == ["192.0.2.9"])
        }
    }

    @Test("are missing for a reason")
    func failures() async throws {
        try await withExchangers { exchangers in
            for (domain, error) in [
                ("none.test", MailExchangerError.unknownDomain), ("nothing.test", .noMail), ("empty.test", .noAddress),
                ("lost.test", .noAddress), ("elsewhere.example", .unavailable),
            ] {
                await #expect(throws: error, "\(domain)") { try await exchangers.hosts(for: domain) }
            }
        }
        let nobody = Self.asking(Endpoint(host: "127.0.0.1", port: 1))
        await #expect(throws: MailExchangerError.unavailable) { try await nobody.hosts(for: "two.test") }
    }
}

import DNS
import Foundation
import LineProtocol
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Testing

@testable import NameServer

@Suite("A secondary server")
struct SecondaryServerTests {
    private let silent = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    private let group = MultiThreadedEventLoopGroup.singleton

    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "secondary-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder.path(percentEncoded: false))
    }

    /// Runs services while `body` goes on.
    private func running(_ services: [any Service], _ body: () async throws -> Void) async throws {
        let group = ServiceGroup(configuration: .init(services: services, logger: silent))
        async let running: Void = group.run()
        do {
            try await body()
        } catch {
            await group.triggerGracefulShutdown()
            throw error
        }
        await group.triggerGracefulShutdown()
        try await running
    }

    private func server(_ responder: AuthorityResponder) -> NameServer {
        NameServer(
            configuration: .init(host: "127.0.0.1", port: 0, logger: silent), group: group, responder: responder)
    }

    private func zone(_ lines: String = "", serial: UInt32 = 1, expire: UInt32 = 1_000) throws -> Zone {
        let text = "$TTL 60\n@ SOA ns host \(serial) 3600 3600 \(expire) 1\n@ NS ns\nns A 192.0.2.1\n" + lines
        return try Zone(try MasterFile.records(in: Array(text.utf8), path: "z", origin: try DomainName("example.")))
    }

    private var configuration: AuthorityResponder.Configuration {
        var configuration = AuthorityResponder.Configuration(logger: silent)
        configuration.transfers = [IPNetwork("127.0.0.0/8")].compactMap(\.self)
        return configuration
    }

    /// Looks at a copy each time it may have changed, until it is as expected.
    private func wait(
        for database: ZoneDatabase, _ changes: AsyncStream<Void>, until condition: (Zone) -> Bool
    ) async throws {
        let name = try DomainName("example.")
        for await _ in changes {
            if let zone = try? await database.zone(name), condition(zone) { return }
        }
    }

    @Test("fetches a zone, learns of changes by a notification, and keeps what it has when it is started again")
    func followsItsPrimary() async throws {
        try await withFolder { folder in
            let name = try DomainName("example.")
            let ours = try ZoneDatabase(path: folder + "/ours")
            try ours.put(try zone("www A 192.0.2.2"))
            let zones = try await DatabaseZones(ours, logger: silent)
            let responder = AuthorityResponder(configuration: configuration, zones: ZoneTable(zones.zones))
            let primary = server(responder)
            let place = try await primary.bind()

            let theirs = try ZoneDatabase(path: folder + "/theirs")
            // Nobody is at the first one.
            let source = SecondaryZones.Source(zone: name, primaries: [Endpoint(host: "127.0.0.1", port: 1), place])
            let copies = try await SecondaryZones([source], database: theirs, group: group, logger: silent)
            let (changes, signal) = AsyncStream.makeStream(of: Void.self)
            copies.whenChanged { signal.yield() }
            let secondary = server(
                AuthorityResponder(
                    configuration: configuration, zones: ZoneTable(unavailable: [name]),
                    notified: { copies.notified($0, by: $1) }))
            var telling = ChangeNotifier.Configuration(logger: silent)
            telling.others = [try await secondary.bind()]
            let notifier = ChangeNotifier(configuration: telling, group: group)
            notifier.serve(ZoneTable(zones.zones))
            let first = try await ours.zone(name).allRecords
            try await running([primary, secondary, copies, notifier]) {
                try await wait(for: theirs, changes) { $0.allRecords == first }
                try ours.update(name, removing: [.name(try DomainName("www.example."))])
                await zones.reload()
                responder.replace(ZoneTable(zones.zones))
                notifier.serve(ZoneTable(zones.zones))
                // The SOA record would have it look in an hour.
                try await wait(for: theirs, changes) { $0.start.serial == 2 }
            }
            let again = try await SecondaryZones([source], database: theirs, group: group, logger: silent)
            #expect(again.names == [name])
            let (copied, kept) = (try await theirs.zone(name), try await ours.zone(name))
            #expect(copied.allRecords == kept.allRecords)
            try ours.put(try zone(), copiedFrom: nil)
            await #expect(throws: ZoneDatabaseError.self) {
                try await SecondaryZones([source], database: ours, group: group, logger: silent)
            }
        }
    }

    @Test("hears its primaries only")
    func strangers() async throws {
        try await withFolder { folder in
            let name = try DomainName("example.")
            let copies = try await SecondaryZones(
                [.init(zone: name, primaries: [Endpoint(host: "127.0.0.1", port: 1), Endpoint(host: "::1", port: 1)])],
                database: try ZoneDatabase(path: folder + "/zones"), group: group, logger: silent)
            #expect(!copies.notified(name, by: try #require(IPAddress("127.0.0.2"))))
            #expect(!copies.notified(try DomainName("other."), by: try #require(IPAddress("127.0.0.1"))))
            let responder = AuthorityResponder(
                configuration: configuration, zones: ZoneTable([try zone()]), notified: { copies.notified($0, by: $1) })
            var query = DNSMessage(id: 1, opcode: .notify)
            query.questions = [.init(name, .soa)]
            let stranger = DNSPeer(address: try #require(IPAddress("192.0.2.9")), isTCP: false)
            guard case .message(let octets) = responder.reply(to: query.encoded(), from: stranger) else {
                Issue.record("no answer")
                return
            }
            #expect(try DNSMessage(octets).responseCode == .refused)
        }
    }

    @Test("does not answer from a copy that nobody has confirmed for too long")
    func expiry() async throws {
        try await withFolder { folder in
            let database = try ZoneDatabase(path: folder + "/zones")
            try database.put(try zone(expire: 100), copiedFrom: "192.0.2.1:53", checked: 1_000)
            let zones = try await DatabaseZones(database, logger: silent)
            await zones.reload(now: 1_099)
            #expect(zones.zones.count == 1 && zones.unavailable.isEmpty)
            await zones.reload(now: 1_100)
            #expect(zones.zones.isEmpty && zones.unavailable.count == 1)
            let table = ServedZones(files: nil, database: zones, logger: silent).zones
            let responder = AuthorityResponder(configuration: configuration, zones: table)
            var query = DNSMessage(id: 1)
            query.questions = [.init(try DomainName("ns.example."), .a)]
            let peer = DNSPeer(address: try #require(IPAddress("127.0.0.1")), isTCP: false)
            guard case .message(let octets) = responder.reply(to: query.encoded(), from: peer) else {
                Issue.record("no answer")
                return
            }
            #expect(try DNSMessage(octets).responseCode == .serverFailure)
            // Its primary is there again.
            try database.noteCheck(of: try DomainName("example."), at: 1_100)
            await zones.reload(now: 1_110)
            #expect(zones.zones.count == 1)
        }
    }
}

@Suite("The zones of a database")
struct DatabaseZonesTests {
    private let silent = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    @Test("are read anew when another process has changed them, and come after those in files")
    func reload() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "zones-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.path(percentEncoded: false)
        let text = "$TTL 60\n@ SOA ns host 1 1 1 1 1\n@ NS ns.x.\n"
        func zone(_ name: String) throws -> Zone {
            try Zone(try MasterFile.records(in: Array(text.utf8), path: "z", origin: try DomainName(name)))
        }
        let mine = try ZoneDatabase(path: path + "/zones")
        let zones = try await DatabaseZones(mine, logger: silent)
        try Data((text + "file A 192.0.2.1\n").utf8).write(to: folder.appending(path: "b.zone"))
        let files = try ZoneFiles([.init(path: path + "/b.zone")], logger: silent)
        let served = ServedZones(files: files, database: zones, copies: [try DomainName("c.")], logger: silent)
        let other = try ZoneDatabase(path: path + "/zones")
        try other.put(try zone("a."))
        try other.put(try zone("b."))
        await zones.reload()
        #expect(served.zones.all.map(\.origin.description) == ["a.", "b."])
        #expect(served.zones.all.map(\.allRecords.count) == [2, 3])
        let c = try DomainName("c.")
        #expect(served.zones.contains(c) && served.zones.zone(named: c) == nil)
        let a = try DomainName("a.")
        try other.update(
            a, adding: [ResourceRecord(name: a, type: .a, ttl: 1, data: try RecordData("192.0.2.1", .a))])
        await zones.reload()
        #expect(served.zones.all.map(\.allRecords.count) == [3, 3])
        try other.remove(a)
        await zones.reload()
        #expect(served.zones.all.map(\.origin.description) == ["b."])
    }
}

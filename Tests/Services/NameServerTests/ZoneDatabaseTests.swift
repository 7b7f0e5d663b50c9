import DNS
import Foundation
import Testing

@testable import NameServer

@Suite("Zones in a database")
struct ZoneDatabaseTests {
    private func withDatabase(_ body: (ZoneDatabase, _ path: String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "zones-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "zones.sqlite").path(percentEncoded: false)
        try await body(try ZoneDatabase(path: path), path)
    }

    private func zone(_ lines: String = "", serial: UInt32 = 1) throws -> Zone {
        let text = "$TTL 60\n@ SOA ns host \(serial) 1 1 1 1\n@ NS ns\nns A 192.0.2.1\n" + lines
        return try Zone(try MasterFile.records(in: Array(text.utf8), path: "z", origin: try DomainName("example.")))
    }

    private func record(_ name: String, _ type: RecordType, _ data: String, ttl: UInt32 = 60) throws -> ResourceRecord {
        ResourceRecord(name: try DomainName(name), type: type, ttl: ttl, data: try RecordData(data, type))
    }

    @Test("come back as they went in, whatever their names and data")
    func roundTrip() async throws {
        try await withDatabase { database, path in
            let zone = try zone(
                """
                WWW A 192.0.2.2
                www A 192.0.2.3
                a\\.b TXT "x" "\\000\\255"
                a.b TYPE731 \\# 2 ABCD
                % CNAME www
                _443._tcp.www TLSA 3 1 1 AB
                *.w 0 HTTPS 1 . alpn=h2
                """)
            try database.put(zone)
            let other = try ZoneDatabase(path: path)
            #expect(try await other.zone(zone.origin).allRecords == zone.allRecords)
            let summary = try #require(try await other.list().first)
            #expect(summary.name == zone.origin && summary.serial == 1 && summary.primary == nil)
            #expect(summary.records == zone.allRecords.count)
            try other.remove(try DomainName("EXAMPLE."))
            #expect(try await database.list().isEmpty)
            await #expect(throws: ZoneDatabaseError.self) { try await database.zone(zone.origin) }
        }
    }

    @Test("change record by record, with a new serial each time something changes, and tell other processes")
    func updates() async throws {
        try await withDatabase { database, path in
            let origin = try DomainName("example.")
            try database.put(try zone("www A 192.0.2.2", serial: .max))
            let other = try ZoneDatabase(path: path)
            let before = try await other.version()
            try database.update(
                origin, adding: [record("WWW.example.", .a, "192.0.2.3", ttl: 5), record("x.example.", .txt, "y")],
                removing: [.record(try DomainName("ns.example."), .a, try RecordData("192.0.2.99", .a))])
            #expect(try await other.version() != before)
            var changed = try await other.zone(origin)
            // RFC 1982: zero comes after the highest number.
            #expect(changed.start.serial == 0)
            let addresses = changed.records(at: try DomainName("www.example."), .a)
            #expect(addresses.map(\.ttl) == [5, 5] && addresses.count == 2)
            let version = try await other.version()
            // Nothing new: neither another serial nor another version.
            try database.update(
                origin, adding: [record("www.example.", .a, "192.0.2.3", ttl: 5)],
                removing: [.name(try DomainName("none.example."))])
            #expect(try await other.version() == version)
            #expect(try await other.zone(origin).start.serial == 0)
            try database.update(
                origin, removing: [.set(try DomainName("www.example."), .a), .name(try DomainName("x.example."))])
            changed = try await other.zone(origin)
            #expect(changed.start.serial == 1 && changed.allRecords.count == 3)
            try database.update(origin, adding: [record("example.", .soa, "ns.example. host.example. 9 2 2 2 2")])
            #expect(try await other.zone(origin).start.refresh == 2)
            #expect(try await other.list().first?.serial == 9)
        }
    }

    @Test("are refused changes after which they could not be served, and stay as they were")
    func refusals() async throws {
        try await withDatabase { database, _ in
            let origin = try DomainName("example.")
            try database.put(try zone("www A 192.0.2.2\nd DNAME other.\nal CNAME www\na.b TXT x"))
            let before = try await database.zone(origin).allRecords
            func expect(
                _ code: ZoneDatabaseError.Code, adding: [ResourceRecord] = [], removing: [ZoneDatabase.Removal] = []
            ) {
                let error = #expect(throws: ZoneDatabaseError.self) {
                    try database.update(origin, adding: adding, removing: removing)
                }
                #expect(error?.code == code)
            }
            expect(.refused, adding: [try record("www.example.", .cname, "x.")])
            expect(.refused, adding: [try record("al.example.", .a, "192.0.2.2")])
            expect(.refused, adding: [try record("al.example.", .cname, "x.")])
            expect(.refused, adding: [try record("www.other.", .a, "192.0.2.2")])
            expect(.refused, adding: [try record("x.d.example.", .a, "192.0.2.2")])
            expect(.refused, adding: [try record("b.example.", .dname, "x.")])
            expect(.refused, adding: [try record("d.example.", .dname, "x.")])
            expect(.refused, adding: [try record("example.", .soa, "ns.example. host.example. 1 2 2 2 2")])
            expect(.refused, removing: [.set(origin, .ns)])
            expect(.refused, removing: [.name(origin)])
            expect(
                .refused,
                adding: [try record("w.example.", .a, "192.0.2.2"), try record("www.example.", .cname, "x.")])
            #expect(throws: ZoneDatabaseError.self) { try database.update(try DomainName("no."), adding: []) }
            #expect(try await database.zone(origin).allRecords == before)
            // The name servers of a zone may be others, as long as there are some.
            try database.update(
                origin, adding: [record("example.", .ns, "other.")], removing: [.set(origin, .ns)])
            try database.put(try zone(), copiedFrom: "192.0.2.1", checked: 7)
            expect(.refused, adding: [try record("w.example.", .a, "192.0.2.2")])
            #expect(try await database.list().first?.primary == "192.0.2.1")
            try database.noteCheck(of: origin, at: 8)
            #expect(try await database.list().first?.checked == 8)
        }
    }

    @Test("need a file that is a database, in a folder that exists")
    func unusable() throws {
        let error = #expect(throws: ZoneDatabaseError.self) { try ZoneDatabase(path: "/none/zones.sqlite") }
        #expect(error?.code == .unusable && error?.description.contains("/none/zones.sqlite") == true)
    }
}

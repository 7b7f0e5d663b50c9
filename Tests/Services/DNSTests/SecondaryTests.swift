import Testing

@testable import DNS

@Suite("The copy of a zone")
struct SecondaryZoneTests {
    private func start(
        refresh: UInt32 = 100, retry: UInt32 = 10, expire: UInt32 = 1_000, serial: UInt32 = 1
    ) throws -> StartOfAuthority {
        try #require(
            StartOfAuthority(RecordData("ns. host. \(serial) \(refresh) \(retry) \(expire) 5", .soa)))
    }

    @Test(
        "is looked at when its SOA record says, sooner after a failure, and not answered from when nobody confirms it")
    func timers() throws {
        var copy = SecondaryZone(now: 50)
        #expect(copy.due == 50 && copy.isExpired(at: 50))
        copy.begin(now: 50)
        #expect(copy.due == nil)
        copy.confirmed(try start(), now: 60)
        #expect(copy.due == 160 && copy.checked == 60 && !copy.isExpired(at: 1_059) && copy.isExpired(at: 1_060))
        copy.begin(now: 160)
        copy.failed(now: 165)
        #expect(copy.due == 175 && copy.checked == 60)
        copy.begin(now: 175)
        copy.confirmed(try start(), now: 1_200, share: 0.75)
        #expect(copy.due == 1_275 && !copy.isExpired(at: 1_300))
        // A clock that was put back.
        #expect(!copy.isExpired(at: 10))
    }

    @Test("is looked at after a restart at once, and answered from until it expires")
    func restart() throws {
        let copy = SecondaryZone(start: try start(), checked: 60, now: 500)
        #expect(copy.due == 500 && !copy.isExpired(at: 500) && copy.isExpired(at: 1_060))
    }

    @Test("that never came is asked for soon, then less often")
    func first() {
        var copy = SecondaryZone(now: 0)
        var pauses: [Int] = []
        for _ in 0..<8 {
            copy.begin(now: 0)
            copy.failed(now: 0)
            pauses.append(copy.due ?? -1)
        }
        #expect(pauses == [2, 4, 8, 16, 32, 60, 60, 60])
    }

    @Test("is looked at when its primary notifies, at most once a second and never twice at the same time")
    func notifications() throws {
        var copy = SecondaryZone(now: 0)
        copy.begin(now: 0)
        copy.confirmed(try start(), now: 0)
        copy.notified(now: 30)
        #expect(copy.due == 30)
        copy.begin(now: 30)
        copy.notified(now: 30)
        #expect(copy.due == nil)
        copy.confirmed(try start(), now: 30)
        #expect(copy.due == 31)
        copy.begin(now: 31)
        copy.confirmed(try start(), now: 31)
        copy.notified(now: 31)
        #expect(copy.due == 32)
    }

    @Test("takes no time for granted that a zone names")
    func limits() throws {
        var copy = SecondaryZone(now: 0)
        copy.confirmed(try start(refresh: 0), now: 0)
        #expect(copy.due == 1)
        copy.confirmed(try start(refresh: .max, retry: .max, expire: .max), now: 0)
        #expect(copy.due == 28 * 86_400)
        copy.failed(now: 0)
        #expect(copy.due == 28 * 86_400 && !copy.isExpired(at: 4_000_000_000))
    }
}

@Suite("A transfer that comes in")
struct ZoneTransferReaderTests {
    private func records(_ lines: String) throws -> [ResourceRecord] {
        try MasterFile.records(
            in: Array("$TTL 60\n\(lines)\n".utf8), path: "z", origin: try DomainName("example."))
    }

    private func message(_ lines: String, _ change: (inout DNSMessage) -> Void = { _ in }) throws -> DNSMessage {
        var message = DNSMessage(id: 1, flags: [.response, .authoritative])
        message.answers = try records(lines)
        change(&message)
        return message
    }

    private static let start = "@ SOA ns host 7 1 1 1 1"

    @Test("is a zone when its SOA record comes again, in however many messages")
    func whole() throws {
        var reader = ZoneTransferReader(try DomainName("Example."))
        let parts = [Self.start, "@ NS ns\nns A 192.0.2.1", "www A 192.0.2.2\n\(Self.start)"]
        let zones = try parts.map { try reader.take(message($0)) }
        let zone = try #require(zones[2])
        #expect(zones[0] == nil && zones[1] == nil && zone.start.serial == 7 && zone.allRecords.count == 4)
        var single = ZoneTransferReader(try DomainName("example."))
        let whole = try single.take(message("\(Self.start)\n@ NS ns.x.\n\(Self.start)"))
        #expect(whole != nil)
    }

    @Test(
        "is refused when it is no zone, not this one, or not one that can be served",
        arguments: [
            "@ NS ns.x.\n\(start)", "\(start)\n@ NS ns.x.\n\(start)\nwww A 192.0.2.1",
            "\(start)\n@ NS ns.x.\n@ SOA ns host 8 1 1 1 1", "\(start)\n\(start)",
            "\(start)\n@ NS a.x.\nw.other. A 192.0.2.1\n\(start)",
            "a SOA ns host 7 1 1 1 1", "\(start)\n@ NS ns.x.\n@ CNAME x.\n\(start)",
        ])
    func refused(lines: String) throws {
        #expect(throws: DNSError.self) {
            var reader = ZoneTransferReader(try DomainName("example."))
            _ = try reader.take(message(lines))
        }
    }

    @Test("ends with an error that the primary names, with nothing in it, and above its limits")
    func bounds() throws {
        let bad: [DNSMessage] = [
            try message(Self.start) { $0.responseCode = .refused },
            try message(Self.start) { $0.flags.insert(.truncated) },
            try message(""),
        ]
        for message in bad {
            #expect(throws: DNSError.self) {
                var reader = ZoneTransferReader(try DomainName("example."))
                _ = try reader.take(message)
            }
        }
        var limits = ZoneTransferReader.Limits()
        limits.records = 3
        var reader = ZoneTransferReader(try DomainName("example."), limits: limits)
        let none = try reader.take(message("\(Self.start)\na A 192.0.2.1\nb A 192.0.2.1"))
        #expect(none == nil)
        #expect(throws: DNSError.self) { try reader.take(message("c A 192.0.2.1")) }
        limits = ZoneTransferReader.Limits()
        limits.octets = 100
        reader = ZoneTransferReader(try DomainName("example."), limits: limits)
        #expect(throws: DNSError.self) {
            try reader.take(message("\(Self.start)\na TXT \(String(repeating: "x", count: 90))"))
        }
    }
}

@Suite("Notifications of a change")
struct NotifyScheduleTests {
    private let message = NotifySchedule.Message(zone: .root, address: IPAddress("192.0.2.1")!, port: 53)

    @Test("are sent until they are answered, less and less often, and not for ever")
    func retries() {
        var schedule = NotifySchedule()
        var times: [Int] = []
        _ = schedule.add(message, now: 0)
        for now in 0..<1_000 where !schedule.take(now: now).isEmpty {
            times.append(now)
            _ = schedule.failed(message, now: now)
        }
        #expect(times == [0, 5, 15, 35, 75, 155] && schedule.count == 0)
        _ = schedule.add(message, now: 0)
        var sent = [schedule.take(now: 0), schedule.take(now: 1_000)]
        schedule.answered(message)
        sent.append(schedule.take(now: 1_000))
        #expect(sent == [[message], [], []] && schedule.count == 0)
    }

    @Test("begin anew when the zone changes again meanwhile")
    func stale() {
        var schedule = NotifySchedule()
        _ = schedule.add(message, now: 0)
        var sent = [schedule.take(now: 0)]
        _ = schedule.add(message, now: 1)
        sent.append(schedule.take(now: 1))
        schedule.answered(message)
        sent.append(schedule.take(now: 2))
        schedule.answered(message)
        #expect(sent == [[message], [], [message]] && schedule.count == 0)
    }

    @Test("wait in a bounded number, and few are under way")
    func bounds() {
        var schedule = NotifySchedule()
        let all = (0..<11_000).map { NotifySchedule.Message(zone: .root, address: message.address, port: $0) }
        let taken = all.map { schedule.add($0, now: 0) }
        #expect(taken.count { $0 } == 10_000)
        let sent = [schedule.take(now: 0), schedule.take(now: 0)]
        #expect(sent.map(\.count) == [50, 0])
        schedule.answered(sent[0][0])
        let more = schedule.take(now: 0)
        #expect(more.count == 1)
    }
}

@Suite("A table of zones")
struct ZoneTableTests {
    @Test("has names for which everything fails, and none of other servers' business")
    func unavailable() throws {
        let text = "$TTL 60\n@ SOA ns host 1 1 1 1 1\n@ NS ns.x.\nalias CNAME www.copy.example.\n"
        let zone = try Zone(
            try MasterFile.records(in: Array(text.utf8), path: "z", origin: try DomainName("example.")))
        let engine = AuthorityEngine(zones: ZoneTable([zone], unavailable: [try DomainName("copy.example.")]))
        for (name, code) in [
            ("www.copy.example.", ResponseCode.serverFailure), ("copy.example.", .serverFailure),
            ("x.example.", .nameError), ("alias.example.", .noError), ("other.", .refused),
        ] {
            var query = DNSMessage(id: 1)
            query.questions = [.init(try DomainName(name), .a)]
            let origin = AuthorityEngine.Origin(address: IPAddress("192.0.2.1")!, isTCP: false, time: 0)
            guard case .respond(let response, _, _, _) = engine.react(to: query.encoded(), from: origin) else {
                Issue.record("no response for \(name)")
                continue
            }
            #expect(response.responseCode == code, "\(name)")
            #expect(response.answers.count == (name == "alias.example." ? 1 : 0))
        }
    }
}

import TestSupport
import Testing

@testable import DNS

@Suite("An authoritative server's engine")
struct AuthorityTests {
    private let engine: AuthorityEngine
    private let address = IPAddress("192.0.2.99")!

    init() throws {
        func zone(_ text: String, _ origin: String) throws -> Zone {
            try Zone(
                try MasterFile.records(
                    in: Array("$TTL 300\n@ SOA ns hostmaster 1 3600 900 604800 60\n@ NS ns\n\(text)".utf8),
                    path: origin,
                    origin: try DomainName(origin)))
        }
        var configuration = AuthorityEngine.Configuration()
        configuration.serverID = "edge-1"
        configuration.cookies = DNSCookies(secret: Array(0..<16))
        let parent = """
            ns A 192.0.2.1
            www A 192.0.2.2
            alias CNAME www
            abroad CNAME www.cdn.example.
            away CNAME www.other.
            loop CNAME pool
            pool CNAME loop
            @ MX 10 www
            cdn NS ns.cdn
            cdn DS 1 8 2 AB
            ns.cdn A 192.0.2.10
            lost NS ns.lost
            ns.lost AAAA 2001:db8::10
            wide NS ns
            wide NS ns.wide
            ns.wide A 192.0.2.11
            long DNAME \(Array(repeating: String(repeating: "l", count: 60), count: 3).joined(separator: ".")).test.
            """
        let big = (1...60).map { "many AAAA 2001:db8::\($0)" }.joined(separator: "\n")
        engine = AuthorityEngine(
            zones: ZoneTable([
                try zone(parent, "example."), try zone("ns A 192.0.2.10\nwww A 192.0.2.20\n\(big)", "cdn.example."),
            ]), configuration: configuration)
    }

    private func query(
        _ name: String, _ type: RecordType, edns: EDNS? = nil, _ change: (inout DNSMessage) -> Void = { _ in }
    ) throws -> DNSMessage {
        var query = DNSMessage(id: 77, flags: .recursionDesired)
        query.questions = [.init(try DomainName(name), type)]
        query.edns = edns
        change(&query)
        return query
    }

    private func react(_ query: DNSMessage, isTCP: Bool = false, time: UInt32 = 1_000_000) -> AuthorityEngine.Reaction {
        engine.react(to: query.encoded(), from: .init(address: address, isTCP: isTCP, time: time))
    }

    /// The response as it arrives.
    private func response(_ query: DNSMessage, isTCP: Bool = false, time: UInt32 = 1_000_000) throws -> DNSMessage {
        guard case .respond(let message, let limit, _, _) = react(query, isTCP: isTCP, time: time) else {
            throw DNSError(.malformedMessage, "no response")
        }
        return try DNSMessage(message.encoded(limit: limit))
    }

    /// A response in one line: code, flags, and the records of each section.
    private func line(_ message: DNSMessage) -> String {
        func list(_ records: [ResourceRecord]) -> String {
            records.map { "\($0.name) \($0.type) \($0.data.text(as: $0.type))" }.joined(separator: ", ")
        }
        let flags = message.flags.contains(.authoritative) ? " aa" : ""
        return "\(message.responseCode)\(flags) | \(list(message.answers)) | \(list(message.authorities)) | "
            + list(message.additionals)
    }

    @Test(
        "answers from the nearest zone",
        arguments: [
            ("www.example.", .a, "NOERROR aa | www.example. A 192.0.2.2 |  | "),
            (
                "alias.example.", .a,
                "NOERROR aa | alias.example. CNAME www.example., www.example. A 192.0.2.2 |  | "
            ),
            // The chain goes on in another zone of the same server, and ends where the server knows nothing.
            (
                "abroad.example.", .a,
                "NOERROR aa | abroad.example. CNAME www.cdn.example., www.cdn.example. A 192.0.2.20 |  | "
            ),
            ("away.example.", .a, "NOERROR aa | away.example. CNAME www.other. |  | "),
            (
                "loop.example.", .a,
                "NOERROR aa | loop.example. CNAME pool.example., pool.example. CNAME loop.example. |  | "
            ),
            ("example.", .mx, "NOERROR aa | example. MX 10 www.example. |  | www.example. A 192.0.2.2"),
            (
                "wide.example.", .a,
                "NOERROR |  | wide.example. NS ns.example., wide.example. NS ns.wide.example. | "
                    + "ns.wide.example. A 192.0.2.11, ns.example. A 192.0.2.1"
            ),
            ("cdn.example.", .ds, "NOERROR aa | cdn.example. DS 1 8 2 AB |  | "),
            ("cdn.example.", .ns, "NOERROR aa | cdn.example. NS ns.cdn.example. |  | ns.cdn.example. A 192.0.2.10"),
            (
                "x.lost.example.", .a,
                "NOERROR |  | lost.example. NS ns.lost.example. | ns.lost.example. AAAA 2001:db8::10"
            ),
            (
                "none.example.", .a,
                "NXDOMAIN aa |  | example. SOA ns.example. hostmaster.example. 1 3600 900 604800 60 | "
            ),
            (
                "www.example.", .mx,
                "NOERROR aa |  | example. SOA ns.example. hostmaster.example. 1 3600 900 604800 60 | "
            ),
            ("www.other.", .a, "REFUSED |  |  | "), (".", .ns, "REFUSED |  |  | "),
            ("example.", .axfr, "REFUSED |  |  | "),
        ] as [(String, RecordType, String)])
    func answers(name: String, type: RecordType, expected: String) throws {
        let response = try response(try query(name, type))
        #expect(line(response) == expected)
        #expect(response.id == 77 && response.flags.isSuperset(of: [.response, .recursionDesired]))
        #expect(!response.flags.contains(.recursionAvailable))
        #expect(response.questions == [.init(try DomainName(name), type)])
    }

    @Test("is silent to answers, and to what has no header")
    func silence() throws {
        let answer = try query("www.example.", .a) { $0.flags.insert(.response) }
        for octets in [answer.encoded(), [], [0, 1, 2], [UInt8](repeating: 0, count: 11)] {
            guard case .silence = engine.react(to: octets, from: .init(address: address, isTCP: false, time: 0)) else {
                Issue.record("\(octets) was answered")
                return
            }
        }
    }

    @Test("refuses what it cannot do with a code, and no more octets than came")
    func codes() throws {
        let cases: [(DNSMessage, ResponseCode)] = [
            (try query("www.example.", .a) { $0.opcode = .update }, .notImplemented),
            (try query("www.example.", .a) { $0.opcode = .init(rawValue: 9) }, .notImplemented),
            (try query("www.example.", .a) { $0.questions += $0.questions }, .formatError),
            (try query("www.example.", .a) { $0.questions = [] }, .formatError),
            (try query("www.example.", .a) { $0.questions[0].recordClass = .hesiod }, .refused),
            (try query("version.bind.", .txt) { $0.questions[0].recordClass = .chaos }, .refused),
            (try query("other.", .soa) { $0.opcode = .notify }, .notAuthoritative),
            (try query("www.example.", .a, edns: EDNS()) { $0.edns?.version = 1 }, .badVersion),
            (try query("a.example.", .a, edns: EDNS(options: [.init(.cookie, [1, 2, 3])])), .formatError),
            (try query("a.example.", .a, edns: EDNS(options: [.init(.clientSubnet, [0, 1, 24])])), .formatError),
        ]
        for (query, code) in cases {
            let response = try response(query)
            #expect(response.responseCode == code, "\(query)")
            #expect(response.answers.isEmpty && response.encoded().count <= query.encoded().count + 11)
        }
        let damaged = try query("www.example.", .a).encoded() + [0]
        guard
            case .respond(let answer, _, _, _) = engine.react(
                to: damaged, from: .init(address: address, isTCP: false, time: 0))
        else {
            Issue.record("no response")
            return
        }
        #expect(answer.responseCode == .formatError && answer.id == 77 && answer.questions.isEmpty)
    }

    @Test("gives its cookie to who asks nothing else")
    func cookieAlone() throws {
        func ask(_ cookie: [UInt8], isTCP: Bool = false) throws -> DNSMessage {
            let query = try query(".", .a, edns: EDNS(options: [.init(.cookie, cookie)])) { $0.questions = [] }
            return try response(query, isTCP: isTCP)
        }
        let client = Array(1...8 as ClosedRange<UInt8>)
        // RFC 7873 §5.4.
        for isTCP in [false, true] {
            let first = try ask(client, isTCP: isTCP)
            let given = try #require(first.edns?.option(.cookie))
            #expect(first.responseCode == .noError && given.count == 24 && Array(given.prefix(8)) == client)
            #expect(first.questions.isEmpty && first.answers.isEmpty && !first.flags.contains(.authoritative))
            let second = try ask(given, isTCP: isTCP)
            #expect(second.responseCode == .noError && second.edns?.option(.cookie) == given)
            let third = try ask(client + given.suffix(16).reversed(), isTCP: isTCP)
            #expect(third.responseCode == .badCookie && third.edns?.option(.cookie) == given)
        }
        #expect(try ask([1, 2, 3]).responseCode == .formatError)
        let bare = try query(".", .a, edns: EDNS()) { $0.questions = [] }
        #expect(try response(bare).responseCode == .formatError)
        var simple = engine
        simple.configuration.cookies = nil
        let asking = try query(".", .a, edns: EDNS(options: [.init(.cookie, client)])) { $0.questions = [] }
        let reaction = simple.react(to: asking.encoded(), from: .init(address: address, isTCP: false, time: 0))
        guard case .respond(let refusal, _, _, _) = reaction else {
            Issue.record("no response")
            return
        }
        #expect(refusal.responseCode == .formatError)
    }

    @Test("says which DNAME record makes a name too long")
    func tooLong() throws {
        let name = String(repeating: "p", count: 60) + "." + String(repeating: "q", count: 10) + ".long.example."
        let response = try response(try query(name, .a))
        #expect(response.responseCode == ResponseCode(rawValue: 6) && response.flags.contains(.authoritative))
        #expect(response.answers.map(\.type) == [.dname])
        #expect(response.answers.first?.name.description == "long.example.")
    }

    @Test("tells who it is, when asked")
    func identity() throws {
        let named = try response(try query("www.example.", .a, edns: EDNS(options: [.init(.nameServerID, [])])))
        #expect(named.edns?.option(.nameServerID) == Array("edge-1".utf8))
        let chaos = try response(try query("id.server.", .txt) { $0.questions[0].recordClass = .chaos })
        #expect(chaos.answers.first?.data.text(as: .txt) == #""edge-1""#)
    }

    @Test("says of a client's subnet that nothing depends on it")
    func clientSubnet() throws {
        let subnet = try #require(ClientSubnet(address, sourcePrefix: 24))
        let response = try response(
            try query("www.example.", .a, edns: EDNS(options: [.init(.clientSubnet, subnet.value)])))
        let echoed = try ClientSubnet(try #require(response.edns?.option(.clientSubnet)))
        #expect(echoed == subnet && echoed.scopePrefix == 0)
    }

    @Test("keeps to what the client takes over UDP, and to less than what may be cut in pieces")
    func sizes() throws {
        for (edns, limit) in [(nil, 512), (EDNS(payloadSize: 100), 512), (EDNS(payloadSize: 4_096), 1_232)] {
            let query = try query("many.cdn.example.", .aaaa, edns: edns)
            guard case .respond(let message, limit, _, _) = react(query) else {
                Issue.record("another limit than \(limit)")
                continue
            }
            #expect(try response(query).flags.contains(.truncated) && message.encoded(limit: limit).count <= limit)
            #expect(try response(query, isTCP: true).answers.count == 60)
        }
    }

    @Test("gives one set for ANY, so that nobody gets much for little")
    func any() throws {
        for (name, count) in [("cdn.example.", 1), ("example.", 1), ("many.cdn.example.", 60)] {
            let response = try response(try query(name, .any), isTCP: true)
            #expect(Set(response.answers.map(\.type)).count == 1 && response.answers.count == count)
        }
        // Over UDP no question gets more than 1,232 octets, whatever it asks for.
        let query = try query("many.cdn.example.", .any, edns: EDNS(payloadSize: 65_535))
        guard case .respond(let message, let limit, _, _) = react(query) else { return }
        #expect(message.encoded(limit: limit).count <= 1_232)
    }

    @Test("knows its own cookies again, from the same address and for an hour")
    func cookies() throws {
        // RFC 9018, appendix A.1 and A.2.
        let secret = try #require(RecordText.octets(hexadecimal: "e5e973e5a6b2a43f48e7dc849e37bfcf"))
        let cookies = try #require(DNSCookies(secret: secret))
        let client = try #require(RecordText.octets(hexadecimal: "2464c4abcf10c957"))
        let asker = try #require(IPAddress("198.51.100.100"))
        let cookie = cookies.make(client, at: 1_559_731_985, for: asker)
        #expect(RecordText.hexadecimal(cookie[...]) == "2464C4ABCF10C957010000005CF79F111F8130C3EEE29480")
        #expect(cookies.check(cookie, from: asker, now: 1_559_731_985) == .valid(client: client, isFresh: true))
        #expect(cookies.check(cookie, from: asker, now: 1_559_734_385) == .valid(client: client, isFresh: false))
        #expect(cookies.check(cookie, from: asker, now: 1_559_735_586) == .unknown(client: client))
        #expect(cookies.check(cookie, from: address, now: 1_559_731_985) == .unknown(client: client))
        #expect(cookies.check(client, from: asker, now: 0) == .unknown(client: client))
        #expect(cookies.check(client + [1], from: asker, now: 0) == .malformed)

        let first = try response(try query("www.example.", .a, edns: EDNS(options: [.init(.cookie, client)])))
        let given = try #require(first.edns?.option(.cookie))
        let second = try query("www.example.", .a, edns: EDNS(options: [.init(.cookie, given)]))
        guard case .respond(_, _, kind: nil, _) = react(second) else {
            Issue.record("who sent the cookie back has proven the address")
            return
        }
        guard case .respond(_, _, kind: .answer, _) = react(try query("www.example.", .a)) else {
            Issue.record("who has no cookie has proven nothing")
            return
        }
    }

    @Test("sends a zone over TCP, in messages that hold all of it")
    func transfer() throws {
        guard case .transfer(let zone, let asked) = react(try query("cdn.example.", .axfr), isTCP: true) else {
            Issue.record("no transfer")
            return
        }
        let messages = try ZoneTransfer(zone, answering: asked).map { try DNSMessage($0) }
        let records = messages.flatMap(\.answers)
        #expect(records.first?.type == .soa && records.first == records.last && records.count == 60 + 5)
        #expect(try Zone(records.dropLast()).allRecords == zone.allRecords)
        let large = try Zone(
            zone.allRecords
                + (0..<5_000).map {
                    ResourceRecord(
                        name: try DomainName("host\($0).cdn.example."), type: .a, ttl: 60,
                        data: try RecordData("192.0.2.\($0 % 250)", .a))
                })
        let sent = Array(ZoneTransfer(large, answering: asked))
        #expect(sent.count > 5 && sent.allSatisfy { $0.count <= 16_384 })
        let whole = try sent.map { try DNSMessage($0) }
        #expect(whole.flatMap(\.answers).count == 5_000 + 60 + 5)
        #expect(whole.dropFirst().allSatisfy { $0.questions.isEmpty && $0.id == 77 })
    }

    @Test("hears that a zone has a new version")
    func notify() throws {
        guard case .notified(let name, let reply) = react(try query("example.", .soa) { $0.opcode = .notify }) else {
            Issue.record("not heard")
            return
        }
        #expect(name.description == "example." && reply.opcode == .notify && reply.flags.contains(.response))
    }
}

@Suite("A limit of responses")
struct ResponseRateLimitTests {
    @Test("lets a network have so many of a kind a second, and then one in two as truncated")
    func limit() throws {
        var configuration = ResponseRateLimit.Configuration()
        (configuration.rate, configuration.burst) = (10, 1)
        var limiter = ResponseRateLimit(configuration)
        let now = ContinuousClock.now
        let (one, neighbour, other) = (IPAddress("192.0.2.1")!, IPAddress("192.0.2.200")!, IPAddress("198.51.100.1")!)
        let kind = ResponseRateLimit.Kind.answer(.root, .a)
        #expect((0..<10).allSatisfy { _ in limiter.decide(one, kind, now: now) == .send })
        #expect(limiter.decide(neighbour, kind, now: now) == .drop)
        #expect(limiter.decide(one, kind, now: now) == .truncate)
        #expect(limiter.decide(other, kind, now: now) == .send)
        #expect(limiter.decide(one, .answer(.root, .aaaa), now: now) == .send)
        #expect(limiter.decide(one, kind, now: now + .milliseconds(100)) == .send)
        #expect(limiter.decide(one, kind, now: now + .milliseconds(100)) == .drop)
    }

    @Test("remembers no more than it may")
    func memory() {
        var configuration = ResponseRateLimit.Configuration()
        configuration.capacity = 100
        var limiter = ResponseRateLimit(configuration)
        let now = ContinuousClock.now
        for index in 0..<1_000 {
            let address = IPAddress(octets: [10, UInt8(index / 250), UInt8(index % 250), 1])!
            _ = limiter.decide(address, .error, now: now + .milliseconds(index))
        }
        #expect(limiter.count <= 100)
    }
}

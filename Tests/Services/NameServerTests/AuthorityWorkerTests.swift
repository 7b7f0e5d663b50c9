import DNS
import Foundation
import Logging
import TestSupport
import Testing

@testable import NameServer

@Suite("Randomised: what answers fast")
struct RandomisedAuthorityWorkerTests {
    private let silent = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    private let now: UInt32 = 1_700_000_000

    private static let lines = """
        $TTL 300
        @ SOA ns hostmaster 1 3600 900 604800 60
        @ NS ns
        @ MX 10 WWW
        @ TXT "a" "b"
        ns A 192.0.2.1
        www A 192.0.2.2
        www AAAA 2001:db8::2
        Alias CNAME www
        chain CNAME alias
        abroad CNAME www.other.
        loop CNAME pool
        pool CNAME loop
        d DNAME www
        *.wild A 192.0.2.3
        a.b.c TXT x
        cut NS ns.cut
        cut NS ns
        ns.cut A 192.0.2.4
        $GENERATE 1-20 wide NS ns$.wide
        $GENERATE 1-20 ns$.wide AAAA 2001:db8::$
        $GENERATE 1-9 broad NS h$
        $GENERATE 1-9 h$ AAAA 2001:db8::$
        _s._tcp SRV 0 1 80 www
        $GENERATE 1-60 many AAAA 2001:db8::$
        $GENERATE 1-30 many TXT "text $ that is long enough to fill a message sooner or later"
        """

    private func zones() throws -> ZoneTable {
        let records = try MasterFile.records(
            in: Array(Self.lines.utf8), path: "z", origin: try DomainName("Example."))
        let root = "$TTL 9\n@ SOA a b 1 1 1 1 1\n@ NS a.\na A 192.0.2.9\n"
        return ZoneTable(
            [try Zone(records), try Zone(try MasterFile.records(in: Array(root.utf8), path: "r", origin: .root))],
            unavailable: [try DomainName("gone.example.")])
    }

    private func responder(_ change: (inout AuthorityResponder.Configuration) -> Void = { _ in }) throws
        -> AuthorityResponder
    {
        var configuration = AuthorityResponder.Configuration(logger: silent)
        configuration.rateLimit = nil
        configuration.engine.cookies = DNSCookies(secret: Array(0..<16))
        configuration.engine.serverID = "edge"
        change(&configuration)
        return AuthorityResponder(configuration: configuration, zones: try zones())
    }

    private static let names = [
        "example.", "www.example.", "alias.example.", "chain.example.", "abroad.example.", "loop.example.",
        "x.d.example.",
        "d.example.", "a.wild.example.", "b.c.example.", "a.b.c.example.", "x.cut.example.", "cut.example.",
        "cut.example.",
        "x.wide.example.", "wide.example.", "x.broad.example.",
        "_s._tcp.example.", "many.example.", "none.example.", "x.none.example.", "gone.example.", "x.gone.example.",
        ".",
        "other.", "a.", "id.server.",
    ]

    private func letters(_ name: String, _ random: inout SeededGenerator) -> String {
        name.map { Bool.random(using: &random) ? $0.uppercased() : $0.lowercased() }.joined()
    }

    /// A query as clients send them, or nearly so.
    private func query(_ random: inout SeededGenerator) throws -> [UInt8] {
        var query = DNSMessage(id: .random(in: 0...UInt16.max, using: &random))
        let types: [RecordType] = [
            .a, .aaaa, .ns, .soa, .mx, .txt, .cname, .srv, .any, .ds, .axfr, .dname, .init(rawValue: 999),
        ]
        query.questions = [
            .init(
                try DomainName(letters(Self.names.randomElement(using: &random) ?? ".", &random)),
                types.randomElement(using: &random) ?? .a,
                Int.random(in: 0..<30, using: &random) == 0 ? .chaos : .internet)
        ]
        if Bool.random(using: &random) { query.flags.insert(.recursionDesired) }
        if Bool.random(using: &random) { query.flags.insert(.checkingDisabled) }
        if Int.random(in: 0..<20, using: &random) == 0 {
            query.flags.insert([.authoritative, .truncated].randomElement(using: &random) ?? [])
        }
        if Bool.random(using: &random) {
            var edns = EDNS(payloadSize: [0, 512, 600, 1_232, 4_096, 65_535].randomElement(using: &random) ?? 512)
            edns.wantsDNSSEC = Bool.random(using: &random)
            if Bool.random(using: &random) { edns.options.append(.init(.cookie, cookie(&random))) }
            switch Int.random(in: 0..<12, using: &random) {
            case 0: edns.options.append(.init(.nameServerID, []))
            case 1: edns.options.append(.init(.clientSubnet, [0, 1, 24, 0, 192, 0, 2]))
            case 2: edns.version = 1
            default: break
            }
            query.edns = edns
        }
        var octets = query.encoded()
        if Int.random(in: 0..<10, using: &random) == 0 {
            octets[Int.random(in: 0..<octets.count, using: &random)] = .random(in: 0...255, using: &random)
        }
        if Int.random(in: 0..<30, using: &random) == 0 {
            octets.removeLast(Int.random(in: 1..<octets.count, using: &random))
        }
        return octets
    }

    private func cookie(_ random: inout SeededGenerator) -> [UInt8] {
        let client = Array(1...8 as ClosedRange<UInt8>)
        let cookies = DNSCookies(secret: Array(0..<16))
        let time = now - [0, 60, 2_000, 3_700].randomElement(using: &random)!
        var cookie = Bool.random(using: &random) ? client : cookies?.make(client, at: time, for: Self.address) ?? []
        switch Int.random(in: 0..<8, using: &random) {
        case 0: cookie.append(1)
        case 1: cookie += [UInt8](repeating: 1, count: 8)
        case 2: cookie[cookie.count - 1] ^= 1
        default: break
        }
        return cookie
    }

    private static let address = IPAddress(octets: [192, 0, 2, 77])!

    private func fast(_ worker: AuthorityWorker, _ query: [UInt8], isTCP: Bool) -> (DNSWorkerReply, [UInt8]) {
        var room = [UInt8](repeating: 0, count: isTCP ? 65_535 : 4_096)
        let reply = room.withUnsafeMutableBytes { room in
            query.withUnsafeBytes { query in
                Self.address.octets.withUnsafeBytes { worker.reply(to: query, from: $0, isTCP: isTCP, into: room) }
            }
        }
        if case .written(let count) = reply { return (reply, Array(room[..<count])) }
        return (reply, [])
    }

    @Test("says octet by octet what the engine says, for any query and any letters")
    func same() throws {
        let rounds = fuzzRounds(default: 20_000)
        var random = SeededGenerator(seed: 53)
        for hasCookies in [true, false] {
            let responder = try responder { if !hasCookies { $0.engine.cookies = nil } }
            let worker = AuthorityWorker(responder)
            worker.begin(time: now, now: .now)
            var answered = 0
            for _ in 0..<rounds {
                let octets = try query(&random)
                let isTCP = Bool.random(using: &random)
                let (reply, answer) = fast(worker, octets, isTCP: isTCP)
                guard case .written = reply else {
                    #expect(reply == .unknown)
                    continue
                }
                answered += 1
                let peer = DNSPeer(address: Self.address, isTCP: isTCP)
                guard case .message(let expected) = responder.reply(to: octets, from: peer, at: now) else {
                    Issue.record("an answer to what gets none: \(octets)")
                    return
                }
                guard expected == answer else {
                    Issue.record("\(octets): \(answer) instead of \(expected)")
                    return
                }
            }
            // Most of what clients send.
            #expect(answered > rounds / 2)
        }
    }

    @Test("forgets what it knows when zones change, and when it knows too much")
    func changes() throws {
        let responder = try responder()
        let worker = AuthorityWorker(responder)
        var query = DNSMessage(id: 1)
        query.questions = [.init(try DomainName("www.example."), .a)]
        worker.begin(time: now, now: .now)
        #expect(try DNSMessage(fast(worker, query.encoded(), isTCP: false).1).answers.count == 1)
        responder.replace(ZoneTable())
        worker.begin(time: now, now: .now)
        #expect(try DNSMessage(fast(worker, query.encoded(), isTCP: false).1).responseCode == .refused)

        let cache = AnswerCache(AuthorityEngine(zones: try zones()), count: 1 << 12, octetLimit: 10_000)
        var room = [UInt8](repeating: 0, count: 1_232)
        for number in 0..<5_000 {
            query.questions = [.init(try DomainName("n\(number).example."), .a)]
            let outcome = room.withUnsafeMutableBytes { room in
                query.encoded().withUnsafeBytes { octets in
                    Self.address.octets.withUnsafeBytes {
                        cache.answer(octets, from: $0, isTCP: false, time: now, decide: { _ in .send }, into: room)
                    }
                }
            }
            #expect(outcome != .unknown && cache.memory <= 10_000)
        }
    }

    @Test("sends nobody who has not proven an address many times what came, whatever is asked for")
    func amplification() throws {
        var random = SeededGenerator(seed: 5_353)
        let responder = try responder { $0.rateLimit = .init() }
        let worker = AuthorityWorker(responder)
        let begin = ContinuousClock.now
        var (received, sent, largest) = (0, 0, 0)
        let seconds = 20
        for second in 0..<seconds {
            // A thousand questions a second in somebody's name, those with the largest answers.
            worker.begin(time: now, now: begin + .seconds(second))
            for _ in 0..<1_000 {
                var query = DNSMessage(id: 1)
                let name =
                    Bool.random(using: &random)
                    ? "many.example." : "n\(Int.random(in: 0..<1_000, using: &random)).example."
                query.questions = [
                    .init(try DomainName(name), [.aaaa, .txt, .any].randomElement(using: &random) ?? .any)
                ]
                query.edns = EDNS(payloadSize: 65_535)
                let octets = query.encoded()
                received += octets.count
                let (reply, answer) = fast(worker, octets, isTCP: false)
                #expect(reply != .unknown && answer.count <= 1_232)
                sent += answer.count
                largest = max(largest, answer.count)
            }
        }
        // Three kinds of answers and one of errors: 20 a second each and 40 at once; half of the others get their question back.
        #expect(sent < received)
        let limited = 4 * (20 * seconds + 40) * largest
        #expect(sent < limited + received / 2 + received / 4)
    }
}

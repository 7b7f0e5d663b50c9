import Testing

@testable import DNS

/// Sends everybody to an address made of the policy and what is known of the client.
private struct Echo: AnswerSource {
    func answer(to question: TailoredQuestion) -> TailoredAnswer? {
        guard question.policy != "unknown" else { return nil }
        let last = UInt8(question.bits)
        let four = IPAddress(octets: [203, 0, question.isResolver ? 1 : 2, last])!
        let six = IPAddress(octets: [0x20, 1, 0xd, 0xb8] + [UInt8](repeating: 0, count: 11) + [last])!
        let scope = question.client.octets[0] == 10 ? 16 : 20
        switch question.policy {
        case "four": return TailoredAnswer(addresses: [four, six], ttl: 7, scope: question.type == .a ? scope : 0)
        case "six": return TailoredAnswer(addresses: [six], ttl: 7, scope: scope)
        case "wide": return TailoredAnswer(addresses: [four], ttl: 7, scope: 24)
        default: return TailoredAnswer(addresses: [], ttl: 7, scope: 0)
        }
    }
}

@Suite("An answer by a policy")
struct TailoredAnswerTests {
    private let engine: AuthorityEngine

    init() throws {
        let text = """
            $TTL 300
            @ SOA ns hostmaster 1 3600 900 604800 60
            @ NS ns
            ns A 192.0.2.1
            _routing.ns TXT "policy=four"
            video A 192.0.2.9
            video TXT "about"
            _routing.video TXT "policy=four"
            only6 A 192.0.2.9
            _ROUTING.only6 TXT "policy=six"
            nobody TXT "nobody"
            _routing.nobody TXT "policy=none"
            unknown A 192.0.2.8
            _routing.unknown TXT "policy=unknown"
            bare.deep TXT x
            _routing.bare TXT "policy=four"
            alias CNAME video
            alias2 CNAME more
            more CNAME wide
            _routing.wide TXT "policy=wide"
            _routing.*.live TXT "policy=four"
            fixed.live A 192.0.2.7
            sub NS ns.sub
            ns.sub A 192.0.2.6
            _routing.sub TXT "policy=four"
            _routing.x.sub TXT "policy=four"
            _dash._tcp SRV 0 1 80 video
            @ MX 1 mail
            mail A 192.0.2.5
            """
        let records = try MasterFile.records(in: Array(text.utf8), path: "z", origin: try DomainName("cdn.test."))
        engine = AuthorityEngine(zones: ZoneTable([try Zone(records)]), source: Echo())
    }

    /// Code, answers and the client's subnet in one line, and whether the engine says that it is for this query only.
    private func answer(
        _ name: String, _ type: RecordType = .a, subnet: String? = nil, engine: AuthorityEngine? = nil
    ) throws -> (line: String, isTailored: Bool) {
        var query = DNSMessage(id: 1)
        query.questions = [.init(try DomainName(name + ".cdn.test."), type)]
        if let subnet {
            let network = try #require(IPNetwork(subnet))
            let option = try #require(ClientSubnet(network.address, sourcePrefix: UInt8(network.prefix)))
            query.edns = EDNS(options: [.init(.clientSubnet, option.value)])
        }
        let reaction = (engine ?? self.engine).react(
            to: query.encoded(), from: .init(address: IPAddress("192.0.2.99")!, isTCP: false, time: 0))
        guard case .respond(let message, let limit, _, let isTailored) = reaction else {
            throw DNSError(.malformedMessage, "no response")
        }
        let response = try DNSMessage(message.encoded(limit: limit))
        var line = "\(response.responseCode)"
        for record in response.answers {
            line += " \(record.ttl) \(record.type) \(record.data.text(as: record.type))"
        }
        if let value = response.edns?.option(.clientSubnet) { line += " for \(try ClientSubnet(value))" }
        return (line, isTailored)
    }

    @Test(
        "comes from the source, with the scope that it says",
        arguments: [
            ("video", .a, nil, "NOERROR 7 A 203.0.1.32"), ("VIDEO", .a, nil, "NOERROR 7 A 203.0.1.32"),
            ("video", .aaaa, nil, "NOERROR 7 AAAA 2001:db8::20"),
            ("video", .a, "10.1.2.0/24", "NOERROR 7 A 203.0.2.24 for 10.1.2.0/24/16"),
            ("video", .a, "172.16.0.0/12", "NOERROR 7 A 203.0.2.12 for 172.16.0.0/12/20"),
            ("video", .aaaa, "10.1.2.0/24", "NOERROR 7 AAAA 2001:db8::18 for 10.1.2.0/24/0"),
            ("video", .a, "2001:db8::/48", "NOERROR 7 A 203.0.2.48 for 2001:db8::/48/20"),
            // Who gives nothing away is where the resolver is.
            ("video", .a, "0.0.0.0/0", "NOERROR 7 A 203.0.1.32 for 0.0.0.0/0/0"),
            ("video", .any, nil, "NOERROR 7 A 203.0.1.32"), ("only6", .any, nil, "NOERROR 7 AAAA 2001:db8::20"),
            ("only6", .a, "10.0.0.0/8", "NOERROR for 10.0.0.0/8/16"), ("nobody", .a, nil, "NOERROR"),
            ("nobody", .any, nil, "NOERROR 300 TXT \"nobody\""), ("bare", .a, nil, "NOERROR 7 A 203.0.1.32"),
            ("alias", .a, "10.1.2.0/24", "NOERROR 300 CNAME video.cdn.test. 7 A 203.0.2.24 for 10.1.2.0/24/16"),
            (
                "alias2", .a, "10.1.2.0/24",
                "NOERROR 300 CNAME more.cdn.test. 300 CNAME wide.cdn.test. 7 A 203.0.2.24 for 10.1.2.0/24/24"
            ),
            ("any.live", .a, nil, "NOERROR 7 A 203.0.1.32"), ("a.b.live", .a, nil, "NOERROR 7 A 203.0.1.32"),
        ] as [(String, RecordType, String?, String)])
    func tailored(name: String, type: RecordType, subnet: String?, line: String) throws {
        let (answer, isTailored) = try answer(name, type, subnet: subnet)
        #expect(answer == line)
        #expect(isTailored || line.contains("TXT"))
    }

    @Test(
        "is given for addresses of the name itself only",
        arguments: [
            ("video", .txt, "NOERROR 300 TXT \"about\" for 10.0.0.0/8/0"), ("video", .mx, "NOERROR for 10.0.0.0/8/0"),
            ("fixed.live", .a, "NOERROR 300 A 192.0.2.7 for 10.0.0.0/8/0"), ("live", .a, "NOERROR for 10.0.0.0/8/0"),
            ("below.video", .a, "NXDOMAIN for 10.0.0.0/8/0"), ("sub", .a, "NOERROR for 10.0.0.0/8/0"),
            ("x.sub", .a, "NOERROR for 10.0.0.0/8/0"),
            ("_routing.video", .txt, "NOERROR 300 TXT \"policy=four\" for 10.0.0.0/8/0"),
            ("_routing.video", .a, "NOERROR for 10.0.0.0/8/0"),
            ("any.live", .txt, "NOERROR for 10.0.0.0/8/0"),
        ] as [(String, RecordType, String)])
    func others(name: String, type: RecordType, line: String) throws {
        let (answer, isTailored) = try answer(name, type, subnet: "10.0.0.0/8")
        #expect(answer == line && !isTailored)
    }

    @Test("leaves the zone's records where there is no such policy, or no source")
    func records() throws {
        // There may be such a policy with the next question.
        #expect(try answer("unknown") == ("NOERROR 300 A 192.0.2.8", true))
        var plain = engine
        plain.source = nil
        #expect(try answer("video", engine: plain) == ("NOERROR 300 A 192.0.2.9", false))
        #expect(try answer("bare", engine: plain) == ("NOERROR", false))
    }

    @Test("is not added to answers about other names, as those would depend on the client too")
    func additional() throws {
        for (name, type, count) in [("_dash._tcp", .srv, 0), ("", .mx, 1)] as [(String, RecordType, Int)] {
            var query = DNSMessage(id: 1)
            query.questions = [.init(try DomainName((name.isEmpty ? "" : name + ".") + "cdn.test."), type)]
            let reaction = engine.react(
                to: query.encoded(), from: .init(address: IPAddress("192.0.2.99")!, isTCP: true, time: 0))
            guard case .respond(let response, _, _, let isTailored) = reaction else { return }
            #expect(response.additionals.count == count && !isTailored)
        }
    }

    @Test("needs a well-formed subnet, as any answer does")
    func malformed() throws {
        for value in [
            [0, 1, 24, 0, 10, 1], [0, 1, 24, 0, 10, 1, 2, 3], [0, 1, 33, 0, 10, 1, 2, 3, 0], [0, 1, 24, 8, 10, 1, 2],
            [0, 1, 20, 0, 10, 1, 255], [0, 3, 8, 0, 10], [0, 1], [],
        ] as [[UInt8]] {
            var query = DNSMessage(id: 1)
            query.questions = [.init(try DomainName("video.cdn.test."), .a)]
            query.edns = EDNS(options: [.init(.clientSubnet, value)])
            let reaction = engine.react(
                to: query.encoded(), from: .init(address: IPAddress("192.0.2.99")!, isTCP: false, time: 0))
            guard case .respond(let response, _, _, let isTailored) = reaction else {
                Issue.record("no response")
                continue
            }
            #expect(response.responseCode == .formatError && response.answers.isEmpty && !isTailored, "\(value)")
        }
    }

    @Test("is never kept for the next query, nor asked for on behalf of nobody")
    func cache() throws {
        /// Fails the test when it is asked.
        struct Forbidden: AnswerSource {
            func answer(to question: TailoredQuestion) -> TailoredAnswer? {
                Issue.record("\(question.name) is asked for")
                return nil
            }
        }
        var engine = engine
        engine.source = Forbidden()
        let cache = AnswerCache(engine)
        func outcome(_ name: String, _ type: RecordType = .a) throws -> AnswerCache.Outcome {
            var query = DNSMessage(id: 1)
            query.questions = [.init(try DomainName(name + ".cdn.test."), type)]
            var room = [UInt8](repeating: 0, count: 1_232)
            return query.encoded().withUnsafeBytes { query in
                ([192, 0, 2, 99] as [UInt8]).withUnsafeBytes { address in
                    room.withUnsafeMutableBytes { room in
                        cache.answer(
                            query, from: address, isTCP: false, time: 0, decide: { _ in .send },
                            into: UnsafeMutableRawBufferPointer(room))
                    }
                }
            }
        }
        for name in ["video", "alias", "alias2", "any.live", "VIDEO"] { #expect(try outcome(name) == .unknown) }
        #expect(try outcome("video", .any) == .unknown)
        for (name, type) in [("mail", .a), ("video", .txt), ("fixed.live", .a)] as [(String, RecordType)] {
            guard case .written = try outcome(name, type) else {
                Issue.record("\(name) is not kept")
                continue
            }
        }
    }

    @Test("is asked for by records that transfers carry, and those that mean nothing are told")
    func zones() throws {
        let zone = try #require(engine.zones.all.first)
        #expect(zone.policies.count == 10)
        #expect(zone.allRecords.filter { $0.name.description.hasPrefix("_") && $0.type == .txt }.count == 10)
        #expect(try Zone(zone.allRecords).policies == zone.policies)
        let odd = """
            $TTL 300
            @ SOA ns hostmaster 1 3600 900 604800 60
            @ NS ns.other.
            _routing.a TXT "policy"
            _routing.b TXT "policy=x"
            _routing.b TXT "policy=y"
            _routing.c TXT "policy=x"
            c CNAME d
            _routing.d TXT "policy=x" "more"
            """
        let warnings = try Zone(
            try MasterFile.records(in: Array(odd.utf8), path: "z", origin: try DomainName("o.test."))
        ).warnings
        #expect(warnings.count == 4, "\(warnings)")
    }
}

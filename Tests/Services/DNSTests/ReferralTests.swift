import Testing

@testable import DNS

@Suite("A referral")
struct ReferralTests {
    @Test("says TC when it lacks glue that nobody can do without")
    func glue() throws {
        func zone(_ within: Int, _ beside: Int) throws -> Zone {
            var lines = "$TTL 60\n@ SOA ns host 1 1 1 1 1\n@ NS ns\nns A 192.0.2.1\n"
            // In the order in which siblings would come first.
            for index in 0..<beside { lines += "cut NS b\(index)\nb\(index) AAAA 2001:db8::\(index)\n" }
            for index in 0..<within { lines += "cut NS n\(index).cut\nn\(index).cut AAAA 2001:db8::1:\(index)\n" }
            return try Zone(
                try MasterFile.records(in: Array(lines.utf8), path: "z", origin: try DomainName("example.")))
        }
        // RFC 9471 §3.1: hosts within the zone that is given away, then those elsewhere in this one.
        let cases: [(within: Int, beside: Int, edns: EDNS?, isTCP: Bool, isCut: Bool)] = [
            (5, 0, nil, false, false), (12, 0, nil, false, true), (12, 0, EDNS(payloadSize: 1_232), false, false),
            (12, 0, nil, true, false), (0, 12, nil, false, false), (3, 9, nil, false, false),
            (9, 3, nil, false, false),
            (10, 3, nil, false, true), (28, 0, EDNS(payloadSize: 1_232), false, true),
        ]
        for (within, beside, edns, isTCP, isCut) in cases {
            let engine = AuthorityEngine(zones: ZoneTable([try zone(within, beside)]))
            var query = DNSMessage(id: 1)
            query.questions = [.init(try DomainName("x.cut.example."), .a)]
            query.edns = edns
            let reaction = engine.react(to: query.encoded(), from: .init(address: .unspecified, isTCP: isTCP, time: 0))
            guard case .respond(let message, let limit, _, _) = reaction else {
                Issue.record("no response")
                continue
            }
            let octets = message.encoded(limit: limit)
            let response = try DNSMessage(octets)
            #expect(response.authorities.count == within + beside && octets.count <= limit)
            #expect(response.flags.contains(.truncated) == isCut, "\(within), \(beside) in \(limit)")
            let cut = try DomainName("cut.example.")
            #expect((response.additionals.count { $0.name.isWithin(cut) } < within) == isCut)
        }
    }
}

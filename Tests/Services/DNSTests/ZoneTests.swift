import TestSupport
import Testing

@testable import DNS

@Suite("Master files")
struct MasterFileTests {
    private func records(
        _ text: String,
        include: @escaping MasterFile.Include = { _ throws(DNSError) in
            throw DNSError(.unreadable, "none")
        }
    ) throws -> [String] {
        try MasterFile.records(
            in: Array(text.utf8), path: "zone", origin: try DomainName("example."), include: include
        ).map(\.description)
    }

    @Test("are read with all that RFC 1035 allows in them")
    func everything() throws {
        let text = """
            ; a comment
            $TTL 1h
            @ IN SOA ns hostmaster ( 2024010101 ; serial
                  2h 15m 2w
                  300 )
                 NS ns   ; the same owner
            ns  600 IN A 192.0.2.1
                IN 600 AAAA 2001:db8::1
            $ORIGIN sub
            www A 192.0.2.2\r
            \tTXT "a;b" "c (d)" e\\"f
            a\\.b.other. 0 CNAME www.example.
            $ORIGIN example.
            www MX 10 @
            """
        #expect(
            try records(text) == [
                "example. 3600 IN SOA ns.example. hostmaster.example. 2024010101 7200 900 1209600 300",
                "example. 3600 IN NS ns.example.", "ns.example. 600 IN A 192.0.2.1",
                "ns.example. 600 IN AAAA 2001:db8::1", "www.sub.example. 3600 IN A 192.0.2.2",
                #"www.sub.example. 3600 IN TXT "a;b" "c (d)" "e\"f""#, #"a\.b.other. 0 IN CNAME www.example."#,
                "www.example. 3600 IN MX 10 example.",
            ])
    }

    @Test("include others, whose origin and owner end with them")
    func includes() throws {
        let files = ["a": "$ORIGIN deep\nx A 192.0.2.1\n", "b": "$INCLUDE b"]
        let include: MasterFile.Include = { name throws(DNSError) in
            guard let content = files[name] else { throw DNSError(.unreadable, "no file \(name)") }
            return (name, Array(content.utf8))
        }
        #expect(
            try records("$TTL 5\ny A 192.0.2.9\n$INCLUDE a sub\n A 192.0.2.2\nz A 192.0.2.3", include: include) == [
                "y.example. 5 IN A 192.0.2.9", "x.deep.sub.example. 5 IN A 192.0.2.1", "y.example. 5 IN A 192.0.2.2",
                "z.example. 5 IN A 192.0.2.3",
            ])
        #expect(throws: DNSError.self) { try records("$INCLUDE b", include: include) }
        do {
            _ = try records("\n$INCLUDE c", include: include)
            Issue.record("an included file that is not there")
        } catch {
            #expect("\(error)" == "zone:2: no file c")
        }
    }

    @Test("generate records by number")
    func generate() throws {
        #expect(
            try records("$TTL 5\n$GENERATE 1-5/2 edge-${0,3} A 192.0.2.$\n$GENERATE 10-11 ${6,4,x} CNAME a$$b") == [
                "edge-001.example. 5 IN A 192.0.2.1", "edge-003.example. 5 IN A 192.0.2.3",
                "edge-005.example. 5 IN A 192.0.2.5", #"0010.example. 5 IN CNAME a\$b.example."#,
                #"0011.example. 5 IN CNAME a\$b.example."#,
            ])
    }

    @Test(
        "say in which line what is wrong",
        arguments: [
            ("$TTL 1\n\na A 1.2.3", 3, "IPv4"), ("a A 192.0.2.1", 1, "time to live"),
            (" A 192.0.2.1", 1, "needs a name"),
            ("$TTL 1\na B c", 2, "no type"), ("$TTL 1\na A ( 192.0.2.1\n", 2, "( without"),
            ("$TTL 1\na A 192.0.2.1 )", 2, ") without"),
            ("$TTL 1\na TXT \"x\nb", 2, "quotation"), ("$FOO", 1, "no directive"), ("$TTL 3000000000", 1, "below 2^31"),
            ("$TTL 1\na CH TXT x", 2, "class"), ("$TTL 1\na ANY x", 2, "questions"),
            ("$TTL 1\na..b A 192.0.2.1", 2, "empty label"),
            ("$TTL 1\na A", 2, "needs 1"), ("$GENERATE 1-99999999 a A 192.0.2.1", 1, "65,536"),
            ("$TTL 1\n$GENERATE 1-2 a$ A 192.0.2.${", 2, "} is missing"),
        ] as [(String, Int, String)])
    func faults(text: String, line: Int, complaint: String) throws {
        do {
            _ = try records(text)
            Issue.record("\(text) is no zone")
        } catch let error as DNSError {
            #expect("\(error)".hasPrefix("zone:\(line): ") && "\(error)".contains(complaint), "\(error)")
        }
    }
}

@Suite("Zones")
struct ZoneTests {
    private static let text = """
        $TTL 300
        @ SOA ns hostmaster 1 3600 900 604800 60
        @ NS ns
        ns A 192.0.2.1
        www A 192.0.2.2
        www AAAA 2001:db8::2
        alias CNAME WWW
        out CNAME edge.other.test.
        *.wild A 192.0.2.3
        *.wild TXT "star"
        host.wild A 192.0.2.4
        sub NS ns.sub
        sub NS ns.elsewhere.
        sub DS 1 8 2 AB
        ns.sub A 192.0.2.5
        old DNAME new.test.
        a.b.c A 192.0.2.6
        *.loop CNAME x.loop
        """

    private let zone: Zone

    init() throws { zone = try Self.zone(Self.text) }

    private static func zone(_ text: String) throws -> Zone {
        try Zone(try MasterFile.records(in: Array(text.utf8), path: "z", origin: try DomainName("example.")))
    }

    /// An answer in one line.
    private func answer(_ name: String, _ type: RecordType) throws -> String {
        func list(_ records: [ResourceRecord]) -> String {
            records.map { "\($0.name) \($0.type) \($0.data.text(as: $0.type))" }.joined(separator: ", ")
        }
        return switch zone.answer(try DomainName(name), type) {
        case .records(let records): list(records)
        case .alias(let records, let target): "\(list(records)) -> \(target)"
        case .referral(let servers, let glue, let siblings): "referral \(list(servers)); \(list(glue + siblings))"
        case .noData: "no data"
        case .nameError: "no such name"
        case .nameTooLong(let records): "too long: \(list(records))"
        }
    }

    @Test(
        "answer as RFC 1034 §4.3.2 has it",
        arguments: [
            ("www.example.", .a, "www.example. A 192.0.2.2"), ("WWW.EXAMPLE.", .aaaa, "WWW.EXAMPLE. AAAA 2001:db8::2"),
            ("www.example.", .mx, "no data"), ("none.example.", .a, "no such name"),
            ("alias.example.", .a, "alias.example. CNAME WWW.example. -> WWW.example."),
            ("alias.example.", .cname, "alias.example. CNAME WWW.example."),
            ("out.example.", .a, "out.example. CNAME edge.other.test. -> edge.other.test."),
            // An empty non-terminal exists, and a wildcard does not cover what exists.
            ("b.c.example.", .a, "no data"), ("c.example.", .a, "no data"), ("x.b.c.example.", .a, "no such name"),
            ("any.wild.example.", .a, "any.wild.example. A 192.0.2.3"),
            ("deep.er.wild.example.", .txt, #"deep.er.wild.example. TXT "star""#),
            ("any.wild.example.", .mx, "no data"), ("host.wild.example.", .txt, "no data"),
            ("below.host.wild.example.", .a, "no such name"), ("wild.example.", .a, "no data"),
            ("*.wild.example.", .a, "*.wild.example. A 192.0.2.3"),
            ("y.loop.example.", .a, "y.loop.example. CNAME x.loop.example. -> x.loop.example."),
            (
                "x.sub.example.", .a,
                "referral sub.example. NS ns.sub.example., sub.example. NS ns.elsewhere.; ns.sub.example. A 192.0.2.5"
            ),
            (
                "ns.sub.example.", .a,
                "referral sub.example. NS ns.sub.example., sub.example. NS ns.elsewhere.; ns.sub.example. A 192.0.2.5"
            ),
            ("sub.example.", .ds, "sub.example. DS 1 8 2 AB"),
            (
                "a.old.example.", .a,
                "old.example. DNAME new.test., a.old.example. CNAME a.new.test. -> a.new.test."
            ),
            ("old.example.", .dname, "old.example. DNAME new.test."), ("old.example.", .a, "no data"),
            ("www.example.", .any, "www.example. A 192.0.2.2"),
            ("example.", .ns, "example. NS ns.example."),
        ] as [(String, RecordType, String)])
    func lookup(name: String, type: RecordType, expected: String) throws {
        #expect(try answer(name, type) == expected)
    }

    @Test("refuse a DNAME's answer that is too long")
    func longDNAME() throws {
        let label = String(repeating: "l", count: 63)
        let zone = try Self.zone("$TTL 1\n@ SOA a b 1 1 1 1 1\n@ NS a.x.\nold DNAME \(label).\(label).\(label).test.")
        let name = try DomainName("\(label).old.example.")
        #expect(zone.answer(name, .a) == .nameTooLong(zone.records(at: try DomainName("old.example."), .dname)))
    }

    @Test(
        "are refused when they cannot be served",
        arguments: [
            ("@ NS a", "no SOA"), ("@ SOA a b 1 1 1 1 1", "no NS"),
            ("@ SOA a b 1 1 1 1 1\n@ SOA a b 2 1 1 1 1\n@ NS a", "more than one SOA"),
            ("@ SOA a b 1 1 1 1 1\n@ NS a\nx CNAME y\nx A 192.0.2.1", "CNAME"),
            ("@ SOA a b 1 1 1 1 1\n@ NS a\nx CNAME y\nx CNAME z", "CNAME"),
            ("@ SOA a b 1 1 1 1 1\n@ NS a\nother. A 192.0.2.1", "not within"),
            ("@ SOA a b 1 1 1 1 1\n@ NS a\nx DNAME y.\nz.x A 192.0.2.1", "DNAME"),
        ])
    func refused(text: String, complaint: String) throws {
        do {
            _ = try Self.zone("$TTL 1\n" + text)
            Issue.record("\(text) is no zone")
        } catch let error as DNSError {
            #expect("\(error)".contains(complaint), "\(error)")
        }
    }

    @Test("warn of what can be served but is odd, and drop what stands there twice")
    func warnings() throws {
        let zone = try Self.zone(
            "@ 5 SOA a b 1 1 1 1 1\n@ 5 NS a\n@ 5 NS A\nw 5 A 192.0.2.1\nw 9 A 192.0.2.2\nl 5 CNAME w\n@ 5 MX 1 l")
        #expect(zone.warnings.count == 3, "\(zone.warnings)")
        #expect(zone.allRecords.count == 6 && zone.allRecords.first?.type == .soa)
        #expect(zone.records(at: try DomainName("w.example"), .a).allSatisfy { $0.ttl == 5 })
        #expect(zone.negativeStart?.ttl == 1)
    }
}

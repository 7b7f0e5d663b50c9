import TestSupport
import Testing

@testable import DNS

@Suite("Data of records")
struct RecordTests {
    @Test(
        "are the same in text and on the wire",
        arguments: [
            ("A", "192.0.2.1", "192.0.2.1", "C0000201"),
            ("AAAA", "2001:DB8:0:0::1", "2001:db8::1", "20010DB8000000000000000000000001"),
            ("NS", "ns1", "ns1.example.", "036E7331076578616D706C6500"),
            ("CNAME", "@", "example.", "076578616D706C6500"),
            (
                "SOA", "ns. host.x. 7 1h30m 900 1w 60", "ns. host.x. 7 5400 900 604800 60",
                "026E730004686F73740178000000000700001518000003840009 3A800000003C"
            ),
            ("MX", "10 mail", "10 mail.example.", "000A046D61696C076578616D706C6500"),
            (
                "TXT", #"one "two words" "\"\\\010""#, #""one" "two words" "\"\\\010""#,
                "036F6E650974776F20776F72647303225C0A"
            ),
            ("HINFO", "PC Linux", #""PC" "Linux""#, "025043054C696E7578"),
            ("SRV", "1 2 8080 edge", "1 2 8080 edge.example.", "000100021F900465646765076578616D706C6500"),
            (
                "NAPTR", #"100 50 "s" "z3950+I2L+I2C" "" _z3950._tcp.gatech.edu."#,
                #"100 50 "s" "z3950+I2L+I2C" "" _z3950._tcp.gatech.edu."#,
                "006400320173 0D7A333935302B49324C2B493243 00 065F7A33393530045F746370066761746563680365647500"
            ),
            ("DNAME", "other.test.", "other.test.", "056F74686572047465737400"),
            ("PTR", "a.b.", "a.b.", "0161016200"),
            (
                "DS", "60485 5 1 2BB183AF5F22588179A53B0A 98631FAD1A292118",
                "60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118",
                "EC4505012BB183AF5F22588179A53B0A98631FAD1A292118"
            ),
            ("DNSKEY", "256 3 13 q83v", "256 3 13 q83v", "0100030DABCDEF"),
            (
                "RRSIG", "A 5 3 86400 20030322173103 20030220173103 2642 example.com. q83v",
                "A 5 3 86400 20030322173103 20030220173103 2642 example.com. q83v",
                "0001050300015180 3E7C9DD7 3E5510D7 0A52 076578616D706C6503636F6D00 ABCDEF"
            ),
            (
                "NSEC", "host.example.com. A MX RRSIG NSEC TYPE1234", "host.example.com. A MX RRSIG NSEC TYPE1234",
                """
                04686F7374076578616D706C6503636F6D00 0006400100000003 041B0000000000000000000000000000000000000000\
                00000000000020
                """
            ),
            (
                "NSEC3", "1 1 12 AABBCCDD 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR MX DNSKEY NS SOA NSEC3PARAM RRSIG",
                "1 1 12 AABBCCDD 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR NS SOA MX RRSIG DNSKEY NSEC3PARAM",
                "0101000C04AABBCCDD14174EB2409FE28BCB4887A1836F957F0A8425E27B000722010000000290"
            ),
            ("NSEC3PARAM", "1 0 0 -", "1 0 0 -", "0100000000"),
            ("TLSA", "3 1 1 ABCDEF", "3 1 1 ABCDEF", "030101ABCDEF"),
            ("SSHFP", "4 2 abcd", "4 2 ABCD", "0402ABCD"),
            (
                "CAA", #"0 issue "ca.example; a=b""#, #"0 issue "ca.example; a=b""#,
                "00056973737565 63612E6578616D706C653B20613D62"
            ),
            // RFC 9460, appendix D.
            ("SVCB", "0 foo.example.com.", "0 foo.example.com.", "000003666F6F076578616D706C6503636F6D00"),
            ("HTTPS", "1 .", "1 .", "000100"),
            (
                "SVCB", "16 foo.example.com. port=53", "16 foo.example.com. port=53",
                "001003666F6F076578616D706C6503636F6D00000300020035"
            ),
            (
                "SVCB", #"1 foo.example.com. key667="hello\210qoo""#, #"1 foo.example.com. key667="hello\210qoo""#,
                "000103666F6F076578616D706C6503636F6D00029B000968656C6C6FD2716F6F"
            ),
            (
                "SVCB", #"1 foo.example.com. ipv6hint="2001:db8::1,2001:db8::53:1""#,
                "1 foo.example.com. ipv6hint=2001:db8::1,2001:db8::53:1",
                """
                000103666F6F076578616D706C6503636F6D00 00060020 20010DB8000000000000000000000001 \
                20010DB8000000000000000000530001
                """
            ),
            (
                "SVCB", "16 foo.example.org. alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1",
                "16 foo.example.org. mandatory=alpn,ipv4hint alpn=h2,h3-19 ipv4hint=192.0.2.1",
                """
                001003666F6F076578616D706C65036F726700 00000004 00010004 00010009 02 6832 05 68332D3139 00040004 C0000201
                """
            ),
            ("TYPE731", ##"\# 6 abcd ( ef 01 23 45 )"##, ##"\# 6 ABCDEF012345"##, "ABCDEF012345"),
            ("A", ##"\# 4 0A000001"##, "10.0.0.1", "0A000001"), ("TYPE62347", ##"\# 0"##, ##"\# 0"##, ""),
        ] as [(String, String, String, String)])
    func table(type: String, text: String, canonical: String, wire: String) throws {
        let type = try #require(RecordType(type))
        let octets = try #require(RecordText.octets(hexadecimal: wire.replacing(" ", with: "")))
        let data = try RecordData(text, type, below: try DomainName("example."))
        #expect(RecordText.hexadecimal(data.octets[...]) == RecordText.hexadecimal(octets[...]))
        #expect(data.text(as: type) == canonical)
        #expect(try RecordData(canonical, type) == data)
        #expect(try RecordData(octets, type) == data)
    }

    @Test(
        "are refused when they do not fit their type",
        arguments: [
            ("A", "192.0.2"), ("A", "2001:db8::1"), ("A", "192.0.2.1 192.0.2.2"), ("AAAA", "192.0.2.1"), ("MX", "mail"),
            ("MX", "70000 mail"), ("MX", "+1 mail"), ("SOA", "a. b. 1 2 3 4"), ("TXT", ""), ("DS", "1 2 3 ABC"),
            ("A", ##"\# 3 0A0000"##), ("A", ##"\# 5 0A000001"##), ("TYPE731", "text"), ("DNSKEY", "256 3 13 q8*v"),
            ("CAA", "0 is-sue x"), ("SVCB", "1 . port=70000"), ("SVCB", "1 . alpn=h2 alpn=h3"), ("SVCB", "1 . what=1"),
            ("NSEC", "a. B"), ("RRSIG", "A 5 3 86400 20031322173103 20030220173103 2642 example.com. q83v"),
            ("SOA", "a. b. 1 2x 3 4 5"),
        ] as [(String, String)])
    func refused(type: String, text: String) throws {
        let type = try #require(RecordType(type))
        #expect(throws: DNSError.self) { try RecordData(text, type) }
    }

    @Test(
        "on the wire are refused when they do not fit their type",
        arguments: [
            ("A", "C00002"), ("A", "C000020100"), ("NS", "03777777"), ("TXT", "05616263"), ("TXT", ""), ("SOA", "0000"),
            ("NSEC", "0000"), ("NSEC", "000021" + String(repeating: "00", count: 33)), ("NSEC", "000101400001 40"),
            ("SVCB", "000100000300020035000300020036"), ("CAA", "0000"), ("MX", "0001C000"),
        ] as [(String, String)])
    func refusedWire(type: String, wire: String) throws {
        let type = try #require(RecordType(type))
        let octets = try #require(RecordText.octets(hexadecimal: wire.replacing(" ", with: "")))
        #expect(throws: DNSError.self) { try RecordData(octets, type) }
    }

    @Test("tell times to the second from 1970 to 2106")
    func times() {
        for (seconds, text) in [
            (0, "19700101000000"), (951_782_400, "20000229000000"), (1_709_210_096, "20240229123456"),
            (4_294_967_295, "21060207062815"),
        ] as [(UInt32, String)] {
            #expect(ZoneTime.text(seconds) == text && ZoneTime.time(text) == seconds)
        }
        #expect(ZoneTime.time("1234") == 1_234 && ZoneTime.time("21060207062816") == nil)
        #expect(ZoneTime.duration("1w2d3h4m5s") == 788_645 && ZoneTime.duration("5x") == nil)
        #expect(ZoneTime.duration("99999999999") == nil && ZoneTime.duration("") == nil)
    }

    @Test("of a zone's start order serials in a circle")
    func serials() throws {
        let data = try RecordData("a. b. 4294967290 1 2 3 4", .soa)
        let start = try #require(StartOfAuthority(data))
        #expect(start.isOlder(than: 5) && !start.isOlder(than: 4_294_967_290) && !start.isOlder(than: 4_294_967_000))
        #expect(start.minimum == 4 && start.mailbox.description == "b.")
    }
}

import TestSupport
import Testing

@testable import DNS

@Suite("Messages of the DNS")
struct MessageTests {
    private func record(_ name: String, _ type: RecordType, _ data: String, ttl: UInt32 = 300) throws -> ResourceRecord
    {
        ResourceRecord(name: try DomainName(name), type: type, ttl: ttl, data: try RecordData(data, type))
    }

    private func octets(_ text: String) throws -> [UInt8] {
        try #require(RecordText.octets(hexadecimal: text.replacing(" ", with: "")))
    }

    @Test("are written as other programs write them, with names compressed")
    func compression() throws {
        var message = DNSMessage(id: 0x1234, flags: [.response, .authoritative, .recursionDesired])
        message.questions = [.init(try DomainName("www.example.org"), .a)]
        message.answers = [
            try record("WWW.example.org", .cname, "edge.Example.org."), try record("edge.example.org", .a, "192.0.2.7"),
        ]
        message.authorities = [try record("example.org", .ns, "ns.example.org.")]
        let wire = message.encoded()
        let expected = try octets(
            """
            1234 8500 0001 0002 0001 0000 03777777 076578616D706C65 036F726700 0001 0001 \
            C00C 0005 0001 0000012C 0007 0465646765 C010 C02D 0001 0001 0000012C 0004 C0000207 \
            C010 0002 0001 0000012C 0005 026E73 C010
            """)
        #expect(RecordText.hexadecimal(wire[...]) == RecordText.hexadecimal(expected[...]))
        #expect(try DNSMessage(wire).canonical == message.canonical)
    }

    @Test("carry EDNS, with the code's upper bits")
    func edns() throws {
        var message = DNSMessage(id: 7, responseCode: .badVersion)
        message.edns = EDNS(payloadSize: 1_232, options: [.init(.nameServerID, Array("edge".utf8))])
        message.edns?.wantsDNSSEC = true
        let wire = message.encoded()
        let expected = try octets("0007 0000 0000 0000 0000 0001 00 0029 04D0 01008000 0008 0003 0004 65646765")
        #expect(wire == expected)
        #expect(try DNSMessage(wire) == message)
    }

    @Test("leave out sets that do not fit, as a whole, and say so")
    func truncation() throws {
        var message = DNSMessage(id: 1)
        message.answers = [try record("a.test", .txt, "x")]
        for index in 0..<40 { message.answers.append(try record("b.test", .aaaa, "2001:db8::\(index)")) }
        message.edns = EDNS()
        let wire = message.encoded(limit: 512)
        #expect(wire.count <= 512)
        let read = try DNSMessage(wire)
        #expect(read.flags.contains(.truncated) && read.answers == Array(message.answers.prefix(1)) && read.edns != nil)
        message.answers.removeLast(40)
        message.additionals = (0..<40).compactMap { try? record("c.test", .aaaa, "2001:db8::\($0)") }
        // Nobody misses what is additional.
        #expect(try !DNSMessage(message.encoded(limit: 512)).flags.contains(.truncated))
        // Unless somebody does.
        message.additionals.insert(try record("d.test", .a, "192.0.2.1"), at: 0)
        for (count, isCut) in [(1, false), (2, true), (41, true)] {
            message.requiredAdditionals = count
            let read = try DNSMessage(message.encoded(limit: 512))
            #expect(read.flags.contains(.truncated) == isCut && read.additionals.count == 1 && read.edns != nil)
            #expect(try !DNSMessage(message.encoded()).flags.contains(.truncated))
        }
    }

    @Test(
        "that are malformed are refused",
        arguments: [
            // Cut off, a question cut off, octets behind, a name that points to itself, forward, into the header.
            "0001", "0001 0000 0001 0000 0000 0000 0377", "0001 0000 0000 0000 0000 0000 00",
            "0001 0000 0001 0000 0000 0000 C00C 0001 0001", "0001 0000 0001 0000 0000 0000 C010 0001 0001 00",
            "0001 0000 0001 0000 0000 0000 C002 0001 0001",
            // Two pointers that point to each other, labels of kinds that nobody uses.
            "0001 0000 0002 0000 0000 0000 C012 0001 0001 C00C 0001 0001",
            "0001 0000 0001 0000 0000 0000 41 00 0001 0001", "0001 0000 0001 0000 0000 0000 80 00 0001 0001",
            // Two OPT records, one that is not the root's, one among the answers, options cut off.
            "0001 0000 0000 0000 0000 0002 00 0029 0200 00000000 0000 00 0029 0200 00000000 0000",
            "0001 0000 0000 0000 0000 0001 0161 00 0029 0200 00000000 0000",
            "0001 0000 0000 0001 0000 0000 00 0029 0200 00000000 0000",
            "0001 0000 0000 0000 0000 0001 00 0029 0200 00000000 0003 000300",
            // Data longer and shorter than their length.
            "0001 0000 0000 0001 0000 0000 00 0001 0001 00000000 0005 0102030405",
            "0001 0000 0000 0001 0000 0000 00 0001 0001 00000000 0004 010203",
            "0001 0000 0000 0001 0000 0000 00 000F 0001 00000000 0004 0001 0000",
        ])
    func malformed(wire: String) throws {
        let octets = try octets(wire)
        #expect(throws: DNSError.self) { try DNSMessage(octets) }
    }

    @Test("hold names of 255 octets at most, however they are put together")
    func longNames() throws {
        // 127 labels of one octet, and one more by a pointer.
        let long = String(repeating: "0161", count: 126)
        let wire = try octets("0001 0000 0002 0000 0000 0000 \(long) 00 0001 0001 0162 0163 C00C 0001 0001")
        #expect(throws: DNSError.self) { try DNSMessage(wire) }
        let fits = try octets("0001 0000 0002 0000 0000 0000 \(long) 00 0001 0001 0162 C00C 0001 0001")
        #expect(try DNSMessage(fits).questions[1].name.wire.count == 255)
    }

    @Test("say where a client is, as RFC 7871 has it")
    func clientSubnet() throws {
        #expect(try ClientSubnet(try octets("0001 14 00 0A0120")).description == "10.1.32.0/20/0")
        let address = try #require(IPAddress("2001:db8:1:2::3"))
        let six = try #require(ClientSubnet(address, sourcePrefix: 56))
        #expect(six.description == "2001:db8:1::/56/0")
        #expect(try ClientSubnet(six.value) == six)
        let none = try ClientSubnet(try octets("0001 0000"))
        #expect(none.description == "0.0.0.0/0/0")
        for value in [
            "", "0001", "0003 0000", "0001 1800 0A01", "0001 1800 0A010203", "0001 2100 0A01020304", "0001 1400 0A0123",
            "0002 8100 20010DB80000000000000000000000000000",
        ] {
            let octets = try octets(value)
            #expect(throws: DNSError.self, "\(value)") { try ClientSubnet(octets) }
        }
    }
}

@Suite("Randomised messages of the DNS")
struct RandomisedMessageTests {
    private static let types: [RecordType] = [
        .a, .aaaa, .ns, .cname, .soa, .mx, .txt, .srv, .naptr, .dname, .ptr, .hinfo, .ds, .dnskey, .rrsig, .nsec,
        .nsec3,
        .nsec3param, .tlsa, .sshfp, .caa, .svcb, .https, RecordType(rawValue: 731),
    ]

    private func name(_ generator: inout SeededGenerator) -> DomainName {
        let pool = ["a", "B", "www", "example", "org", "ORG", "x\0y", "*", String(repeating: "l", count: 63)]
        let labels = (0..<Int.random(in: 0...3, using: &generator)).map { _ in
            Array(pool.randomElement(using: &generator)!.utf8)
        }
        return (try? DomainName(labels: labels)) ?? .root
    }

    private func data(_ type: RecordType, _ generator: inout SeededGenerator) -> RecordData {
        func bytes(_ count: ClosedRange<Int>) -> [UInt8] {
            (0..<Int.random(in: count, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
        }
        var octets: [UInt8] = []
        for field in type.fields ?? [.hexadecimal] {
            switch field {
            case .octet: octets += bytes(1...1)
            case .short, .type: octets += bytes(2...2)
            case .long, .duration, .time, .address4: octets += bytes(4...4)
            case .address6: octets += bytes(16...16)
            case .name: octets += name(&generator).wire
            case .string, .salt, .hash:
                let string = bytes(field == .hash ? 1...20 : 0...20)
                octets += [UInt8(string.count)] + string
            case .tag: octets += [5] + Array("issue".utf8)
            case .strings:
                for _ in 0..<Int.random(in: 1...3, using: &generator) {
                    let string = bytes(0...20)
                    octets += [UInt8(string.count)] + string
                }
            case .text, .hexadecimal, .base64: octets += bytes(0...30)
            case .types: octets += TypeBitMap.map((0..<4).map { _ in Self.types.randomElement(using: &generator)! })
            case .parameters: octets += [0, 3, 0, 2, 1, 187] + [2, 155, 0, 3] + bytes(3...3)
            }
        }
        return RecordData(unchecked: octets)
    }

    private func message(_ generator: inout SeededGenerator) -> DNSMessage {
        var message = DNSMessage(
            id: .random(in: 0...65_535, using: &generator),
            flags: .init(rawValue: .random(in: 0...65_535, using: &generator) & DNSMessage.Flags.mask),
            responseCode: .init(rawValue: .random(in: 0...15, using: &generator)))
        message.questions = [.init(name(&generator), Self.types.randomElement(using: &generator)!)]
        func records() -> [ResourceRecord] {
            (0..<Int.random(in: 0...4, using: &generator)).map { _ in
                let type = Self.types.randomElement(using: &generator)!
                return ResourceRecord(
                    name: name(&generator), type: type, ttl: .random(in: 0...0x7FFF_FFFF, using: &generator),
                    data: data(type, &generator))
            }
        }
        (message.answers, message.authorities, message.additionals) = (records(), records(), records())
        if Bool.random(using: &generator) { message.edns = EDNS(options: [.init(.cookie, [1, 2, 3, 4, 5, 6, 7, 8])]) }
        return message
    }

    @Test("come back as they were, and their records from text too")
    func roundTrip() throws {
        var generator = SeededGenerator(seed: 1_035)
        for _ in 0..<fuzzRounds(default: 2_000) {
            let message = message(&generator)
            #expect(try DNSMessage(message.encoded()).canonical == message.canonical)
            for record in message.answers {
                let text = record.data.text(as: record.type)
                #expect((try? RecordData(text, record.type)) == record.data, "\(record.type) \(text)")
                #expect(try DomainName(record.name.description) == record.name)
            }
        }
    }

    @Test("that were damaged are refused or read, and what is read can be written")
    func damage() throws {
        var generator = SeededGenerator(seed: 1_987)
        for _ in 0..<fuzzRounds(default: 20_000) {
            var wire = message(&generator).encoded()
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                switch Int.random(in: 0...2, using: &generator) {
                case 0:
                    wire[Int.random(in: 0..<wire.count, using: &generator)] = .random(in: 0...255, using: &generator)
                case 1: wire.removeLast(Int.random(in: 0..<wire.count, using: &generator))
                default:
                    wire.insert(
                        .random(in: 0...255, using: &generator), at: .random(in: 0...wire.count, using: &generator))
                }
                if wire.isEmpty { wire = [0] }
            }
            guard let read = try? DNSMessage(wire) else { continue }
            #expect(try DNSMessage(read.encoded()).canonical == read.canonical)
        }
    }
}

extension DNSMessage {
    /// With names within data in lower case: compression does not keep their case.
    fileprivate var canonical: DNSMessage {
        func canonical(_ records: [ResourceRecord]) -> [ResourceRecord] {
            records.map { record in
                var record = record
                record.data = record.data.canonical(as: record.type)
                return record
            }
        }
        var message = self
        (message.answers, message.authorities) = (canonical(answers), canonical(authorities))
        message.additionals = canonical(additionals)
        return message
    }
}

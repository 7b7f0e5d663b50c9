import Testing

@testable import DHCP

@Suite("Options of DHCP")
struct OptionTests {
    @Test(
        "are read from words and written back",
        arguments: [
            (3, ["192.0.2.1", "192.0.2.2"], [192, 0, 2, 1, 192, 0, 2, 2]), (1, ["255.255.255.0"], [255, 255, 255, 0]),
            (19, ["true"], [1]), (23, ["64"], [64]), (26, ["1500"], [5, 220]), (25, ["68", "1500"], [0, 68, 5, 220]),
            (51, ["3600"], [0, 0, 14, 16]), (15, ["cdn.test"], Array("cdn.test".utf8)),
            (43, ["hex:0a0b"], [10, 11]), (80, [], []), (55, ["subnet-mask", "routers", "200"], [1, 3, 200]),
            (33, ["10.0.0.0", "192.0.2.1"], [10, 0, 0, 0, 192, 0, 2, 1]),
            (
                121, ["10.0.0.0/8 via 192.0.2.1", "0.0.0.0/0 via 192.0.2.2", "198.51.100.0/24"],
                [8, 10, 192, 0, 2, 1, 0, 192, 0, 2, 2, 24, 198, 51, 100, 0, 0, 0, 0]
            ),
            (
                119, ["eng.apple.com", "marketing.apple.com"],
                [
                    3, 101, 110, 103, 5, 97, 112, 112, 108, 101, 3, 99, 111, 109, 0, 9, 109, 97, 114, 107, 101, 116,
                    105, 110,
                    103, 0xC0, 4,
                ]
            ),
            (224, ["hex:01"], [1]),
        ] as [(UInt8, [String], [UInt8])])
    func words(code: UInt8, words: [String], value: [UInt8]) throws {
        let format = OptionCode(rawValue: code).format
        #expect(try format.value(words) == value)
        #expect(format.words(value) == words)
        #expect(format.fits(value))
    }

    @Test(
        "that make no sense are refused",
        arguments: [
            (3, ["192.0.2"]), (3, []), (1, ["1.2.3.4", "1.2.3.4"]), (19, ["perhaps"]), (26, ["65536"]), (51, ["soon"]),
            (33, ["10.0.0.0"]), (121, ["10.0.0.1/8 via 192.0.2.1"]), (121, []), (119, ["a..b"]), (119, []), (15, [""]),
            (43, ["hex:0"]), (1, ["hex:0102"]), (80, ["no"]),
        ] as [(UInt8, [String])])
    func badWords(code: UInt8, words: [String]) {
        #expect(throws: DHCPError.self) { try OptionCode(rawValue: code).format.value(words) }
    }

    @Test("know their names")
    func names() {
        #expect(OptionCode("routers") == .routers && OptionCode("3") == .routers)
        #expect(OptionCode("0") == nil && OptionCode("255") == nil && OptionCode("no-such") == nil)
        #expect(OptionCode.routers.description == "routers" && OptionCode(rawValue: 224).description == "224")
    }

    @Test("of a length that their documents do not allow are found")
    func lengths() throws {
        let hardware = try #require(HardwareAddress("02:00:00:00:00:01"))
        for (code, value) in [
            (OptionCode.requestedAddress, [1, 2, 3]), (.messageType, [1, 1]), (.leaseTime, []),
            (.maximumMessageSize, [1]),
            (.routers, [1, 2, 3, 4, 5]), (.classlessRoutes, [33, 1, 2, 3, 4, 5, 6, 7, 8]),
            (.classlessRoutes, [24, 1, 2]),
            (.domainSearch, [0xC0, 0]), (.domainSearch, [3, 97]), (.rapidCommit, [1]),
        ] as [(OptionCode, [UInt8])] {
            var message = DHCPMessage(.request, kind: .discover, hardware: hardware, transactionID: 1)
            message.options[code] = value
            #expect(throws: DHCPError.self, "\(code)") { try message.checkOptions() }
        }
    }

    @Test("of relay agents are taken apart")
    func relayAgent() throws {
        var agent = RelayAgentInformation()
        agent[.circuitID] = Array("port 7".utf8)
        agent.linkSelection = IPv4Address(192, 0, 2, 0)
        agent.serverIdentifierOverride = IPv4Address(192, 0, 2, 1)
        agent.wasUnicast = true
        agent[.init(rawValue: 99)] = [1, 2]
        let read = try RelayAgentInformation(agent.value)
        #expect(read == agent && read.linkSelection == IPv4Address(192, 0, 2, 0) && read.wasUnicast == true)
        for bad in [[1], [1, 5, 1], [5, 3, 1, 2, 3], [10, 0], [1, 1, 1, 1, 1, 2], [11, 5, 1, 2, 3, 4, 5]] as [[UInt8]] {
            #expect(throws: DHCPError.self) { try RelayAgentInformation(bad) }
        }
    }

    @Test("carry clients' names in both forms")
    func clientFQDN() throws {
        let canonical = try ClientFQDN([5, 0, 0, 4, 104, 111, 115, 116, 3, 99, 100, 110, 0])
        #expect(
            canonical.name == "host.cdn" && canonical.isComplete
                && canonical.flags == [.serverUpdates, .canonicalEncoding])
        #expect(canonical.value == [5, 255, 255, 4, 104, 111, 115, 116, 3, 99, 100, 110, 0])
        let partial = try ClientFQDN([4, 0, 0, 4, 104, 111, 115, 116])
        #expect(partial.name == "host" && !partial.isComplete)
        let text = try ClientFQDN([1, 0, 0] + Array("host.cdn.test".utf8) + [0])
        #expect(text.name == "host.cdn.test" && text.isComplete)
        #expect(try ClientFQDN([0, 0, 0]).name.isEmpty)
        for bad in [
            [1, 0], [4, 0, 0, 5, 97], [4, 0, 0, 64, 97], [0, 0, 0, 97, 32, 98], [4, 0, 0, 1, 97, 0, 1, 98],
        ] as [[UInt8]] {
            #expect(throws: DHCPError.self) { try ClientFQDN(bad) }
        }
        // A label with a dot in it must not become two.
        #expect(throws: DHCPError.self) { try ClientFQDN([4, 0, 0, 3, 97, 46, 98, 0]) }
    }

    @Test("with names that point forward, to themselves or in a ring end")
    func pointers() {
        for value in [[0xC0, 0], [0xC0, 2, 1, 97, 0], [1, 97, 0xC0, 0], [1, 97, 0xC0, 2]] as [[UInt8]] {
            #expect(throws: DHCPError.self) { try DomainSearch.names(in: value) }
        }
    }
}

@Suite("IPv4 addresses")
struct IPv4AddressTests {
    @Test(
        "are read strictly",
        arguments: ["1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.", "+1.2.3.4", "", "a.b.c.d"])
    func badAddresses(text: String) { #expect(IPv4Address(text) == nil) }

    @Test("and networks belong together")
    func networks() throws {
        let network = try #require(IPv4Network("192.0.2.128/25"))
        #expect(network.mask == IPv4Address(255, 255, 255, 128) && network.last == IPv4Address(192, 0, 2, 255))
        #expect(network.contains(IPv4Address(192, 0, 2, 129)) && !network.contains(IPv4Address(192, 0, 2, 127)))
        #expect(!network.isHost(IPv4Address(192, 0, 2, 255)) && !network.isHost(IPv4Address(192, 0, 2, 128)))
        #expect(try #require(IPv4Network("192.0.2.0/31")).isHost(IPv4Address(192, 0, 2, 1)))
        #expect(
            IPv4Network("192.0.2.1/24") == nil && IPv4Network("192.0.2.0/33") == nil
                && IPv4Network("1.2.3.4/+32") == nil)
        #expect(IPv4Network("0.0.0.0/0")?.contains(.broadcast) == true)
        #expect(IPv4Address("192.0.2.1")?.description == "192.0.2.1" && IPv4Address.broadcast.successor == nil)
    }

    @Test("of hardware are read and written")
    func hardware() throws {
        let address = try #require(HardwareAddress("02-00-5E-10-00-01"))
        #expect(address.description == "02:00:5e:10:00:01" && address.isEthernetHost)
        #expect(HardwareAddress("02:00:5e:10:00") == nil && HardwareAddress("02:00:5e:10:00:1") == nil)
        #expect(!HardwareAddress.broadcast.isEthernetHost && HardwareAddress([UInt8](repeating: 1, count: 17)) == nil)
    }

    @Test(
        "live for times",
        arguments: [
            ("600", 600), ("1h30m", 5400), ("7d", 604_800), ("infinite", UInt32.max), ("0", 0), ("2w", 1_209_600),
            ("", nil),
            ("h", nil), ("1h30", nil), ("1x", nil), ("99999999999", nil), ("-1", nil),
        ] as [(String, UInt32?)])
    func durations(text: String, seconds: UInt32?) { #expect(DurationText.seconds(text) == seconds) }
}

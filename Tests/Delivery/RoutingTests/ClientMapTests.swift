import DNS
import TestSupport
import Testing

@testable import Routing

@Suite("A client map")
struct ClientMapTests {
    private func map(_ entries: [String: String]) -> ClientMap {
        var locations: [IPNetwork: Location] = [:]
        for (network, location) in entries { locations[IPNetwork(network)!] = Location(location)! }
        return ClientMap(locations)
    }

    @Test(
        "finds the longest prefix",
        arguments: [
            ("10.1.2.3", 32, "10.1.2.0/24"), ("10.1.9.9", 32, "10.1.0.0/16"), ("10.200.0.1", 32, "10.0.0.0/8"),
            ("11.0.0.1", 32, nil), ("10.1.2.0", 16, "10.1.0.0/16"), ("10.0.0.0", 7, nil),
            ("2001:db8::1", 128, "2001:db8::/32"), ("2001:db8:0:1::", 64, "2001:db8:0:1::/64"), ("::1", 128, nil),
            ("::10.1.2.3", 128, nil),
        ] as [(String, Int, String?)])
    func longest(address: String, bits: Int, network: String?) throws {
        let map = map([
            "10.0.0.0/8": "a", "10.1.0.0/16": "b", "10.1.2.0/24": "c/x", "2001:db8::/32": "d", "2001:db8:0:1::/64": "e",
        ])
        let entry = map.entry(for: try #require(IPAddress(address)), bits: bits)
        #expect(entry?.network.description == network)
    }

    @Test(
        "tells how much of an address counts",
        arguments: [
            // One value for all.
            ([:], "10.0.0.1", 0), (["0.0.0.0/0": "a"], "10.0.0.1", 0), (["10.0.0.0/8": "rest"], "10.0.0.1", 0),
            // A prefix among others, and a hole in it.
            (["10.0.0.0/8": "a"], "10.1.2.3", 8), (["10.0.0.0/8": "a"], "11.1.2.3", 8),
            (["10.0.0.0/8": "a"], "192.0.2.1", 1), (["10.0.0.0/8": "a", "10.1.0.0/16": "b"], "10.1.2.3", 16),
            (["10.0.0.0/8": "a", "10.1.0.0/16": "b"], "10.0.2.3", 16),
            (["10.0.0.0/8": "a", "10.1.0.0/16": "b"], "10.2.2.3", 15),
            (["10.0.0.0/8": "a", "10.1.0.0/16": "b"], "10.128.0.1", 9),
            // Neighbours of the same value are one, and what is within its own value does not count.
            (["10.0.0.0/9": "a", "10.128.0.0/9": "a"], "10.1.2.3", 8),
            (["10.0.0.0/8": "a", "10.1.0.0/16": "a"], "10.1.2.3", 8),
            (["0.0.0.0/1": "a", "128.0.0.0/1": "a"], "10.1.2.3", 0),
            (["0.0.0.0/32": "a"], "0.0.0.0", 32), (["255.255.255.255/32": "a"], "255.255.255.255", 32),
            (["255.255.255.255/32": "a"], "255.255.255.254", 32), (["255.255.255.255/32": "a"], "1.1.1.1", 1),
            (["2001:db8::/32": "a"], "2001:db8::1", 32), (["2001:db8::/32": "a", "::/0": "b"], "10.0.0.1", 0),
            (["::/128": "a"], "::", 128),
        ] as [([String: String], String, Int)])
    func scope(entries: [String: String], address: String, scope: Int) throws {
        let address = try #require(IPAddress(address))
        let values = Dictionary(uniqueKeysWithValues: Set(entries.values).sorted().enumerated().map { ($1, $0 + 1) })
        let cells = map(entries).cells(isIPv6: address.isIPv6) { location in
            location.flatMap { $0.region == "rest" ? 0 : values[$0.region] } ?? 0
        }
        #expect(cells.find(address.number).scope == scope)
    }
}

@Suite("Randomised client maps")
struct RandomisedClientMapTests {
    @Test("gives what the longest prefix gives, and a scope that is right and could not be shorter")
    func randomised() throws {
        var random = SeededGenerator(seed: 7871)
        for round in 0..<fuzzRounds(default: 300) {
            let isIPv6 = round.isMultiple(of: 3)
            let width = isIPv6 ? 128 : 32
            // Few bits vary, so that prefixes overlap and touch each other; the others come from one address.
            let base = (0..<width / 8).map { _ in UInt8.random(in: 0...255, using: &random) }
            let depth = Int.random(in: 0...width - 6, using: &random)
            func address() -> IPAddress {
                var octets = base
                for bit in depth..<depth + 6 where Bool.random(using: &random) { octets[bit / 8] ^= 128 >> (bit % 8) }
                return IPAddress(octets: octets)!
            }
            var locations: [IPNetwork: Location] = [:]
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                let prefix = Int.random(in: max(0, depth - 1)...depth + 6, using: &random)
                locations[IPNetwork(address(), prefix: prefix)!] = Location(
                    ["a", "b", "c"].randomElement(using: &random)!)
            }
            let map = ClientMap(locations)
            let cells = map.cells(isIPv6: isIPv6) { $0.map { Int($0.region.utf8.first!) } ?? 0 }
            func longest(_ number: UInt128) -> Int {
                let match = locations.filter {
                    AddressNumber.first(number, $0.key.prefix, width: width) == $0.key.address.number
                }
                return match.max { $0.key.prefix < $1.key.prefix }.map { Int($0.value.region.utf8.first!) } ?? 0
            }
            // Values can only change at the beginning of a prefix and behind its end.
            let edges = locations.keys.flatMap { network -> [UInt128] in
                let last = network.address.number | AddressNumber.hostMask(network.prefix, width: width)
                return [network.address.number, last, last &+ 1, network.address.number &- 1]
            }
            func isUniform(_ number: UInt128, _ length: Int) -> Bool {
                let first = AddressNumber.first(number, length, width: width)
                let last = number | AddressNumber.hostMask(length, width: width)
                let value = longest(first)
                return edges.filter { (first...last).contains($0) }.allSatisfy { longest($0) == value }
            }
            for _ in 0..<8 {
                let address = address()
                let (value, scope) = cells.find(address.number)
                #expect(value == longest(address.number))
                #expect(
                    value == (map.entry(for: address, bits: width)?.location).map { Int($0.region.utf8.first!) } ?? 0)
                #expect(isUniform(address.number, scope), "\(locations) \(address)/\(scope)")
                if scope > 0 { #expect(!isUniform(address.number, scope - 1), "\(locations) \(address)/\(scope)") }
            }
        }
    }
}

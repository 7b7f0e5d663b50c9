import DHCP
import TestSupport
import Testing

@testable import DHCPService

@Suite("Packets on a link")
struct PacketTests {
    private let client = IPv4Address(192, 0, 2, 9)
    private let server = IPv4Address(192, 0, 2, 1)

    /// What another program (scapy) makes of `IP(src="192.0.2.1", dst="192.0.2.9", id=7)/UDP(sport=67, dport=68)/"abc"`.
    private let foreign: [UInt8] = [
        0x45, 0x00, 0x00, 0x1F, 0x00, 0x07, 0x00, 0x00, 0x40, 0x11, 0xF6, 0xBC, 0xC0, 0x00, 0x02, 0x01, 0xC0, 0x00,
        0x02, 0x09, 0x00, 0x43, 0x00, 0x44, 0x00, 0x0B, 0xB6, 0xE3, 0x61, 0x62, 0x63,
    ]

    @Test("are written as other programs write them, and read")
    func foreignPacket() throws {
        let packet = UDPPacket(from: server, 67, to: client, 68, Array("abc".utf8))
        #expect(packet.encoded(identification: 7) == foreign)
        #expect(try UDPPacket(foreign, isChecksumPending: false) == packet)
        // A frame of Ethernet has at least 46 octets in it.
        #expect(try UDPPacket(foreign + [UInt8](repeating: 0xAA, count: 15), isChecksumPending: false) == packet)
        #expect(UDPPacket(from: server, 67, to: client, 68, [UInt8](repeating: 0, count: 65_508)).encoded() == nil)
    }

    @Test("are refused when an octet is wrong, wherever it is")
    func damage() throws {
        for place in foreign.indices {
            var octets = foreign
            octets[place] ^= 0x10
            #expect(throws: UDPPacket.Fault.self, "octet \(place)") {
                try UDPPacket(octets, isChecksumPending: false)
            }
        }
        for length in 0..<foreign.count {
            #expect(throws: UDPPacket.Fault.short) {
                try UDPPacket(Array(foreign.prefix(length)), isChecksumPending: false)
            }
        }
    }

    @Test("need no checksum of UDP where there is none, or where hardware was to make it")
    func checksums() throws {
        var octets = foreign
        octets.put(0, at: 26)
        #expect(try UDPPacket(octets, isChecksumPending: false).payload == Array("abc".utf8))
        octets.put(0x1234, at: 26)
        #expect(throws: UDPPacket.Fault.wrongChecksum) { try UDPPacket(octets, isChecksumPending: false) }
        #expect(try UDPPacket(octets, isChecksumPending: true).payload == Array("abc".utf8))
        // A sum of zero is written as its other form.
        let sums = (0...UInt16.max).lazy.compactMap { number -> [UInt8]? in
            let packet = UDPPacket(
                from: server, 67, to: client, 68, [UInt8(number >> 8), UInt8(number & 255)]
            ).encoded()
            return packet.flatMap { $0.number(at: 26) == 0xFFFF ? $0 : nil }
        }
        let turned = try #require(sums.first)
        #expect(try UDPPacket(turned, isChecksumPending: false).payload.count == 2)
    }

    @Test("may have options in the IP header, but are no fragments, and nothing but UDP")
    func headers() throws {
        var octets = foreign
        octets[0] = 0x46
        octets.put(35, at: 2)
        octets.insert(contentsOf: [1, 1, 1, 0], at: 20)
        octets.put(0, at: 10)
        octets.put(UDPPacket.checksum(octets[..<24]), at: 10)
        #expect(try UDPPacket(octets, isChecksumPending: false).payload == Array("abc".utf8))

        for (place, value, fault) in [
            (6, 0x20, UDPPacket.Fault.fragment), (7, 1, .fragment), (9, 6, .otherProtocol), (0, 0x65, .otherProtocol),
            (0, 0x44, .short), (25, 7, .short), (25, 12, .short),
        ] as [(Int, UInt8, UDPPacket.Fault)] {
            var octets = foreign
            octets[place] = value
            octets.put(0, at: 10)
            octets.put(UDPPacket.checksum(octets[..<20]), at: 10)
            #expect(throws: fault) { try UDPPacket(octets, isChecksumPending: true) }
        }
    }

    @Test("of ARP are read and written")
    func arp() throws {
        let ours = try #require(HardwareAddress("02:00:00:00:00:01"))
        let probe = ARPPacket.probe(for: client, by: ours)
        #expect(
            probe.encoded == [
                0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 192, 0, 2, 9,
            ])
        #expect(ARPPacket(probe.encoded + [0, 0]) == probe)
        let announcement = ARPPacket.announcement(of: client, by: ours)
        #expect(announcement.sender == client && announcement.target == client && announcement.operation == .request)
        #expect(ARPPacket(announcement.encoded) == announcement)
        #expect(ARPPacket(Array(probe.encoded.dropLast())) == nil)
        for place in 0..<8 {
            var octets = probe.encoded
            octets[place] ^= 0x40
            #expect(ARPPacket(octets) == nil)
        }
    }
}

@Suite("Randomised packets on a link")
struct RandomisedPacketTests {
    @Test("are read or refused")
    func randomised() throws {
        var generator = SeededGenerator(seed: 5)
        let (server, client) = (IPv4Address(192, 0, 2, 1), IPv4Address(192, 0, 2, 9))
        let packet = try #require(UDPPacket(from: server, 67, to: client, 68, Array("abc".utf8)).encoded())
        for _ in 0..<fuzzRounds(default: 5_000) {
            var octets = packet + (0..<Int.random(in: 0...40, using: &generator)).map { _ in 0 }
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                octets[Int.random(in: octets.indices, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            octets.removeLast(Int.random(in: 0...octets.count, using: &generator))
            // Checksums would refuse nearly all.
            if octets.count >= 20 {
                let length = min(octets.count, max(20, Int(octets[0] & 15) * 4))
                octets.put(0, at: 10)
                octets.put(UDPPacket.checksum(octets[..<length]), at: 10)
            }
            if let packet = try? UDPPacket(octets, isChecksumPending: true) {
                let again = try #require(packet.encoded())
                #expect(try UDPPacket(again, isChecksumPending: false) == packet)
            }
            if let packet = ARPPacket(octets) { #expect(ARPPacket(packet.encoded) == packet) }
        }
    }
}

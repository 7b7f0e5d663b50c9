import TestSupport
import Testing

@testable import DHCP

@Suite("Messages of DHCP")
struct DHCPMessageTests {
    private func discover() throws -> DHCPMessage {
        let hardware = try #require(HardwareAddress("02:00:5e:10:00:01"))
        return DHCPMessage(.request, kind: .discover, hardware: hardware, transactionID: 0xDEAD_BEEF)
    }

    @Test("are laid out as RFC 2131 has them")
    func layout() throws {
        var message = try discover()
        message.seconds = 3
        message.isBroadcast = true
        message.hops = 2
        message.clientAddress = IPv4Address(192, 0, 2, 1)
        message.relayAddress = IPv4Address(192, 0, 2, 4)
        message.serverName = Array("boot".utf8)
        message.bootFile = Array("kernel".utf8)
        message.options[.parameterRequestList] = [1, 3, 6]
        let octets = message.encoded()
        #expect(octets.count == 300)
        #expect(Array(octets[0..<12]) == [1, 1, 6, 2, 0xDE, 0xAD, 0xBE, 0xEF, 0, 3, 0x80, 0])
        #expect(Array(octets[12..<28]) == [192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 192, 0, 2, 4])
        #expect(Array(octets[28..<35]) == [2, 0, 0x5E, 0x10, 0, 1, 0])
        #expect(Array(octets[44..<49]) == Array("boot".utf8) + [0])
        #expect(Array(octets[108..<115]) == Array("kernel".utf8) + [0])
        #expect(Array(octets[236..<249]) == [99, 130, 83, 99, 53, 1, 1, 55, 3, 1, 3, 6, 255])
        #expect(try DHCPMessage(octets) == message)
    }

    @Test("that are none are refused with a reason")
    func refusals() throws {
        let good = try discover().encoded()
        let header = Array(good.prefix(240))
        let bad: [(what: String, octets: [UInt8])] = [
            ("shorter than the header", Array(good.prefix(239))), ("BOOTP", good.replacing(at: 239, 0)),
            ("neither request nor reply", good.replacing(at: 0, 3)),
            ("a hardware address of 17 octets", good.replacing(at: 2, 17)), ("an option without length", header + [53]),
            ("an option that ends early", header + [53, 1, 1, 61, 7, 1, 2]),
            ("overload of 4", header + [52, 1, 4, 255]),
            ("overload of two octets", header + [52, 2, 1, 1, 255]),
            ("overload in a field", header.replacing(at: 108, 52, 1, 1) + [52, 1, 1, 255]),
            ("an option that ends early in the file", header.replacing(at: 234, 12, 9) + [52, 1, 1, 255]),
        ]
        for (what, octets) in bad { #expect(throws: DHCPError.self, "\(what)") { try DHCPMessage(octets) } }
    }

    @Test("have long options in parts, which belong together wherever they stand")
    func longOptions() throws {
        var message = try discover()
        let long = (0..<600).map { UInt8(truncatingIfNeeded: $0) }
        message.options[.vendorSpecific] = long
        let octets = message.encoded(limit: 1_472)
        #expect(Array(octets[243..<246]) == [43, 255, 0])
        #expect(try DHCPMessage(octets) == message)
        // Parts with another option between them, and one in the file.
        let split = Array(octets.prefix(240)) + [43, 1, 1, 53, 1, 1, 52, 1, 1, 43, 1, 2, 255]
        let read = try DHCPMessage(split.replacing(at: 108, 43, 2, 3, 4, 255))
        #expect(read.options[.vendorSpecific] == [1, 2, 3, 4])
        #expect(read.options[.overload] == nil && read.bootFile.isEmpty)
    }

    @Test("put options that do not fit into the file and the server's name, and leave out the last ones")
    func overload() throws {
        var message = try discover()
        message.options[.vendorSpecific] = [UInt8](repeating: 7, count: 200)
        message.options[.rootPath] = [UInt8](repeating: 8, count: 100)
        message.options[.hostName] = [UInt8](repeating: 9, count: 60)
        message.options[.relayAgentInformation] = [1, 2, 3, 4]
        let octets = message.encoded()
        #expect(octets.count <= 548)
        #expect(octets[236 - 128] == OptionCode.rootPath.rawValue)
        var read = try DHCPMessage(octets)
        for option in message.options { #expect(read.options[option.code] == option.value) }
        message.bootFile = Array("kernel".utf8)
        read = try DHCPMessage(message.encoded())
        // The file is taken: what is long is left out, what is short finds room; the relay agent's stays.
        #expect(read.options[.rootPath] == nil || read.options[.hostName] == nil)
        #expect(read.options[.relayAgentInformation] == [1, 2, 3, 4] && read.bootFile == Array("kernel".utf8))
    }

    @Test("have the relay agent's information last")
    func relayAgentLast() throws {
        var message = try discover()
        message.options[.relayAgentInformation] = [1, 1, 9]
        message.options[.hostName] = Array("a".utf8)
        let octets = message.encoded()
        #expect(Array(octets[240..<252]) == [53, 1, 1, 12, 1, 97, 82, 3, 1, 1, 9, 255])
    }

    @Test("keep options that nobody knows")
    func unknownOptions() throws {
        var message = try discover()
        message.options[OptionCode(rawValue: 224)] = [1, 2, 3]
        message.options[OptionCode(rawValue: 80)] = []
        #expect(try DHCPMessage(message.encoded()) == message)
    }
}

extension OptionCode {
    fileprivate static let rootPath = OptionCode(rawValue: 17)
}

extension [UInt8] {
    fileprivate func replacing(at place: Int, _ octets: UInt8...) -> [UInt8] {
        var copy = self
        copy.replaceSubrange(place..<place + octets.count, with: octets)
        return copy
    }
}

@Suite("Randomised messages of DHCP")
struct RandomisedDHCPMessageTests {
    static func message(_ random: inout SeededGenerator) throws -> DHCPMessage {
        let hardware = try #require(
            HardwareAddress(
                type: .random(in: 0...255, using: &random),
                (0..<Int.random(in: 0...16, using: &random)).map { _ in .random(in: 0...255, using: &random) }))
        var message = DHCPMessage(
            .random(using: &random) ? .request : .reply, hardware: hardware,
            transactionID: .random(in: 0...UInt32.max, using: &random))
        message.flags = .random(in: 0...UInt16.max, using: &random)
        message.yourAddress = IPv4Address(rawValue: .random(in: 0...UInt32.max, using: &random))
        if Bool.random(using: &random) { message.serverName = [1, 2, 3] }
        if Bool.random(using: &random) { message.bootFile = [UInt8](repeating: 4, count: 128) }
        for _ in 0..<Int.random(in: 0...20, using: &random) {
            let code = OptionCode(rawValue: .random(in: 1...254, using: &random))
            guard code != .overload else { continue }
            let count =
                Bool.random(using: &random)
                ? Int.random(in: 0...8, using: &random) : .random(in: 0...600, using: &random)
            message.options[code] = (0..<count).map { _ in .random(in: 0...255, using: &random) }
        }
        return message
    }

    @Test("come back as they went")
    func roundTrip() throws {
        var random = SeededGenerator(seed: 2131)
        for _ in 0..<fuzzRounds(default: 500) {
            let message = try Self.message(&random)
            let read = try DHCPMessage(message.encoded(limit: 65_507))
            #expect(read.options.count == message.options.count)
            for option in message.options { #expect(read.options[option.code] == option.value) }
            // What is cut for a small buffer can still be read, and holds nothing else.
            let small = try DHCPMessage(message.encoded())
            #expect(message.encoded().count <= 548 || message.options[.relayAgentInformation] != nil)
            for option in small.options { #expect(message.options[option.code] == option.value) }
        }
    }

    @Test("never trap a reader")
    func garbage() throws {
        var random = SeededGenerator(seed: 3396)
        var (readable, unreadable) = (0, 0)
        for _ in 0..<fuzzRounds(default: 2_000) {
            var octets = try Self.message(&random).encoded(limit: 1_472)
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                octets[Int.random(in: 0..<octets.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            octets = Array(octets.prefix(.random(in: 200...octets.count, using: &random)))
            do throws(DHCPError) {
                let message = try DHCPMessage(octets)
                try? message.checkOptions()
                for option in message.options {
                    // What text says can be read again, as the same.
                    let words = option.code.format.words(option.value)
                    if option.code.format.fits(option.value),
                        ![.text, .names, .routes, .codes].contains(option.code.format)
                    {
                        #expect(try option.code.format.value(words) == option.value)
                    }
                    _ = try? RelayAgentInformation(option.value)
                    _ = try? ClientFQDN(option.value)
                    _ = try? DomainSearch.names(in: option.value)
                    _ = try? ClasslessRoute.routes(in: option.value)
                }
                readable += 1
            } catch {
                unreadable += 1
            }
        }
        #expect(readable > 0 && unreadable > 0)
    }
}

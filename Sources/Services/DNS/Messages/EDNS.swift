/// What a host can do beyond RFC 1035, and options of a message: the OPT record (RFC 6891 §6.1).
package struct EDNS: Sendable, Hashable {
    /// Octets that the sender takes over UDP; below 512 means 512.
    package var payloadSize: UInt16
    package var version: UInt8 = 0
    /// Whether the sender wants DNSSEC's records (RFC 3225).
    package var wantsDNSSEC = false
    package var options: [Option] = []

    package init(payloadSize: UInt16 = 1_232, options: [Option] = []) {
        self.payloadSize = payloadSize
        self.options = options
    }

    /// A number and its value.
    package struct Option: Sendable, Hashable {
        package var code: Code
        package var value: [UInt8]

        package init(_ code: Code, _ value: [UInt8]) {
            self.code = code
            self.value = value
        }
    }

    /// What options are called (IANA's registry).
    package struct Code: RawRepresentable, Sendable, Hashable {
        package let rawValue: UInt16

        package init(rawValue: UInt16) { self.rawValue = rawValue }

        /// The server's name (RFC 5001).
        package static let nameServerID = Code(rawValue: 3)
        /// RFC 7871.
        package static let clientSubnet = Code(rawValue: 8)
        /// RFC 7873.
        package static let cookie = Code(rawValue: 10)
        /// RFC 7830.
        package static let padding = Code(rawValue: 12)
        /// RFC 8914.
        package static let extendedError = Code(rawValue: 15)
    }

    /// The first option of that number; nil when there is none.
    package func option(_ code: Code) -> [UInt8]? { options.first { $0.code == code }?.value }

    // MARK: The record

    /// Reads the class, the time to live and the data of an OPT record.
    ///
    /// - Returns: the upper bits of the response code as well.
    static func read(
        _ reader: inout WireReader, class size: UInt16, ttl: UInt32, length: Int
    ) throws(DNSError) -> (EDNS, upperCode: UInt16) {
        var edns = EDNS(payloadSize: size)
        edns.version = UInt8(truncatingIfNeeded: ttl >> 16)
        edns.wantsDNSSEC = ttl & 0x8000 != 0
        edns.options = try reader.within(length) { reader throws(DNSError) in
            var options: [Option] = []
            while !reader.isAtEnd {
                let (code, count) = (try reader.short(), try reader.short())
                options.append(Option(Code(rawValue: code), Array(try reader.take(Int(count)))))
            }
            return options
        }
        return (edns, UInt16(ttl >> 24))
    }

    /// Octets on the wire.
    var length: Int { 11 + options.reduce(0) { $0 + 4 + $1.value.count } }

    func write(to writer: inout WireWriter, _ code: ResponseCode) {
        writer.append(0 as UInt8)
        writer.append(RecordType.opt.rawValue)
        writer.append(payloadSize)
        writer.append(UInt32(code.rawValue >> 4) << 24 | UInt32(version) << 16 | (wantsDNSSEC ? 0x8000 : 0))
        writer.append(UInt16(length - 11))
        for option in options {
            writer.append(option.code.rawValue)
            writer.append(UInt16(option.value.count))
            writer.append(contentsOf: option.value)
        }
    }
}

/// Where a query comes from, in the eyes of the resolver that passes it on (RFC 7871 §6).
package struct ClientSubnet: Sendable, Hashable, CustomStringConvertible {
    /// With zeros behind the prefix.
    package var address: IPAddress
    /// Bits of the address that the client gives away.
    package var sourcePrefix: UInt8
    /// Bits that the answer depends on; 0 in queries.
    package var scopePrefix: UInt8

    /// - Returns: nil when the prefix is longer than the address.
    package init?(_ address: IPAddress, sourcePrefix: UInt8, scopePrefix: UInt8 = 0) {
        let bits = address.octets.count * 8
        guard Int(sourcePrefix) <= bits, Int(scopePrefix) <= bits,
            let masked = IPAddress(octets: Self.masked(address.octets, sourcePrefix))
        else { return nil }
        self.address = masked
        self.sourcePrefix = sourcePrefix
        self.scopePrefix = scopePrefix
    }

    /// Reads an option's value.
    ///
    /// - Throws: ``DNSError/Code/malformedMessage`` for anything that RFC 7871 §6 does not allow: a server answers FORMERR.
    package init(_ value: [UInt8]) throws(DNSError) {
        let malformed = DNSError(.malformedMessage, "the client's subnet is not as RFC 7871 has it")
        guard value.count >= 4 else { throw malformed }
        let family = UInt16(value[0]) << 8 | UInt16(value[1])
        guard family == 1 || family == 2 else { throw malformed }
        let length = family == 1 ? 4 : 16
        let octets = Array(value[4...])
        guard octets.count == (Int(value[2]) + 7) / 8, octets.count <= length,
            Self.masked(octets, value[2]) == octets,
            let address = IPAddress(octets: octets + [UInt8](repeating: 0, count: length - octets.count)),
            let subnet = ClientSubnet(address, sourcePrefix: value[2], scopePrefix: value[3])
        else { throw malformed }
        self = subnet
    }

    /// As an option's value.
    package var value: [UInt8] {
        [0, address.isIPv6 ? 2 : 1, sourcePrefix, scopePrefix] + address.octets.prefix((Int(sourcePrefix) + 7) / 8)
    }

    private static func masked(_ octets: [UInt8], _ prefix: UInt8) -> [UInt8] {
        octets.enumerated().map { index, octet in
            let bits = min(8, max(0, Int(prefix) - index * 8))
            return octet & UInt8(truncatingIfNeeded: 0xFF00 >> bits)
        }
    }

    package var description: String { "\(address)/\(sourcePrefix)/\(scopePrefix)" }
}

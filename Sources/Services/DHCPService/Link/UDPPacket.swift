package import DHCP

/// A UDP datagram in an IPv4 packet, as a frame carries it (RFC 768, RFC 791).
package struct UDPPacket: Sendable, Hashable {
    package var source: IPv4Address
    package var sourcePort: UInt16
    package var destination: IPv4Address
    package var destinationPort: UInt16
    /// At most 65,507 octets.
    package var payload: [UInt8]

    package init(
        from source: IPv4Address, _ sourcePort: UInt16, to destination: IPv4Address, _ destinationPort: UInt16,
        _ payload: [UInt8]
    ) {
        self.source = source
        self.sourcePort = sourcePort
        self.destination = destination
        self.destinationPort = destinationPort
        self.payload = payload
    }

    static let headerLength = 20
    static let datagramHeaderLength = 8
    private static let protocolNumber: UInt8 = 17

    /// The packet, with both checksums. Nil when the payload is too long.
    ///
    /// - Parameter identification: tells packets apart that are cut into fragments on the way.
    package func encoded(identification: UInt16 = 0) -> [UInt8]? {
        let datagramLength = Self.datagramHeaderLength + payload.count
        guard let length = UInt16(exactly: Self.headerLength + datagramLength) else { return nil }
        var header: [UInt8] = [0x45, 0]
        header.append(length)
        header.append(identification)
        header += [0, 0, 64, Self.protocolNumber, 0, 0] + source.octets + destination.octets
        header.put(Self.checksum(header), at: 10)
        var datagram: [UInt8] = []
        datagram.reserveCapacity(datagramLength)
        datagram.append(sourcePort)
        datagram.append(destinationPort)
        datagram.append(UInt16(datagramLength))
        datagram.append(0 as UInt16)
        datagram += payload
        let sum = Self.checksum(datagram, and: Self.pseudoHeader(source, destination, datagramLength))
        // Zero would mean that there is none.
        datagram.put(sum == 0 ? 0xFFFF : sum, at: 6)
        return header + datagram
    }

    /// Why a packet is not one that can be read.
    package enum Fault: Error, Sendable, Hashable {
        /// It ends before its headers do, or before they say.
        case short
        /// It is not IPv4, or not UDP.
        case otherProtocol
        /// It is one part of several: DHCP never needs them on a link.
        case fragment
        case wrongHeaderChecksum
        case wrongChecksum
    }

    /// Reads a packet; what follows it, as padding does in short frames, is left out.
    ///
    /// - Parameters:
    ///   - octets: from the first of the IP header.
    ///   - isChecksumPending: whether the sender left the datagram's checksum to hardware that the frame never passed, as it
    ///     is between virtual interfaces: then it cannot be right.
    package init(_ octets: [UInt8], isChecksumPending: Bool) throws(Fault) {
        guard octets.count >= Self.headerLength else { throw .short }
        guard octets[0] >> 4 == 4, octets[9] == Self.protocolNumber else { throw .otherProtocol }
        let headerLength = Int(octets[0] & 15) * 4
        let length = Int(octets.number(at: 2))
        guard headerLength >= Self.headerLength, length >= headerLength + Self.datagramHeaderLength,
            length <= octets.count
        else { throw .short }
        guard octets.number(at: 6) & 0x3FFF == 0 else { throw .fragment }
        guard Self.checksum(octets[..<headerLength]) == 0 else { throw .wrongHeaderChecksum }
        let datagramLength = Int(octets.number(at: headerLength + 4))
        guard datagramLength >= Self.datagramHeaderLength, headerLength + datagramLength <= length else { throw .short }
        source = IPv4Address(rawValue: octets.long(at: 12))
        destination = IPv4Address(rawValue: octets.long(at: 16))
        let datagram = octets[headerLength..<headerLength + datagramLength]
        if !isChecksumPending, octets.number(at: headerLength + 6) != 0 {
            let pseudo = Self.pseudoHeader(source, destination, datagramLength)
            guard Self.checksum(datagram, and: pseudo) == 0 else { throw .wrongChecksum }
        }
        sourcePort = octets.number(at: headerLength)
        destinationPort = octets.number(at: headerLength + 2)
        payload = Array(datagram.dropFirst(Self.datagramHeaderLength))
    }

    private static func pseudoHeader(
        _ source: IPv4Address, _ destination: IPv4Address, _ length: Int
    ) -> [UInt8] {
        source.octets + destination.octets + [0, protocolNumber, UInt8(length >> 8 & 255), UInt8(length & 255)]
    }

    /// The Internet's checksum (RFC 1071) of `pseudo`, which has an even length, and `octets`; 0 over what holds it itself.
    static func checksum(_ octets: some Collection<UInt8>, and pseudo: [UInt8] = []) -> UInt16 {
        var (sum, isHigh) = (0 as UInt64, true)
        for octet in pseudo {
            sum += isHigh ? UInt64(octet) << 8 : UInt64(octet)
            isHigh.toggle()
        }
        for octet in octets {
            sum += isHigh ? UInt64(octet) << 8 : UInt64(octet)
            isHigh.toggle()
        }
        while sum > 0xFFFF { sum = sum >> 16 + sum & 0xFFFF }
        return ~UInt16(sum)
    }
}

/// Numbers in network order.
extension [UInt8] {
    mutating func append(_ number: UInt16) {
        append(UInt8(number >> 8))
        append(UInt8(truncatingIfNeeded: number))
    }

    mutating func put(_ number: UInt16, at place: Int) {
        self[place] = UInt8(number >> 8)
        self[place + 1] = UInt8(truncatingIfNeeded: number)
    }

    func number(at place: Int) -> UInt16 { UInt16(self[place]) << 8 | UInt16(self[place + 1]) }

    func long(at place: Int) -> UInt32 { UInt32(number(at: place)) << 16 | UInt32(number(at: place + 2)) }
}

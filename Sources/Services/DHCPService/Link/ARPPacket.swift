package import DHCP

/// A packet of ARP for IPv4 on Ethernet (RFC 826).
package struct ARPPacket: Sendable, Hashable {
    /// Whether a packet asks or answers: `ar$op` of RFC 826.
    package enum Operation: UInt16, Sendable, Hashable {
        case request = 1
        case reply = 2
    }

    package var operation: Operation
    package var senderHardware: HardwareAddress
    package var sender: IPv4Address
    package var targetHardware: HardwareAddress
    package var target: IPv4Address

    package init(
        _ operation: Operation, from senderHardware: HardwareAddress, _ sender: IPv4Address,
        to targetHardware: HardwareAddress, _ target: IPv4Address
    ) {
        self.operation = operation
        self.senderHardware = senderHardware
        self.sender = sender
        self.targetHardware = targetHardware
        self.target = target
    }

    /// A question whether somebody has an address, which says nothing of who asks (RFC 5227 §1.1).
    package static func probe(for address: IPv4Address, by hardware: HardwareAddress) -> ARPPacket {
        ARPPacket(.request, from: hardware, .unspecified, to: noHardware, address)
    }

    /// Tells the link who has an address now (RFC 5227 §2.3).
    package static func announcement(of address: IPv4Address, by hardware: HardwareAddress) -> ARPPacket {
        ARPPacket(.request, from: hardware, address, to: noHardware, address)
    }

    private static let noHardware = HardwareAddress([0, 0, 0, 0, 0, 0]) ?? .broadcast

    private static let head: [UInt8] = [0, 1, 8, 0, 6, 4]
    static let length = 28

    package var encoded: [UInt8] {
        func six(_ hardware: HardwareAddress) -> [UInt8] {
            Array((hardware.octets + [0, 0, 0, 0, 0, 0]).prefix(6))
        }
        var octets = Self.head
        octets.append(operation.rawValue)
        return octets + six(senderHardware) + sender.octets + six(targetHardware) + target.octets
    }

    /// Nil for what is not a request or reply of this kind.
    package init?(_ octets: [UInt8]) {
        guard octets.count >= Self.length, octets.starts(with: Self.head),
            let operation = Operation(rawValue: octets.number(at: 6)),
            let senderHardware = HardwareAddress(octets[8..<14]), let targetHardware = HardwareAddress(octets[18..<24])
        else { return nil }
        self.init(
            operation, from: senderHardware, IPv4Address(rawValue: octets.long(at: 14)), to: targetHardware,
            IPv4Address(rawValue: octets.long(at: 24)))
    }
}

/// A link-layer address as DHCP has it: what kind of link, and 0 to 16 octets (RFC 2131 §2: htype, hlen, chaddr).
package struct HardwareAddress: Sendable, Hashable {
    /// IANA's number; 1 is Ethernet.
    package let type: UInt8
    package let octets: [UInt8]

    /// Nil for more than 16 octets.
    package init?(type: UInt8 = 1, _ octets: some Collection<UInt8>) {
        guard octets.count <= 16 else { return nil }
        self.type = type
        self.octets = Array(octets)
    }

    /// FF:FF:FF:FF:FF:FF: everybody on the link.
    package static let broadcast = HardwareAddress(unchecked: [UInt8](repeating: 255, count: 6))

    private init(unchecked octets: [UInt8]) {
        type = 1
        self.octets = octets
    }

    /// Whether it is one that an Ethernet host can have: 6 octets, not a group's, not all zeros.
    package var isEthernetHost: Bool {
        type == 1 && octets.count == 6 && octets[0] & 1 == 0 && octets.contains { $0 != 0 }
    }
}

extension HardwareAddress: CustomStringConvertible {
    /// Reads `02:00:5e:10:00:01`, also with hyphens: an Ethernet address; nil for anything else.
    package init?(_ text: some StringProtocol) {
        let separator: Character = text.contains("-") ? "-" : ":"
        let parts = text.split(separator: separator, omittingEmptySubsequences: false)
        let octets = parts.compactMap { $0.utf8.count == 2 && $0.first != "+" ? UInt8($0, radix: 16) : nil }
        guard parts.count == 6, octets.count == 6 else { return nil }
        self.init(octets)
    }

    /// Octets in hexadecimal with colons; other links than Ethernet with their number in front.
    package var description: String {
        let digits = octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
        return type == 1 ? digits : "\(type)/\(digits)"
    }
}

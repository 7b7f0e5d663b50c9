/// The addresses that share a prefix.
package struct IPv4Network: Sendable, Hashable, CustomStringConvertible {
    /// The lowest: with zeros behind the prefix.
    package let address: IPv4Address
    /// Bits in common, 0 to 32.
    package let prefix: UInt8

    /// The network of `prefix` bits that `address` is in; nil for more than 32.
    package init?(containing address: IPv4Address, prefix: UInt8) {
        guard prefix <= 32 else { return nil }
        self.prefix = prefix
        self.address = IPv4Address(rawValue: address.rawValue & Self.mask(of: prefix))
    }

    /// Reads `192.0.2.0/24`; nil for anything else, and where bits are set behind the prefix.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPv4Address(parts[0]), let prefix = UInt8(parts[1]),
            parts[1].utf8.count == String(prefix).utf8.count,
            let network = IPv4Network(containing: address, prefix: prefix), network.address == address
        else { return nil }
        self = network
    }

    package var mask: IPv4Address { IPv4Address(rawValue: Self.mask(of: prefix)) }
    /// The highest address: the network's broadcast, where it has one.
    package var last: IPv4Address { IPv4Address(rawValue: address.rawValue | ~mask.rawValue) }

    /// Whether the address has the network's first bits; its first and last address have them too.
    package func contains(_ other: IPv4Address) -> Bool {
        other.rawValue & Self.mask(of: prefix) == address.rawValue
    }

    /// Whether hosts can have the address: in the network, and neither its first nor last, where those mean all
    /// (RFC 3021: not with 31 bits).
    package func isHost(_ other: IPv4Address) -> Bool {
        contains(other) && (prefix >= 31 || (other != address && other != last))
    }

    /// Whether one of them is within the other.
    package func overlaps(_ other: IPv4Network) -> Bool { contains(other.address) || other.contains(address) }

    package var description: String { "\(address)/\(prefix)" }

    private static func mask(of prefix: UInt8) -> UInt32 {
        prefix == 0 ? 0 : UInt32.max << (32 - UInt32(prefix))
    }
}

/// Addresses with the same first bits: `192.0.2.0/24`.
package struct IPNetwork: Sendable, Hashable, CustomStringConvertible {
    /// With zeros behind the prefix.
    package let address: IPAddress
    /// Bits.
    package let prefix: Int

    /// Nil when the prefix is longer than the address.
    package init?(_ address: IPAddress, prefix: Int) {
        guard let length = UInt8(exactly: prefix), let subnet = ClientSubnet(address, sourcePrefix: length) else {
            return nil
        }
        self.address = subnet.address
        self.prefix = prefix
    }

    /// Reads `10.0.0.0/8`, `2001:db8::/32`, or an address alone; nil for anything else.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = IPAddress(parts[0]) else { return nil }
        if parts.count == 1 {
            self.init(address, prefix: address.octets.count * 8)
        } else {
            guard parts[1].utf8.allSatisfy({ (48...57).contains($0) }), let prefix = Int(parts[1]) else { return nil }
            self.init(address, prefix: prefix)
        }
    }

    package func contains(_ other: IPAddress) -> Bool {
        other.octets.count == address.octets.count && IPNetwork(other, prefix: prefix)?.address == address
    }

    package var description: String { "\(address)/\(prefix)" }
}

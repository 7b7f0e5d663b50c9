internal import CLinkLayer
package import DHCP
internal import Glibc

/// What the system says of a network interface.
package struct LinkInterface: Sendable, Hashable {
    /// An address of the interface, with its network.
    package struct Address: Sendable, Hashable {
        package var address: IPv4Address
        package var network: IPv4Network
    }

    /// 1 to 15 octets.
    package let name: String
    /// The system's number for it, above zero.
    package let index: Int
    /// Of Ethernet; zeros for the loopback.
    package let hardware: HardwareAddress
    /// In the system's order: the first is the main one. Changes with time, as all here may: this is how it was.
    package let addresses: [Address]
    /// Octets that a frame carries.
    package let mtu: Int
    /// Whether it is switched on; not whether a cable is in it.
    package let isUp: Bool

    /// Looks an interface up.
    ///
    /// - Throws: ``LinkError``: ``LinkError/Code/noInterface``, or ``LinkError/Code/unsuitable`` for one that has no Ethernet
    ///   frames.
    package init(named name: String) throws(LinkError) {
        guard (1..<Int(IFNAMSIZ)).contains(name.utf8.count), !name.utf8.contains(0) else {
            throw LinkError(.noInterface, "\"\(name)\" is no name of an interface: those have 1 to 15 octets")
        }
        var facts = headwater_link_facts()
        guard headwater_link_facts(name, &facts) == 0 else { throw LinkError(errno, "use the interface \(name)") }
        guard [UInt16(ARPHRD_ETHER), UInt16(ARPHRD_LOOPBACK)].contains(facts.hardware_type),
            let hardware = withUnsafeBytes(of: facts.hardware_address, { HardwareAddress(Array($0)) })
        else { throw LinkError(.unsuitable, "the interface \(name) has no Ethernet frames, which DHCP needs here") }
        self.name = name
        index = Int(facts.index)
        self.hardware = hardware
        mtu = Int(facts.mtu)
        isUp = facts.flags & UInt32(IFF_UP) != 0
        addresses = Self.addresses(of: name)
    }

    private static func addresses(of name: String) -> [Address] {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else { return [] }
        defer { freeifaddrs(first) }
        return sequence(first: first, next: { $0?.pointee.ifa_next }).compactMap { item in
            guard let item = item?.pointee, let owner = item.ifa_name, String(cString: owner) == name,
                let address = number(item.ifa_addr), let mask = number(item.ifa_netmask),
                let network = IPv4Network(
                    containing: IPv4Address(rawValue: address), prefix: UInt8(mask.nonzeroBitCount))
            else { return nil }
            return Address(address: IPv4Address(rawValue: address), network: network)
        }
    }

    /// Of an IPv4 address alone.
    private static func number(_ address: UnsafeMutablePointer<sockaddr>?) -> UInt32? {
        guard let address, address.pointee.sa_family == sa_family_t(AF_INET) else { return nil }
        return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
            UInt32(bigEndian: $0.pointee.sin_addr.s_addr)
        }
    }
}

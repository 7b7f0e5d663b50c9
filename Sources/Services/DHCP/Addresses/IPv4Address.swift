/// An IPv4 address.
package struct IPv4Address: RawRepresentable, Sendable, Hashable, Comparable {
    /// The address as a number: 192.0.2.1 is 0xC0000201.
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package init(_ first: UInt8, _ second: UInt8, _ third: UInt8, _ fourth: UInt8) {
        rawValue = UInt32(first) << 24 | UInt32(second) << 16 | UInt32(third) << 8 | UInt32(fourth)
    }

    /// Nil unless there are 4 octets, in network order.
    package init?(octets: some Collection<UInt8>) {
        guard octets.count == 4 else { return nil }
        rawValue = octets.reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// 0.0.0.0: no address.
    package static let unspecified = IPv4Address(rawValue: 0)
    /// 255.255.255.255: everybody on the link.
    package static let broadcast = IPv4Address(rawValue: .max)

    /// In network order.
    package var octets: [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: rawValue >> $0) }
    }

    /// Whether it is one that a host can have: not 0.0.0.0/8, loopback, multicast or above.
    package var isHost: Bool {
        let first = rawValue >> 24
        return first != 0 && first != 127 && first < 224
    }

    /// The next address; nil after the last.
    package var successor: IPv4Address? { rawValue == .max ? nil : IPv4Address(rawValue: rawValue + 1) }

    package static func < (left: IPv4Address, right: IPv4Address) -> Bool { left.rawValue < right.rawValue }
}

extension IPv4Address: CustomStringConvertible, Codable {
    /// Reads `192.0.2.1`: four decimal numbers without leading zeros; nil for anything else.
    package init?(_ text: some StringProtocol) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.count), part.count == 1 || part.first != UInt8(ascii: "0") else { return nil }
            var number: UInt32 = 0
            for digit in part {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
                number = number * 10 + UInt32(digit - UInt8(ascii: "0"))
            }
            guard number < 256 else { return nil }
            value = value << 8 | number
        }
        rawValue = value
    }

    package var description: String {
        "\(rawValue >> 24).\(rawValue >> 16 & 255).\(rawValue >> 8 & 255).\(rawValue & 255)"
    }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let address = IPv4Address(text) else {
            throw DHCPError(.malformedOption, "\"\(text)\" is no IPv4 address")
        }
        self = address
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

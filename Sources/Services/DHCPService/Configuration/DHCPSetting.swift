package import DHCP
package import SettingsFile

/// A part of a server's configuration.
typealias DHCPSetting = SettingNode<DHCPError>

extension DHCPError: SettingFailure {
    /// `DHCPError.Code.configuration`, with file, line and the path of the setting.
    package init(setting problem: String, at place: SettingPlace) {
        self.init(.configuration, problem, at: place.description)
    }
}

extension DHCPSetting {
    /// One value, or a list of them.
    func words() throws(DHCPError) -> [String] { try list { item throws(DHCPError) in try item.text() } }

    /// A list, or one item alone.
    func list<Value>(_ read: (DHCPSetting) throws(DHCPError) -> Value) throws(DHCPError) -> [Value] {
        var values: [Value] = []
        for item in elements() { values.append(try read(item)) }
        return values
    }

    /// Seconds.
    func duration() throws(DHCPError) -> UInt32 {
        try value("a time, as 600, 90s, 1h30m or 7d") { DurationText.seconds($0) }
    }

    func address() throws(DHCPError) -> IPv4Address { try value("an IPv4 address") { IPv4Address($0) } }

    /// `192.0.2.10-192.0.2.19`, or one address.
    func range() throws(DHCPError) -> ClosedRange<IPv4Address> {
        try value("a range of addresses, as 192.0.2.10-192.0.2.19") { text in
            let parts = text.split(separator: "-").map { $0.filter { $0 != " " } }
            guard (1...2).contains(parts.count), let low = IPv4Address(parts[0]),
                let high = IPv4Address(parts[parts.count - 1]), low <= high
            else { return nil }
            return low...high
        }
    }

    /// An address, or a network.
    func network() throws(DHCPError) -> IPv4Network {
        try value("a network, as 192.0.2.0/24, with no bits set behind its prefix") { text in
            IPv4Network(text.contains("/") ? text : text + "/32")
        }
    }
}

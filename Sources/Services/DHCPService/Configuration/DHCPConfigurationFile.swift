package import DHCP
internal import SettingsFile

/// A server's configuration as a YAML file.
package enum DHCPConfigurationFile {
    /// Octets of a file at most.
    package static let largest = 1 << 20

    /// Reads a configuration.
    ///
    /// - Parameters:
    ///   - text: the file's content.
    ///   - file: its name, for errors.
    /// - Throws: `DHCPError` with file, line and the path of the setting.
    package static func read(_ text: String, file: String) throws(DHCPError) -> DHCPServerConfiguration {
        let top = try DHCPSetting(text, file: file, limit: largest)
        let fields = try top.fields(["subnets", "options", "limits"])
        var configuration = DHCPServerConfiguration()
        if let limits = fields["limits"] { configuration.limits = try self.limits(limits) }
        let reader = SubnetReader(shared: fields["options"])
        for node in fields["subnets"]?.elements() ?? [] { configuration.subnets.append(try reader.subnet(node)) }
        guard !configuration.subnets.isEmpty else {
            throw top.error("there is no subnet: the list \"subnets\" is missing or empty")
        }
        do {
            try configuration.check()
        } catch {
            // The fault is in what a path names; its line is looked for here.
            throw top.descendant(at: error.place ?? "").error(error.message)
        }
        return configuration
    }

    private static func limits(_ node: DHCPSetting) throws(DHCPError) -> DHCPServerConfiguration.Limits {
        var limits = DHCPServerConfiguration.Limits()
        let known = [
            "offer-time", "quarantine-time", "quarantine-share", "addresses-per-port", "port-rate", "link-rate",
            "decline-rate", "answer-rate",
        ]
        for (name, value) in try node.settings(known) {
            switch name {
            case "offer-time": limits.offerTime = Double(max(1, try value.duration()))
            case "quarantine-time": limits.quarantineTime = Double(max(1, try value.duration()))
            case "quarantine-share": limits.quarantineShare = try value.share(0...1, "a share, as 0.25 or 25%")
            case "addresses-per-port":
                limits.addressesPerPort = try value.integer(1...1_000_000, "a number from 1 to 1,000,000")
            case "port-rate": limits.portRate = try rate(value)
            case "link-rate": limits.linkRate = try rate(value)
            case "decline-rate": limits.declineRate = try rate(value)
            default: limits.answerRate = try rate(value)
            }
        }
        return limits
    }

    /// `20` or `20, 100`: so many a second, and so many at once.
    private static func rate(_ node: DHCPSetting) throws(DHCPError) -> DHCPServerConfiguration.RateLimit {
        let words = try node.words()
        let numbers = words.compactMap(Double.init).filter { $0 > 0 && $0 <= 1e9 }
        guard numbers.count == words.count, (1...2).contains(numbers.count) else {
            throw node.error("a rate a second is expected here, or a list of the rate and how many may come at once")
        }
        return .init(rate: numbers[0], burst: max(1, numbers.count == 2 ? numbers[1] : numbers[0] * 4))
    }
}

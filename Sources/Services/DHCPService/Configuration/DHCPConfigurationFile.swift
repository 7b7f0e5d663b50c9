package import DHCP
internal import Yams

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
        guard text.utf8.count <= largest else {
            throw DHCPError(.configuration, "the file has more than 1 MiB", at: file)
        }
        let top: ConfigurationNode
        do {
            guard let node = try Yams.compose(yaml: text) else {
                throw DHCPError(.configuration, "the file is empty", at: file)
            }
            top = ConfigurationNode(node: node, path: "", file: file)
        } catch let error as DHCPError {
            throw error
        } catch {
            let text = "\(error)".split(separator: "\n").map { $0.trimmingPrefix(while: \.isWhitespace) }
            throw DHCPError(.configuration, "no YAML: \(text.joined(separator: " "))", at: file)
        }
        return try configuration(top)
    }

    private static func configuration(_ top: ConfigurationNode) throws(DHCPError) -> DHCPServerConfiguration {
        var configuration = DHCPServerConfiguration()
        var subnets: [ConfigurationNode] = []
        var options: ConfigurationNode?
        for (key, value) in try top.mapping(["subnets", "options", "limits"]) {
            switch key {
            case "subnets": subnets = try value.sequence()
            case "limits": configuration.limits = try limits(value)
            default: options = value
            }
        }
        guard !subnets.isEmpty else { throw top.error("there is no subnet: the list \"subnets\" is missing or empty") }
        for node in subnets {
            configuration.subnets.append(try SubnetReader(shared: options).subnet(node))
        }
        do {
            try configuration.check()
        } catch {
            // The fault is in what a path names; its line is looked for here.
            let place = error.place.flatMap { find($0, in: top) } ?? top
            throw place.error(error.message)
        }
        return configuration
    }

    /// The part that a path of keys leads to, or the last that there is on the way.
    private static func find(_ path: String, in top: ConfigurationNode) -> ConfigurationNode {
        var place = top
        for step in path.split(whereSeparator: { ".[]".contains($0) }) {
            let next: Node? =
                if let index = Int(step), let sequence = place.node.sequence {
                    sequence.indices.contains(index) ? sequence[index] : nil
                } else {
                    place.node.mapping?[Node(String(step))]
                }
            guard let next else { break }
            place = ConfigurationNode(node: next, path: "", file: top.file)
        }
        return ConfigurationNode(node: place.node, path: path, file: top.file)
    }

    private static func limits(_ node: ConfigurationNode) throws(DHCPError) -> DHCPServerConfiguration.Limits {
        var limits = DHCPServerConfiguration.Limits()
        let known: Set = [
            "offer-time", "quarantine-time", "quarantine-share", "addresses-per-port", "port-rate", "link-rate",
            "decline-rate", "answer-rate",
        ]
        for (key, value) in try node.mapping(known) {
            switch key {
            case "offer-time": limits.offerTime = Double(max(1, try value.duration()))
            case "quarantine-time": limits.quarantineTime = Double(max(1, try value.duration()))
            case "quarantine-share": limits.quarantineShare = try value.number(0...1)
            case "addresses-per-port": limits.addressesPerPort = Int(try value.number(1...1_000_000))
            case "port-rate": limits.portRate = try rate(value)
            case "link-rate": limits.linkRate = try rate(value)
            case "decline-rate": limits.declineRate = try rate(value)
            default: limits.answerRate = try rate(value)
            }
        }
        return limits
    }

    /// `20` or `20, 100`: so many a second, and so many at once.
    private static func rate(_ node: ConfigurationNode) throws(DHCPError) -> DHCPServerConfiguration.RateLimit {
        let words = try node.words()
        let numbers = words.compactMap(Double.init).filter { $0 > 0 && $0 <= 1e9 }
        guard numbers.count == words.count, (1...2).contains(numbers.count) else {
            throw node.error("a rate a second is expected here, or a list of the rate and how many may come at once")
        }
        return .init(rate: numbers[0], burst: max(1, numbers.count == 2 ? numbers[1] : numbers[0] * 4))
    }
}

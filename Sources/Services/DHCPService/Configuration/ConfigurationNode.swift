internal import DHCP
internal import Yams

/// A part of a YAML file that knows where it stands, and which of its keys were read.
struct ConfigurationNode {
    let node: Node
    /// Keys on the way there: `subnets[0].pools[1]`.
    let path: String
    let file: String

    /// - Throws: `DHCPError` with file and line.
    func error(_ text: String) -> DHCPError {
        let line = node.mark.map { ":\($0.line)" } ?? ""
        return DHCPError(.configuration, path.isEmpty ? text : "\(path): \(text)", at: file + line)
    }

    /// The values of a mapping by key.
    ///
    /// - Parameter known: keys that make sense here; any for nil.
    func mapping(_ known: Set<String>?) throws(DHCPError) -> [(key: String, value: ConfigurationNode)] {
        guard let mapping = node.mapping else { throw error("keys with values are expected here") }
        var pairs: [(key: String, value: ConfigurationNode)] = []
        for (keyNode, value) in mapping {
            guard let key = keyNode.scalar?.string else { throw error("a key is no word") }
            let child = ConfigurationNode(node: value, path: path.isEmpty ? key : "\(path).\(key)", file: file)
            if let known, !known.contains(key) {
                throw child.error("there is no such setting; known are \(known.sorted().joined(separator: ", "))")
            }
            pairs.append((key, child))
        }
        return pairs
    }

    func sequence() throws(DHCPError) -> [ConfigurationNode] {
        guard let sequence = node.sequence else { throw error("a list is expected here") }
        return sequence.enumerated().map {
            ConfigurationNode(node: $0.element, path: "\(path)[\($0.offset)]", file: file)
        }
    }

    /// One value, as it is written.
    func word() throws(DHCPError) -> String {
        guard let scalar = node.scalar else { throw error("one value is expected here") }
        return scalar.string
    }

    /// One value, or a list of them.
    func words() throws(DHCPError) -> [String] {
        if node.scalar != nil { return [try word()] }
        var words: [String] = []
        for item in try sequence() { words.append(try item.word()) }
        return words
    }

    func flag() throws(DHCPError) -> Bool {
        switch try word().lowercased() {
        case "true", "yes", "on": return true
        case "false", "no", "off": return false
        default: throw error("true or false is expected here")
        }
    }

    /// Seconds.
    func duration() throws(DHCPError) -> UInt32 {
        guard let seconds = DurationText.seconds(try word()) else {
            throw error("a time such as 600, 90s, 1h30m or 7d is expected here")
        }
        return seconds
    }

    func number(_ range: ClosedRange<Double>) throws(DHCPError) -> Double {
        guard let number = Double(try word()), range.contains(number) else {
            throw error("a number from \(range.lowerBound) to \(range.upperBound) is expected here")
        }
        return number
    }

    func address() throws(DHCPError) -> IPv4Address {
        guard let address = IPv4Address(try word()) else { throw error("an IPv4 address is expected here") }
        return address
    }

    /// `192.0.2.10-192.0.2.19`, or one address.
    func range() throws(DHCPError) -> ClosedRange<IPv4Address> {
        let parts = try word().split(separator: "-").map { $0.filter { $0 != " " } }
        guard (1...2).contains(parts.count), let low = IPv4Address(parts[0]),
            let high = IPv4Address(parts[parts.count - 1]),
            low <= high
        else { throw error("addresses such as 192.0.2.10-192.0.2.19 are expected here") }
        return low...high
    }

    /// An address, or a network.
    func network() throws(DHCPError) -> IPv4Network {
        let text = try word()
        guard let network = IPv4Network(text.contains("/") ? text : text + "/32") else {
            throw error("a network such as 192.0.2.0/24 is expected here, with no bits set behind its prefix")
        }
        return network
    }
}

internal import DNS
internal import SettingsFile

/// Reads a routing table from YAML: `Documentation/routing.md` shows all that it may say.
package enum RoutingDocument {
    /// Edges of a file at most: each is weighed for every question.
    package static let maximumEdges = 1_000
    /// Octets of a file at most.
    package static let maximumSize = 64 << 20

    /// - Parameters:
    ///   - text: of the file.
    ///   - path: its name, for errors.
    ///   - include: gives another file that the first one names: its path and text.
    /// - Throws: ``RoutingError`` with file and line.
    package static func table(
        _ text: String, path: String,
        include: (_ name: String) throws(RoutingError) -> (path: String, text: String)
    ) throws(RoutingError) -> RoutingTable {
        let root = try RoutingSetting(text, file: path, limit: maximumSize)
        let fields = try root.fields([
            "health", "load", "regions", "edges", "clients", "clients-file", "policies",
        ])
        guard let edges = fields["edges"], let policies = fields["policies"] else {
            throw root.error("edges and policies are needed")
        }
        guard try edges.entries().count <= maximumEdges else { throw edges.error("more than \(maximumEdges) edges") }
        var list = ClientList()
        if let clients = fields["clients"] { try list.add(clients) }
        for name in fields["clients-file"]?.elements() ?? [] {
            let file = try include(try name.text())
            if [".yaml", ".yml"].contains(where: { file.path.hasSuffix($0) }) {
                try list.add(try RoutingSetting(file.text, file: file.path, limit: maximumSize))
            } else {
                try list.add(csv: file.text, path: file.path)
            }
        }
        do {
            return try RoutingTable(
                edges: try edges.entries().map { key, value throws(RoutingError) in try edge(key, value) },
                regions: try fields["regions"].map(regions) ?? [:], clients: ClientMap(list.locations),
                policies: try policies.entries().map { key, value throws(RoutingError) in try policy(key, value) },
                health: try fields["health"].map(health) ?? HealthRules(),
                load: try fields["load"].map(load) ?? LoadRules())
        } catch  where !error.description.hasPrefix(path) {
            throw RoutingError(error.code, "\(path): \(error)")
        }
    }

    private static func regions(_ node: RoutingSetting) throws(RoutingError) -> [String: [String]] {
        var regions: [String: [String]] = [:]
        for (key, value) in try node.entries() {
            var choices: [String] = []
            for element in value.elements() {
                let choice = try element.name()
                guard !choices.contains(choice) else { throw element.error("\(choice) is there twice") }
                choices.append(choice)
            }
            regions[try key.name()] = choices
        }
        return regions
    }

    private static func edge(
        _ key: RoutingSetting, _ node: RoutingSetting
    ) throws(RoutingError) -> RoutedEdge {
        let fields = try node.fields(["addresses", "location", "weight", "capacity", "state", "check", "report"])
        guard let addresses = fields["addresses"], let location = fields["location"] else {
            throw node.error("an edge needs addresses and a location")
        }
        var edge = RoutedEdge(
            name: try key.name(), addresses: [],
            location: try location.value("a location, as europe or europe/ams") { Location($0) })
        for element in addresses.elements() {
            let address = try element.value("an address, as 192.0.2.1 or 2001:db8::1") { IPAddress($0) }
            guard !edge.addresses.contains(address) else { throw element.error("\(address) is there twice") }
            edge.addresses.append(address)
        }
        guard !edge.addresses.isEmpty else { throw addresses.error("an edge needs an address") }
        edge.weight = try fields["weight"]?.number(0.001...1_000_000, "a weight from 0.001 to 1,000,000") ?? 1
        if let capacity = fields["capacity"] {
            let fields = try capacity.fields(["connections", "rate"])
            edge.capacity.connections = try fields["connections"]?.number(1...1e12, "a number of connections from 1")
            edge.capacity.rate = try fields["rate"]?.bitRate()
        }
        edge.state =
            try fields["state"]?.value("one of active, drain and off") { RoutedEdge.State(rawValue: $0) } ?? .active
        edge.check = try fields["check"]?.value(Self.urlExpected, url)
        edge.report = try fields["report"]?.value(Self.urlExpected, url)
        return edge
    }

    private static let urlExpected = "a URL that begins with http:// or https://"

    private static func url(_ text: String) -> String? {
        let rest = ["http://", "https://"].compactMap { text.hasPrefix($0) ? text.dropFirst($0.count) : nil }.first
        guard let host = rest?.first, host != "/", !text.contains(where: \.isWhitespace) else { return nil }
        return text
    }

    private static func policy(
        _ key: RoutingSetting, _ node: RoutingSetting
    ) throws(RoutingError) -> RoutingPolicy {
        let fields = try node.fields([
            "edges", "nearest", "affinity", "ttl", "answers", "balance", "calm", "sticky", "network4", "network6",
        ])
        var policy = RoutingPolicy(name: try key.name())
        policy.edges = try fields["edges"].map { names throws(RoutingError) in
            try names.elements().map { element throws(RoutingError) in try element.name() }
        }
        policy.prefersNear = try fields["nearest"]?.flag() ?? true
        policy.affinity =
            try fields["affinity"]?.value("one of name and client") { RoutingPolicy.Affinity(rawValue: $0) } ?? .name
        policy.ttl = UInt32(try fields["ttl"]?.seconds(0...86_400, "a time from 0s to 24h") ?? 20)
        policy.answers = try fields["answers"]?.integer(1...16, "a number of edges from 1 to 16") ?? 1
        policy.balance = try fields["balance"]?.number(1...1_000, "a factor from 1 to 1000") ?? 1.25
        policy.calm = try fields["calm"]?.share(0...100, "a share, as 0.5 or 50%") ?? 0.5
        policy.stickiness = try fields["sticky"]?.seconds(0...86_400, "a time from 0s to 24h") ?? 0
        policy.network4 = try fields["network4"]?.integer(1...32, "a number of bits from 1 to 32") ?? 24
        policy.network6 = try fields["network6"]?.integer(1...128, "a number of bits from 1 to 128") ?? 56
        return policy
    }

    private static func health(_ node: RoutingSetting) throws(RoutingError) -> HealthRules {
        let fields = try node.fields(["interval", "timeout", "rise", "fall"])
        var rules = HealthRules()
        rules.interval = try fields["interval"]?.seconds(0.05...3_600, "a time from 50ms to 1h") ?? rules.interval
        rules.timeout = try fields["timeout"]?.seconds(0.01...60, "a time from 10ms to 1m") ?? rules.timeout
        rules.rise = try fields["rise"]?.integer(1...100, "a number of checks from 1 to 100") ?? rules.rise
        rules.fall = try fields["fall"]?.integer(1...100, "a number of checks from 1 to 100") ?? rules.fall
        return rules
    }

    private static func load(_ node: RoutingSetting) throws(RoutingError) -> LoadRules {
        let fields = try node.fields(["overloaded", "relieved", "age"])
        var rules = LoadRules()
        rules.overloaded = try fields["overloaded"]?.share(0...100, "a share, as 0.9 or 90%") ?? rules.overloaded
        rules.relieved = try fields["relieved"]?.share(0...100, "a share, as 0.8 or 80%") ?? min(0.8, rules.overloaded)
        guard rules.overloaded > 0, rules.relieved <= rules.overloaded else {
            throw node.error("relieved is not above overloaded, and that is above 0")
        }
        rules.staleness = try fields["age"]?.seconds(0.1...3_600, "a time from 100ms to 1h") ?? rules.staleness
        return rules
    }
}

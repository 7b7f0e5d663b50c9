/// Names whose addresses depend on who asks.
extension Zone {
    /// The label below a name that holds its policy.
    package static let policyLabel = "_routing"

    /// The policy by which addresses of `name` are chosen; nil where records tell them.
    ///
    /// - Parameter name: within the zone; below a wildcard that has a policy it has that.
    package func policy(for name: DomainName) -> String? {
        guard !policies.isEmpty, delegation(of: name) == nil else { return nil }
        if let node = nodes[name] { return policies[node.name] }
        guard let encloser = closestEncloser(of: name), nodes[encloser]?.sets[.dname] == nil,
            let wildcard = try? encloser.child("*".utf8)
        else { return nil }
        return policies[wildcard]
    }

    /// The policies that a zone's records name, by the names that they are for.
    ///
    /// - Parameter warnings: what is odd about them, one line each.
    static func policies(_ nodes: [DomainName: Node], _ warnings: inout [String]) -> [DomainName: String] {
        var policies: [DomainName: String] = [:]
        for (name, node) in nodes {
            guard let label = name.labels.first, label.count == policyLabel.utf8.count,
                zip(label, policyLabel.utf8).allSatisfy({ DomainName.folded($0) == $1 }),
                let owner = name.parent, let set = node.sets[.txt]
            else { continue }
            let named = set.data.compactMap { policyName($0.texts) }
            guard let policy = named.first, named.count == 1 else {
                warnings.append("\(name) TXT: one \"policy=NAME\" is expected")
                continue
            }
            if nodes[owner]?.sets[.cname] != nil {
                warnings.append("\(name) TXT: \(owner) is an alias, which is followed whatever the policy")
            } else {
                policies[owner] = policy
            }
        }
        return policies
    }

    private static func policyName(_ texts: [[UInt8]]) -> String? {
        guard texts.count == 1, texts[0].starts(with: "policy=".utf8), texts[0].count > 7 else { return nil }
        return String(validating: texts[0].dropFirst(7), as: UTF8.self)
    }
}

extension ZoneTable {
    /// A name whose addresses a policy chooses.
    package struct RoutedName: Sendable, Hashable {
        /// Names that lead to it, the one that was asked for first.
        package var aliases: [DomainName]
        package var name: DomainName
        package var policy: String

        package init(aliases: [DomainName] = [], name: DomainName, policy: String) {
            self.aliases = aliases
            self.name = name
            self.policy = policy
        }
    }

    /// The policy that an answer for a name's addresses comes to, through its aliases; nil when it comes to none.
    package func routedName(for name: DomainName) -> RoutedName? {
        var (name, aliases): (DomainName, [DomainName]) = (name, [])
        while aliases.count <= 16, let zone = zone(for: name, .a) {
            if let policy = zone.policy(for: name) { return RoutedName(aliases: aliases, name: name, policy: policy) }
            guard case .alias(_, let target) = zone.answer(name, .a) else { return nil }
            aliases.append(name)
            name = target
        }
        return nil
    }
}

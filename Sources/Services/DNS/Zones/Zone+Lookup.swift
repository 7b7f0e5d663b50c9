/// Finding answers (RFC 1034 §4.3.2, RFC 4592 for wildcards, RFC 6672 for DNAME).
extension Zone {
    /// What a zone says to a question.
    package enum Answer: Sendable, Hashable {
        /// The records that were asked for.
        case records([ResourceRecord])
        /// Another name to ask for: the records that say so, and the name.
        case alias([ResourceRecord], DomainName)
        /// Another server's business: its NS records, and addresses of hosts that these name: of those below the name that
        /// is given away, which nobody finds otherwise, and of others that are within the zone (RFC 9471 §2).
        case referral([ResourceRecord], glue: [ResourceRecord], siblings: [ResourceRecord])
        /// The name exists, without such records.
        case noData
        case nameError
        /// The target of a DNAME record, which comes with it, is too long (RFC 6672 §2.2).
        case nameTooLong([ResourceRecord])
    }

    /// - Parameters:
    ///   - name: within the zone.
    ///   - type: ``RecordType/any`` for one of the sets that there are (RFC 8482 §4.1).
    package func answer(_ name: DomainName, _ type: RecordType) -> Answer {
        if let cut = delegation(of: name), !(cut == name && type == .ds) { return referral(cut) }
        if let node = nodes[name] { return answer(node, as: name, type) }
        guard let encloser = closestEncloser(of: name) else { return .nameError }
        if let set = nodes[encloser]?.sets[.dname], let data = set.data.first {
            return substitute(name, encloser, data.target, set)
        }
        // RFC 4592 §3.3.1: the source of synthesis is right below the closest encloser.
        guard let wildcard = try? encloser.child("*".utf8), let node = nodes[wildcard] else { return .nameError }
        return answer(node, as: name, type)
    }

    private func answer(_ node: Node, as name: DomainName, _ type: RecordType) -> Answer {
        if let set = node.sets[.cname], ![.cname, .any, .nsec, .rrsig].contains(type), let data = set.data.first {
            return .alias(set.records(name, .cname), data.target)
        }
        if type == .any {
            guard let (type, set) = node.sets.min(by: { $0.key.rawValue < $1.key.rawValue }) else { return .noData }
            return .records(set.records(name, type))
        }
        guard let set = node.sets[type] else { return .noData }
        return .records(set.records(name, type))
    }

    /// The nearest name above `name` that exists.
    func closestEncloser(of name: DomainName) -> DomainName? {
        var encloser = name.parent
        while let candidate = encloser, candidate.isWithin(origin) {
            if nodes[candidate] != nil { return candidate }
            encloser = candidate.parent
        }
        return nil
    }

    private func substitute(
        _ name: DomainName, _ owner: DomainName, _ target: DomainName, _ set: RecordSet
    ) -> Answer {
        let prefix = name.labels.dropLast(owner.labelCount)
        guard let head = try? DomainName(labels: prefix), let new = try? head.appending(target) else {
            return .nameTooLong(set.records(owner, .dname))
        }
        let alias = ResourceRecord(name: name, type: .cname, ttl: set.ttl, data: RecordData(new))
        return .alias(set.records(owner, .dname) + [alias], new)
    }

    private func referral(_ cut: DomainName) -> Answer {
        let servers = records(at: cut, .ns)
        let hosts = servers.map(\.data.target)
        return .referral(
            servers, glue: hosts.filter { $0.isWithin(cut) }.flatMap(addresses),
            siblings: hosts.filter { !$0.isWithin(cut) }.flatMap(addresses))
    }

    /// Addresses that the zone has for a host, its own or as glue.
    package func addresses(of host: DomainName) -> [ResourceRecord] {
        guard host.isWithin(origin) else { return [] }
        return records(at: host, .a) + records(at: host, .aaaa)
    }
}

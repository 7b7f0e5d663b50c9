/// A part of the name space that one server answers for (RFC 1034 §4.2), as records in a tree of names.
package struct Zone: Sendable {
    /// Records of one name and type.
    package struct RecordSet: Sendable, Hashable {
        /// Seconds.
        package var ttl: UInt32
        package var data: [RecordData]

        /// The records, of `name`.
        package func records(_ name: DomainName, _ type: RecordType) -> [ResourceRecord] {
            data.map { ResourceRecord(name: name, type: type, ttl: ttl, data: $0) }
        }
    }

    /// A name: it may have no records, when others are below it (RFC 4592 §2.2.2).
    struct Node: Sendable {
        /// As the zone writes it.
        var name: DomainName
        var sets: [RecordType: RecordSet] = [:]
    }

    /// The zone's name.
    package let origin: DomainName
    package let start: StartOfAuthority
    /// Seconds that the SOA record lives.
    let startTTL: UInt32
    private(set) var nodes: [DomainName: Node] = [:]
    /// Policies by the names that have one.
    package private(set) var policies: [DomainName: String] = [:]
    /// What is odd about the zone but can be served, one line each.
    package private(set) var warnings: [String] = []

    /// - Parameters:
    ///   - origin: the zone's name; nil for that of the only SOA record.
    ///   - records: of the zone, in any order.
    /// - Throws: ``DNSError/Code/malformedZone`` for what cannot be served.
    package init(origin: DomainName? = nil, _ records: some Sequence<ResourceRecord>) throws(DNSError) {
        let records = Array(records)
        let starts = records.filter { $0.type == .soa }
        guard let first = starts.first, let start = StartOfAuthority(first.data) else {
            throw DNSError(.malformedZone, "the zone has no SOA record")
        }
        guard starts.allSatisfy({ $0.name == first.name && $0.data == first.data }) else {
            throw DNSError(.malformedZone, "the zone has more than one SOA record")
        }
        guard origin.map({ $0 == first.name }) ?? true else {
            throw DNSError(.malformedZone, "the SOA record is that of \(first.name), not of the zone")
        }
        self.origin = first.name
        self.start = start
        startTTL = first.ttl
        for record in records { try insert(record) }
        try check()
        policies = Self.policies(nodes, &warnings)
    }

    private mutating func insert(_ record: ResourceRecord) throws(DNSError) {
        guard record.name.isWithin(origin) else {
            throw DNSError(.malformedZone, "\(record.name) is not within the zone \(origin)")
        }
        guard record.recordClass == .internet, !record.type.isMeta else {
            throw DNSError(.malformedZone, "\(record.recordClass) \(record.type) records are not served")
        }
        var name = record.name
        if nodes[name] == nil {
            nodes[name] = Node(name: name)
            // Names between it and the origin exist as well.
            while name != origin, let parent = name.parent, nodes[parent] == nil {
                nodes[parent] = Node(name: parent)
                name = parent
            }
        }
        let canonical = record.data.canonical(as: record.type)
        guard var set = nodes[record.name]?.sets[record.type] else {
            nodes[record.name]?.sets[record.type] = RecordSet(ttl: record.ttl, data: [record.data])
            return
        }
        guard !set.data.contains(where: { $0.canonical(as: record.type) == canonical }) else { return }
        // RFC 2181 §5.2: a set has one time to live.
        if set.ttl != record.ttl {
            warnings.append("\(record.name) \(record.type): different times to live; the shortest counts")
            set.ttl = min(set.ttl, record.ttl)
        }
        set.data.append(record.data)
        nodes[record.name]?.sets[record.type] = set
    }

    private mutating func check() throws(DNSError) {
        guard let apex = nodes[origin], apex.sets[.ns] != nil else {
            throw DNSError(.malformedZone, "the zone \(origin) has no NS record of its own")
        }
        for (name, node) in nodes.sorted(by: { $0.key < $1.key }) {
            if let aliases = node.sets[.cname] {
                let others = node.sets.keys.filter { ![.cname, .rrsig, .nsec].contains($0) }
                guard others.isEmpty, aliases.data.count == 1 else {
                    throw DNSError(.malformedZone, "\(name) has a CNAME record and others (RFC 1034 §3.6.2)")
                }
            }
            if let set = node.sets[.dname] {
                guard set.data.count == 1 else { throw DNSError(.malformedZone, "\(name) has two DNAME records") }
                guard !nodes.keys.contains(where: { $0 != name && $0.isWithin(name) }) else {
                    throw DNSError(
                        .malformedZone, "there are names below \(name), which has a DNAME record (RFC 6672 §2.4)")
                }
            }
            for (type, set) in node.sets where [.ns, .mx, .srv].contains(type) {
                for host in set.data.compactMap({ $0.host(as: type) }) { checkHost(host, name, type) }
            }
        }
    }

    /// Hosts of this zone that others are sent to should have an address here, and be no alias (RFC 2181 §10.3).
    private mutating func checkHost(_ host: DomainName, _ name: DomainName, _ type: RecordType) {
        guard host.isWithin(origin), !host.isRoot, delegation(of: host) == nil || type == .ns else { return }
        let sets = nodes[host]?.sets
        if sets?[.cname] != nil {
            warnings.append("\(name) \(type): \(host) is an alias")
        } else if sets?[.a] == nil, sets?[.aaaa] == nil {
            warnings.append("\(name) \(type): \(host) has no address")
        }
    }

    /// The name at or above `name`, below the origin, that the zone gives away; nil when the zone answers itself.
    func delegation(of name: DomainName) -> DomainName? {
        let depth = origin.labelCount
        var count = depth + 1
        let total = name.labelCount
        while count <= total {
            let cut = name.suffix(count)
            guard let node = nodes[cut] else { return nil }
            if node.sets[.ns] != nil { return node.name }
            count += 1
        }
        return nil
    }

    /// The SOA record as it comes with an answer that there is nothing (RFC 2308 §3).
    package var negativeStart: ResourceRecord? {
        var record = startRecord
        record?.ttl = min(startTTL, start.minimum)
        return record
    }

    /// The zone's SOA record, with its own time to live.
    package var startRecord: ResourceRecord? { records(at: origin, .soa).first }

    /// Records that stand at the name itself: no wildcards, aliases or delegations are followed.
    package func records(at name: DomainName, _ type: RecordType) -> [ResourceRecord] {
        nodes[name].flatMap { node in node.sets[type]?.records(node.name, type) } ?? []
    }

    /// Every record, the SOA first, in canonical order of names: what a transfer sends (RFC 5936).
    package var allRecords: [ResourceRecord] {
        let sorted = nodes.sorted { $0.key < $1.key }.flatMap { _, node in
            node.sets.sorted { $0.key.rawValue < $1.key.rawValue }.flatMap { $1.records(node.name, $0) }
        }
        return sorted.filter { $0.type == .soa } + sorted.filter { $0.type != .soa }
    }
}

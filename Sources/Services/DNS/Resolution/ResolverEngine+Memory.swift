/// What the resolver's cache says.
extension ResolverEngine {
    /// A walk through the cache along aliases.
    struct Recollection {
        /// Aliases, and records at their end.
        var answers: [ResourceRecord] = []
        /// Behind the aliases.
        var name: DomainName
        /// What is there; nil when the cache does not know.
        var end: ResolverCache.Content?
        /// Seconds that the end still lives.
        var ttl: UInt32 = 0
        var scope: UInt8 = 0
        var isStale = false
        var isEnding = false
        var isLoop = false
    }

    /// Follows aliases in the cache.
    mutating func recollect(
        _ name: DomainName, _ type: RecordType, _ subnet: ClientSubnet?, isStaleAllowed: Bool,
        now: ContinuousClock.Instant
    ) -> Recollection {
        var walk = Recollection(name: name)
        for _ in 0...configuration.aliases {
            let hit = cache.lookUp(
                walk.name, type, for: subnet?.address, isStaleAllowed: isStaleAllowed, now: now)
            if let hit {
                note(hit, &walk)
                (walk.end, walk.ttl) = (hit.content, hit.ttl)
                if case .records(let data) = hit.content {
                    walk.answers += data.map { ResourceRecord(name: walk.name, type: type, ttl: hit.ttl, data: $0) }
                }
                return walk
            }
            guard type != .cname,
                let alias = cache.lookUp(
                    walk.name, .cname, for: subnet?.address, isStaleAllowed: isStaleAllowed, now: now),
                case .records(let data) = alias.content, let target = data.first?.target
            else { return walk }
            note(alias, &walk)
            walk.answers.append(
                ResourceRecord(name: walk.name, type: .cname, ttl: alias.ttl, data: RecordData(target)))
            walk.name = target
        }
        walk.isLoop = true
        return walk
    }

    private func note(_ hit: ResolverCache.Hit, _ walk: inout Recollection) {
        walk.isStale = walk.isStale || hit.isStale
        walk.isEnding = walk.isEnding || hit.isEnding
        walk.scope = max(walk.scope, UInt8(hit.network?.prefix ?? 0))
    }

    /// The cache's answer to a question, if it has all of it.
    mutating func recall(
        _ question: DNSMessage.Question, _ subnet: ClientSubnet?, isStaleAllowed: Bool, _ isEnding: inout Bool,
        _ now: ContinuousClock.Instant
    ) -> Resolution? {
        let walk = recollect(question.name, question.type, subnet, isStaleAllowed: isStaleAllowed, now: now)
        guard let end = walk.end else { return nil }
        isEnding = walk.isEnding
        var resolution = Self.resolution(walk.answers, end, walk.ttl)
        resolution.isStale = walk.isStale
        if subnet != nil, configuration.clientSubnets != .nowhere { resolution.scope = walk.scope }
        return resolution
    }

    static func resolution(
        _ answers: [ResourceRecord], _ end: ResolverCache.Content, _ ttl: UInt32
    ) -> Resolution {
        switch end {
        case .records: return Resolution(answers: answers)
        case .noData(let start), .nameError(let start):
            var code = ResponseCode.noError
            if case .nameError = end { code = .nameError }
            var start = start
            start?.ttl = ttl
            return Resolution(responseCode: code, answers: answers, authorities: [start].compactMap(\.self))
        }
    }

    // MARK: Keeping

    /// Keeps what an answer says.
    mutating func keep(
        _ response: ServerResponse, zone: DomainName, network: IPNetwork?, now: ContinuousClock.Instant
    ) {
        var trust: ResolverCache.Trust = response.isAuthoritative ? .authoritativeAnswer : .answer
        for set in Self.sets(response.answers) {
            cache.insert(
                set[0].name, set[0].type, .records(set.map(\.data)), ttl: set[0].ttl, trust: trust, network: network,
                now: now)
            // RFC 2181 §5.4.1: authority is for the name that was asked for.
            if set[0].type == .cname { trust = .answer }
        }
        switch response.verdict {
        case .noData(let name, let start?): keepNone(.noData(start), name, start, response, network, now)
        case .nameError(let name, let start?): keepNone(.nameError(start), name, start, response, network, now)
        default: break
        }
        var trustInServers = ResolverCache.Trust.authority
        if case .referral = response.verdict { trustInServers = .referral }
        for set in Self.sets(response.servers) {
            cache.insert(
                set[0].name, .ns, .records(set.map(\.data)), ttl: set[0].ttl, trust: trustInServers, now: now)
        }
        for set in Self.sets(response.glue) {
            cache.insert(
                set[0].name, set[0].type, .records(set.map(\.data)), ttl: set[0].ttl, trust: .additional, now: now)
        }
    }

    /// The type that a negative answer is for, and its time to live, are the question's and the SOA record's.
    private mutating func keepNone(
        _ content: ResolverCache.Content, _ name: DomainName, _ start: ResourceRecord, _ response: ServerResponse,
        _ network: IPNetwork?, _ now: ContinuousClock.Instant
    ) {
        cache.insert(
            name, response.type, content, ttl: Self.negativeTTL(start),
            trust: response.isAuthoritative ? .authoritativeAnswer : .answer, network: network, now: now)
    }

    /// Seconds (RFC 2308 §5).
    static func negativeTTL(_ start: ResourceRecord) -> UInt32 {
        min(start.ttl, StartOfAuthority(start.data)?.minimum ?? 0)
    }

    /// Records by sets, in the order in which these begin.
    static func sets(_ records: [ResourceRecord]) -> [[ResourceRecord]] {
        var sets: [[ResourceRecord]] = []
        for record in records {
            if let place = sets.lastIndex(where: { $0[0].isOfSameSet(as: record) }) {
                sets[place].append(record)
            } else {
                sets.append([record])
            }
        }
        return sets
    }
}

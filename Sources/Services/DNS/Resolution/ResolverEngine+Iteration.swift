/// Whom to ask, and for what.
extension ResolverEngine {
    /// Lets a job go on until it has asked, waits or has ended.
    mutating func proceed(_ id: Int, _ now: ContinuousClock.Instant) {
        guard var job = jobs[id], job.pending == nil, job.waitsFor.isEmpty else { return }
        guard now < job.deadline else { return finish(job, Resolution(.deadline), now) }
        if !job.hasConsulted {
            job.hasConsulted = true
            if !(job.isRefresh && job.chain.isEmpty), consult(&job, now) { return }
        }
        while true {
            if job.delegation == nil {
                job.delegation = nearestDelegation(job, now)
                job.told = nil
            }
            chooseName(&job, now)
            if let (server, host) = chooseServer(job, isFresh: true, now) {
                return send(&job, to: server, host, now)
            }
            if lookForServers(&job, now) {
                jobs[id] = job
                return
            }
            if let (server, host) = chooseServer(job, isFresh: false, now) {
                return send(&job, to: server, host, now)
            }
            guard renew(&job, now) else { return }
        }
    }

    /// Looks into the cache.
    ///
    /// - Returns: whether the job has ended.
    private mutating func consult(_ job: inout ResolutionJob, _ now: ContinuousClock.Instant) -> Bool {
        let question = DNSMessage.Question(job.name, job.key.type)
        let walk = recollect(job.name, job.key.type, job.key.subnet, isStaleAllowed: false, now: now)
        if walk.isLoop {
            finish(job, Resolution(.tooManyAliases), now)
            return true
        }
        if job.key.subnet != nil, !walk.answers.isEmpty || walk.end != nil {
            job.scope = max(job.scope ?? 0, walk.scope)
        }
        if let end = walk.end {
            let outcome: ResolutionStep.Outcome =
                switch end {
                case .records: .answer(walk.answers)
                case .noData: .noData
                case .nameError: .nameError
                }
            note(job, question, .remembered(outcome), now)
            finish(job, Self.resolution(job.chain + walk.answers, end, walk.ttl), now)
            return true
        }
        if walk.name != job.name {
            note(job, question, .remembered(.alias(walk.name)), now)
            job.chain += walk.answers
            guard follow(&job, walk.answers.map(\.data.target), now) else { return true }
            job.hasConsulted = true
        }
        return false
    }

    /// Goes on with the last of some aliases.
    ///
    /// - Returns: whether it can; if not, the job has ended.
    mutating func follow(
        _ job: inout ResolutionJob, _ targets: [DomainName], _ now: ContinuousClock.Instant
    ) -> Bool {
        for target in targets {
            job.aliases.insert(job.name)
            guard !job.aliases.contains(target) else {
                finish(job, Resolution(.aliasLoop), now)
                return false
            }
            job.name = target
        }
        guard job.aliases.count <= configuration.aliases else {
            finish(job, Resolution(.tooManyAliases), now)
            return false
        }
        (job.delegation, job.told, job.hasConsulted) = (nil, nil, false)
        job.minimises = configuration.minimisesNames && configuration.forwarders.isEmpty
        return true
    }

    // MARK: The zone

    /// The servers nearest to the name that are known.
    private mutating func nearestDelegation(
        _ job: ResolutionJob, _ now: ContinuousClock.Instant
    ) -> ResolutionJob.Delegation {
        guard configuration.forwarders.isEmpty else {
            return .init(
                zone: .root, hosts: [.init(name: nil, addresses: configuration.forwarders)], isForwarder: true)
        }
        // A DS record is the parent's (RFC 4035 §3.1.4.1).
        var count = job.name.labelCount - (job.key.type == .ds ? 1 : 0)
        while count >= 0 {
            let zone = job.name.suffix(count)
            if let hit = cache.lookUp(zone, .ns, trust: .referral, now: now), case .records(let data) = hit.content {
                if !zone.isRoot {
                    note(job, .init(job.name, job.key.type), .knewServers(zone: zone), now)
                }
                return .init(zone: zone, hosts: hosts(data.map(\.target), now), isRemembered: !zone.isRoot)
            }
            count -= 1
        }
        prime(now)
        return .init(zone: .root, hosts: hosts(configuration.hints.servers.map(\.name), now))
    }

    /// Asks the root for its servers, in the background (RFC 8109).
    private mutating func prime(_ now: ContinuousClock.Instant) {
        guard configuration.primes, primed.map({ now - $0 > .seconds(60) }) ?? true else { return }
        primed = now
        let key = ResolutionJob.Key(name: .root, type: .ns)
        if keys[key] == nil { begin(key, isRefresh: true, isTraced: false, now) }
    }

    /// Servers with the addresses that are known: what a zone says itself, else glue, else the hints.
    mutating func hosts(
        _ names: [DomainName], _ now: ContinuousClock.Instant
    ) -> [ResolutionJob.Delegation.Host] {
        let chosen = names.count > configuration.hosts ? Array(names.shuffled(using: &generator)) : names
        return chosen.prefix(configuration.hosts).map { name in
            var host = ResolutionJob.Delegation.Host(name: name, addresses: [])
            for type in [RecordType.a, .aaaa] {
                guard let hit = cache.lookUp(name, type, trust: .additional, now: now) else { continue }
                host.lookedFor.insert(type)
                if case .records(let data) = hit.content { add(data.compactMap(\.address), to: &host) }
            }
            if host.addresses.isEmpty, let hint = configuration.hints.servers.first(where: { $0.name == name }) {
                add(hint.addresses, to: &host)
            }
            return host
        }
    }

    func add(_ addresses: [IPAddress], to host: inout ResolutionJob.Delegation.Host) {
        for address in addresses.prefix(8) where configuration.isUsable(address) {
            let server = ServerAddress(address, port: configuration.port)
            if !host.addresses.contains(server) { host.addresses.append(server) }
        }
    }

    /// No server of the zone has answered: takes what is better than nothing, or asks the parent anew.
    ///
    /// - Returns: whether the job goes on; if not, it has ended.
    private mutating func renew(_ job: inout ResolutionJob, _ now: ContinuousClock.Instant) -> Bool {
        guard let delegation = job.delegation else { return false }
        if let (response, question) = job.fallback, question.name == job.name {
            job.fallback = nil
            job.told = job.name.labelCount
            accept(response, question, &job, network: nil, now)
            return false
        }
        if job.minimises, let told = job.told, told < job.name.labelCount, delegation.hasAnswered {
            // Some servers only know whole names (RFC 9156 §2.3).
            job.minimises = false
            job.delegation?.failed = []
            job.delegation?.attempts = [:]
            return true
        }
        // Whoever had its servers looked for in vain once does not get that again for the same question.
        if delegation.isRemembered, delegation.lookUps < configuration.lookUps,
            job.renewed.insert(delegation.zone).inserted
        {
            cache.remove(delegation.zone, .ns)
            job.delegation = nil
            return true
        }
        let zone = delegation.zone
        let failure: Resolution.Failure =
            delegation.isForwarder
            ? .noForwarder : delegation.hasAnswered ? .lame(zone: zone) : .unreachable(zone: zone)
        finish(job, Resolution(failure), now)
        return false
    }

    // MARK: The name

    /// How much of the name to tell (RFC 9156 §2.3): one label more than the zone has, and more at a time for long names.
    private mutating func chooseName(_ job: inout ResolutionJob, _ now: ContinuousClock.Instant) {
        let total = job.name.labelCount
        guard job.minimises, let zone = job.delegation?.zone else {
            job.told = total
            return
        }
        var told = job.told ?? zone.labelCount
        if told <= zone.labelCount { told = next(after: zone.labelCount, job) }
        while told < total {
            // What is known to exist without being a zone of its own need not be asked for again.
            guard let hit = cache.lookUp(job.name.suffix(told), .a, now: now) else { break }
            if case .nameError = hit.content { break }
            told = next(after: told, job)
        }
        job.told = told
    }

    func next(after count: Int, _ job: ResolutionJob) -> Int {
        let total = job.name.labelCount
        guard job.minimised < 10 else { return total }
        var told = count + (job.minimised < 4 ? 1 : max(1, (total - count) / (10 - job.minimised)))
        // Zones do not begin at labels such as _tcp.
        while told < total, job.name.suffix(told).labels.first?.first == UInt8(ascii: "_") { told += 1 }
        return min(total, told)
    }

    // MARK: The server

    /// - Parameter isFresh: whether only servers count that were not asked yet.
    private mutating func chooseServer(
        _ job: ResolutionJob, isFresh: Bool, _ now: ContinuousClock.Instant
    ) -> (ServerAddress, DomainName?)? {
        guard let delegation = job.delegation else { return nil }
        let most = isFresh ? 1 : configuration.attempts
        var names: [ServerAddress: DomainName?] = [:]
        for host in delegation.hosts {
            for server in host.addresses
            where !delegation.failed.contains(server) && delegation.attempts[server, default: 0] < most {
                if names[server] == nil { names[server] = .some(host.name) }
            }
        }
        let candidates = delegation.hosts.flatMap(\.addresses).filter { names[$0] != nil }
        let server = servers.choose(among: candidates, zone: delegation.zone, now: now, using: &generator)
        return server.map { ($0, names[$0] ?? nil) }
    }

    /// Begins to look for addresses of servers that came without, few at a time and few in all.
    ///
    /// - Returns: whether there is something to wait for.
    private mutating func lookForServers(_ job: inout ResolutionJob, _ now: ContinuousClock.Instant) -> Bool {
        guard var delegation = job.delegation, !delegation.isForwarder, job.depth < configuration.depth else {
            return false
        }
        let hasSome = delegation.hosts.contains { host in
            host.addresses.contains {
                !delegation.failed.contains($0) && (delegation.attempts[$0] ?? 0) < configuration.attempts
            }
        }
        for place in delegation.hosts.indices {
            let host = delegation.hosts[place]
            guard job.waitsFor.count < configuration.concurrentLookUps,
                delegation.lookUps < configuration.lookUps
            else { break }
            guard host.addresses.isEmpty, let name = host.name,
                let type = Self.addressTypes(configuration).first(where: { !host.lookedFor.contains($0) })
            else { continue }
            delegation.hosts[place].lookedFor.insert(type)
            // Only the zone's own servers know it.
            if name.isWithin(delegation.zone), !hasSome, !delegation.zone.isRoot { continue }
            let key = ResolutionJob.Key(name: name, type: type)
            if let until = failures[key], until > now { continue }
            if let existing = keys[key] {
                guard existing != job.id, !waits(existing, for: job.id) else { continue }
                jobs[existing]?.waiters.append(.job(job.id))
                job.waitsFor.insert(existing)
            } else {
                let child = begin(key, for: job, isRefresh: false, isTraced: false, now)
                jobs[child]?.waiters.append(.job(job.id))
                job.waitsFor.insert(child)
            }
            delegation.lookUps += 1
        }
        job.delegation = delegation
        return !job.waitsFor.isEmpty
    }

    private static func addressTypes(_ configuration: ResolverConfiguration) -> [RecordType] {
        (configuration.usesIPv4 ? [.a] : []) + (configuration.usesIPv6 ? [.aaaa] : [])
    }

    /// Whether a job waits for another one, in however many steps.
    private func waits(_ id: Int, for other: Int) -> Bool {
        var (seen, open): (Set<Int>, [Int]) = ([], [id])
        while let next = open.popLast() {
            if next == other { return true }
            if seen.insert(next).inserted { open += jobs[next]?.waitsFor ?? [] }
        }
        return false
    }

    // MARK: The question

    /// Asks a server, or ends the job when there have been too many questions.
    mutating func send(
        _ job: inout ResolutionJob, to server: ServerAddress, _ host: DomainName?, isTCP: Bool = false,
        withoutEDNS: Bool = false, _ now: ContinuousClock.Instant
    ) {
        guard let left = contexts[job.context]?.queries, left > 0 else {
            return finish(job, Resolution(.tooManyQueries), now)
        }
        guard loads[server, default: 0] < configuration.perServer else {
            return finish(job, Resolution(.busy), now)
        }
        contexts[job.context]?.queries = left - 1
        let total = job.name.labelCount
        let told = job.told ?? total
        let isWhole = told == total
        let asked = DNSMessage.Question(job.name.suffix(told), isWhole ? job.key.type : .a)
        var message = DNSMessage(id: 0)
        if job.delegation?.isForwarder == true { message.flags.insert(.recursionDesired) }
        message.questions = [asked]
        if configuration.mixesCase { message.questions[0].name = asked.name.withMixedCase(&generator) }
        var subnet: ClientSubnet?
        let hasEDNS = !withoutEDNS && servers.usesEDNS(server, now)
        if hasEDNS {
            message.edns = EDNS()
            if isWhole, configuration.clientSubnets.includes(job.name), let client = job.key.subnet {
                message.edns?.options.append(.init(.clientSubnet, client.value))
                subnet = client
            }
        }
        let timeout = min(isTCP ? servers.timeout(server) * 2 : servers.timeout(server), job.deadline - now)
        let id = number()
        if !isWhole { job.minimised += 1 }
        job.pending = ResolutionJob.Pending(
            id: id, server: server, host: host, question: message.questions[0], sent: now, timeout: timeout,
            isTCP: isTCP, hasEDNS: hasEDNS, subnet: subnet)
        jobs[job.id] = job
        queries[id] = (job.id, server)
        loads[server, default: 0] += 1
        commands.append(
            .ask(Query(id: id, message: message, server: server, isTCP: isTCP, timeout: timeout)))
    }

    /// Writes a step down, for whoever wants to see them.
    mutating func note(
        _ job: ResolutionJob, _ question: DNSMessage.Question, _ action: ResolutionStep.Action,
        _ now: ContinuousClock.Instant
    ) {
        guard let context = contexts[job.context], context.steps != nil else { return }
        contexts[job.context]?.steps?.append(
            ResolutionStep(depth: job.depth, time: now - context.start, question: question, action: action))
    }
}

extension DomainName {
    /// The same name with the case of each letter drawn at random.
    func withMixedCase(_ generator: inout any RandomNumberGenerator & Sendable) -> DomainName {
        var bits: UInt64 = 0
        var left = 0
        let mixed = wire.map { octet -> UInt8 in
            guard Self.folded(octet) &- 97 < 26 else { return octet }
            if left == 0 { (bits, left) = (generator.next(), 64) }
            defer { (bits, left) = (bits >> 1, left - 1) }
            return bits & 1 == 1 ? octet ^ 32 : octet
        }
        return DomainName(unchecked: mixed)
    }
}

/// A recursive resolver (RFC 1034 §5.3.3), without sockets or clocks: questions of clients and answers of servers in,
/// questions to servers and answers to clients out.
///
/// One question may cause others, for addresses of servers; the same question of several clients is worked on once. Whatever
/// servers say, a question takes no more time and no more questions to servers than the configuration says.
package struct ResolverEngine: Sendable {
    /// To be done by whoever has the sockets.
    package enum Command: Sendable {
        /// A server is to be asked, and ``ResolverEngine/handle(_:_:now:)`` told what came of it.
        case ask(Query)
        /// A client's question has its answer.
        case finish(request: Int, Resolution)
        /// ``ResolverEngine/wake(_:now:)`` is to be called then, if the request is not finished.
        case wake(request: Int, at: ContinuousClock.Instant)
    }

    /// A question to a server.
    package struct Query: Sendable {
        package var id: Int
        /// Its id is to be drawn by whoever sends it.
        package var message: DNSMessage
        package var server: ServerAddress
        package var isTCP: Bool
        package var timeout: Duration
    }

    /// What came of a question to a server.
    package enum Outcome: Sendable {
        case answer(DNSMessage)
        case timedOut
        /// There is no way to the server, or it broke the connection.
        case unreachable
        /// Somebody else seems to answer: TCP is safe from that.
        case suspicious
    }

    struct Request: Sendable {
        var question: DNSMessage.Question
        var subnet: ClientSubnet?
        var job: Int
    }

    package let configuration: ResolverConfiguration
    package internal(set) var cache: ResolverCache
    var servers = ServerTable()
    var generator: any RandomNumberGenerator & Sendable
    var requests: [Int: Request] = [:]
    var jobs: [Int: ResolutionJob] = [:]
    var keys: [ResolutionJob.Key: Int] = [:]
    var contexts: [Int: ResolutionContext] = [:]
    /// Which job has asked a question that is out, and whom.
    var queries: [Int: (job: Int, server: ServerAddress)] = [:]
    /// Questions that are out, by server.
    var loads: [ServerAddress: Int] = [:]
    /// Questions without an answer, and until when that is remembered.
    var failures: [ResolutionJob.Key: ContinuousClock.Instant] = [:]
    var primed: ContinuousClock.Instant?
    /// Jobs that can go on.
    var ready: [Int] = []
    var commands: [Command] = []
    private var last = 0

    /// Failures that are remembered at most.
    static let failureCapacity = 20_000

    /// - Parameters:
    ///   - configuration: limits and permissions.
    ///   - generator: for cases of letters and choices among servers.
    package init(
        configuration: ResolverConfiguration,
        generator: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) {
        self.configuration = configuration
        self.generator = generator
        cache = ResolverCache(configuration.cache)
    }

    /// Questions of clients that are being worked on.
    package var requestCount: Int { requests.count }
    /// Questions that are being worked on, those that nobody waits for among them.
    package var jobCount: Int { jobs.count }

    mutating func number() -> Int {
        last += 1
        return last
    }

    // MARK: Clients

    /// The answer, if it needs nobody else.
    ///
    /// - Parameters:
    ///   - question: of a client.
    ///   - subnet: where the client is; nil if that is not to be told.
    ///   - now: the time.
    /// - Returns: the answer, and questions to servers for what is about to end; nil when ``resolve(_:subnet:isTraced:now:)``
    ///   is needed.
    package mutating func remembered(
        _ question: DNSMessage.Question, subnet: ClientSubnet? = nil, now: ContinuousClock.Instant
    ) -> (Resolution, [Command])? {
        if let answer = SpecialNames.answer(question) { return (answer, []) }
        let key = key(question, subnet)
        var isEnding = false
        guard let resolution = recall(question, key.subnet, isStaleAllowed: false, &isEnding, now) else { return nil }
        if isEnding, configuration.prefetches, keys[key] == nil, jobs.count < configuration.requests {
            begin(key, isRefresh: true, isTraced: false, now)
            run(now)
        }
        return (resolution, takeCommands())
    }

    /// Begins to look for an answer, unless there is one.
    ///
    /// - Parameters:
    ///   - question: of a client.
    ///   - subnet: where the client is; nil if that is not to be told.
    ///   - isTraced: whether the answer is to come with all steps.
    ///   - now: the time.
    /// - Returns: the number under which the answer will come, and what to do.
    package mutating func resolve(
        _ question: DNSMessage.Question, subnet: ClientSubnet? = nil, isTraced: Bool = false,
        now: ContinuousClock.Instant
    ) -> (request: Int, [Command]) {
        let request = number()
        if let answer = SpecialNames.answer(question) {
            return (request, [.finish(request: request, answer)])
        }
        let key = key(question, subnet)
        if let until = failures[key] {
            if until > now {
                var isEnding = false
                let stale = recall(question, key.subnet, isStaleAllowed: true, &isEnding, now)
                return (request, [.finish(request: request, stale ?? Resolution(.recentFailure))])
            }
            failures[key] = nil
        }
        guard requests.count < configuration.requests else {
            return (request, [.finish(request: request, Resolution(.busy))])
        }
        let job = keys[key] ?? begin(key, isRefresh: false, isTraced: isTraced, now)
        requests[request] = Request(question: question, subnet: key.subnet, job: job)
        jobs[job]?.waiters.append(.request(request))
        var isEnding = false
        if recall(question, key.subnet, isStaleAllowed: true, &isEnding, now) != nil {
            commands.append(.wake(request: request, at: now + configuration.stalePatience))
        }
        run(now)
        return (request, takeCommands())
    }

    /// Answers a client that has waited long with what is stale, if there is something; the search goes on.
    package mutating func wake(_ request: Int, now: ContinuousClock.Instant) -> [Command] {
        guard let waiting = requests[request] else { return [] }
        var isEnding = false
        if let stale = recall(waiting.question, waiting.subnet, isStaleAllowed: true, &isEnding, now) {
            // The job passes over those that have gone.
            requests[request] = nil
            commands.append(.finish(request: request, stale))
        }
        return takeCommands()
    }

    func takeSubnet(_ subnet: ClientSubnet?) -> ClientSubnet? {
        guard configuration.clientSubnets != .nowhere, let subnet else { return nil }
        let most = subnet.address.isIPv6 ? ResolverConfiguration.prefix6 : ResolverConfiguration.prefix4
        return ClientSubnet(subnet.address, sourcePrefix: min(subnet.sourcePrefix, most))
    }

    private func key(_ question: DNSMessage.Question, _ subnet: ClientSubnet?) -> ResolutionJob.Key {
        ResolutionJob.Key(name: question.name, type: question.type, subnet: takeSubnet(subnet))
    }

    mutating func takeCommands() -> [Command] {
        defer { commands = [] }
        return commands
    }

    /// Forgets a question that is out.
    ///
    /// - Returns: the job that has asked it.
    mutating func takeQuery(_ id: Int) -> Int? {
        guard let (job, server) = queries.removeValue(forKey: id) else { return nil }
        let left = loads[server, default: 1] - 1
        loads[server] = left > 0 ? left : nil
        return job
    }

    // MARK: Jobs

    /// Begins to look for something.
    ///
    /// - Returns: the job's number.
    @discardableResult
    mutating func begin(
        _ key: ResolutionJob.Key, for parent: ResolutionJob? = nil, isRefresh: Bool, isTraced: Bool,
        _ now: ContinuousClock.Instant
    ) -> Int {
        let id = number()
        let context = parent?.context ?? id
        if parent == nil {
            contexts[context] = ResolutionContext(
                start: now, deadline: now + configuration.deadline, queries: configuration.queries,
                steps: isTraced ? [] : nil)
        }
        contexts[context]?.jobs += 1
        // What one server's address may take leaves time for another's.
        let deadline = parent.map { now + max(.zero, $0.deadline - now) / 2 } ?? now + configuration.deadline
        let job = ResolutionJob(
            id: id, key: key, context: context, depth: parent.map { $0.depth + 1 } ?? 0, deadline: deadline,
            isRefresh: isRefresh, name: key.name,
            minimises: configuration.minimisesNames && configuration.forwarders.isEmpty)
        jobs[id] = job
        keys[key] = id
        ready.append(id)
        return id
    }

    /// Lets every job that can go on do so.
    mutating func run(_ now: ContinuousClock.Instant) {
        while let id = ready.popLast() { proceed(id, now) }
    }

    /// Ends a job with an answer or without.
    mutating func finish(_ job: ResolutionJob, _ resolution: Resolution, _ now: ContinuousClock.Instant) {
        jobs[job.id] = nil
        if keys[job.key] == job.id { keys[job.key] = nil }
        if let pending = job.pending { _ = takeQuery(pending.id) }
        // What another question's limits ended says nothing about this one.
        if resolution.failure != nil, job.depth == 0 { rememberFailure(job.key, now) }
        var resolution = resolution
        resolution.scope = job.key.subnet == nil ? nil : job.scope ?? 0
        resolution.steps = contexts[job.context]?.steps ?? []
        for waiter in job.waiters {
            switch waiter {
            case .request(let id):
                if resolution.failure != nil, job.depth > 0, requests[id] != nil {
                    let job = keys[job.key] ?? begin(job.key, isRefresh: false, isTraced: false, now)
                    jobs[job]?.waiters.append(.request(id))
                    requests[id]?.job = job
                    continue
                }
                guard let request = requests.removeValue(forKey: id) else { continue }
                var (answer, isEnding) = (resolution, false)
                if resolution.failure != nil,
                    var stale = recall(request.question, request.subnet, isStaleAllowed: true, &isEnding, now)
                {
                    stale.steps = resolution.steps
                    answer = stale
                }
                commands.append(.finish(request: id, answer))
            case .job(let id): deliver(resolution, of: job, to: id)
            }
        }
        contexts[job.context]?.jobs -= 1
        if contexts[job.context]?.jobs == 0 { contexts[job.context] = nil }
    }

    private mutating func rememberFailure(_ key: ResolutionJob.Key, _ now: ContinuousClock.Instant) {
        if failures.count >= Self.failureCapacity {
            failures = failures.filter { $0.value > now }
            if failures.count >= Self.failureCapacity { failures.removeAll(keepingCapacity: true) }
        }
        failures[key] = now + configuration.failureTime
    }

    /// Gives the address of a server to the job that looked for it.
    private mutating func deliver(_ resolution: Resolution, of child: ResolutionJob, to id: Int) {
        guard var job = jobs[id] else { return }
        let isWaiting = job.waitsFor.remove(child.id) != nil
        let addresses = resolution.answers.filter { $0.type == child.key.type }.compactMap(\.data.address)
            .filter { configuration.isUsable($0) }.map { ServerAddress($0, port: configuration.port) }
        if let place = job.delegation?.hosts.firstIndex(where: { $0.name == child.key.name }) {
            let known = job.delegation?.hosts[place].addresses ?? []
            job.delegation?.hosts[place].addresses += addresses.filter { !known.contains($0) }
        }
        // One address is enough to go on with.
        let goesOn = isWaiting && (job.waitsFor.isEmpty || !addresses.isEmpty)
        if goesOn { job.waitsFor = [] }
        jobs[id] = job
        if goesOn, job.pending == nil { ready.append(id) }
    }
}

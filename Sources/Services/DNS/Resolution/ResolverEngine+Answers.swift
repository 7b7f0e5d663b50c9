/// What servers say.
extension ResolverEngine {
    /// Takes what came of a question to a server.
    ///
    /// - Parameters:
    ///   - query: the question's number. What nobody waits for any more is passed over.
    ///   - outcome: an answer, or why there is none.
    ///   - now: the time.
    package mutating func handle(
        _ query: Int, _ outcome: Outcome, now: ContinuousClock.Instant
    ) -> [Command] {
        guard let id = takeQuery(query), var job = jobs[id], let pending = job.pending,
            pending.id == query
        else { return [] }
        job.pending = nil
        switch outcome {
        case .answer(let message): take(message, &job, pending, now)
        case .timedOut:
            servers.timedOut(pending.server, now: now)
            job.delegation?.attempts[pending.server, default: 0] += 1
            fail(&job, pending, "no answer", now)
        case .unreachable:
            servers.avoid(pending.server, now: now)
            job.delegation?.failed.insert(pending.server)
            fail(&job, pending, "unreachable", now)
        case .suspicious: doubt(&job, pending, now)
        }
        run(now)
        return takeCommands()
    }

    /// Goes on without a server's answer.
    private mutating func fail(
        _ job: inout ResolutionJob, _ pending: ResolutionJob.Pending, _ reason: String, _ now: ContinuousClock.Instant
    ) {
        note(job, pending, .failed(reason), now)
        jobs[job.id] = job
        ready.append(job.id)
    }

    /// Asks over TCP, where nobody can answer in another's name.
    private mutating func doubt(
        _ job: inout ResolutionJob, _ pending: ResolutionJob.Pending, _ now: ContinuousClock.Instant
    ) {
        guard pending.isTCP else {
            note(job, pending, .failed("answers that do not fit"), now)
            return send(&job, to: pending.server, pending.host, isTCP: true, now)
        }
        job.delegation?.failed.insert(pending.server)
        fail(&job, pending, "an answer that does not fit", now)
    }

    private mutating func note(
        _ job: ResolutionJob, _ pending: ResolutionJob.Pending, _ outcome: ResolutionStep.Outcome,
        _ now: ContinuousClock.Instant
    ) {
        let question = DNSMessage.Question(
            job.name.suffix(pending.question.name.labelCount), pending.question.type)
        note(
            job, question,
            .asked(
                server: pending.host, pending.server, zone: job.delegation?.zone ?? .root, isTCP: pending.isTCP,
                time: now - pending.sent, outcome), now)
    }

    // MARK: Messages

    private mutating func take(
        _ message: DNSMessage, _ job: inout ResolutionJob, _ pending: ResolutionJob.Pending,
        _ now: ContinuousClock.Instant
    ) {
        // RFC 5452 §3: a message with another question is no answer, whoever sent it.
        let isEmpty = message.questions.isEmpty && message.responseCode == .formatError
        guard message.flags.contains(.response), isEmpty || Self.fits(message.questions, pending) else {
            return doubt(&job, pending, now)
        }
        guard let delegation = job.delegation else { return }
        servers.answered(
            pending.server, after: now - pending.sent, withEDNS: message.edns != nil && pending.hasEDNS, now: now)
        job.delegation?.hasAnswered = true
        let question = DNSMessage.Question(
            job.name.suffix(pending.question.name.labelCount), pending.question.type)
        let response = ServerResponse(
            configuration.mixesCase ? Self.plain(message) : message, question, zone: delegation.zone,
            isForwarder: delegation.isForwarder)
        switch response.verdict {
        case .truncated:
            guard !pending.isTCP else {
                job.delegation?.failed.insert(pending.server)
                return fail(&job, pending, "truncated over TCP", now)
            }
            note(job, pending, .truncated, now)
            send(&job, to: pending.server, pending.host, isTCP: true, now)
        case .unsupported:
            guard pending.hasEDNS else {
                job.delegation?.failed.insert(pending.server)
                return fail(&job, pending, "\(message.responseCode)", now)
            }
            servers.lacksEDNS(pending.server, now: now)
            note(job, pending, .lacksEDNS, now)
            send(&job, to: pending.server, pending.host, isTCP: pending.isTCP, withoutEDNS: true, now)
        case .lame(let reason):
            job.delegation?.failed.insert(pending.server)
            let isWhole = question.name.labelCount == job.name.labelCount
            if isWhole, message.responseCode != .serverFailure {
                servers.isLame(pending.server, for: delegation.zone, now: now)
            }
            fail(&job, pending, reason, now)
        case .referral(let zone):
            guard !delegation.isForwarder else {
                job.delegation?.failed.insert(pending.server)
                return fail(&job, pending, "a referral", now)
            }
            refer(&job, response, to: zone, pending, now)
        default:
            // An answer that its server does not stand for, from one that should. To a part of the name it says enough.
            if !response.isAuthoritative, !delegation.isForwarder, question.name.labelCount == job.name.labelCount {
                job.fallback = (response, question)
                servers.isLame(pending.server, for: delegation.zone, now: now)
                job.delegation?.failed.insert(pending.server)
                return fail(&job, pending, "an answer without authority", now)
            }
            note(job, pending, Self.outcome(response, question, isWhole: question.name == job.name), now)
            accept(response, question, &job, network: network(message, pending, &job), now)
        }
    }

    /// Whether the questions are those that were sent; in the same case, where forgers are to guess that.
    private static func fits(_ questions: [DNSMessage.Question], _ pending: ResolutionJob.Pending) -> Bool {
        questions == [pending.question] && (pending.isTCP || questions[0].name.wire == pending.question.name.wire)
    }

    /// With names in lower case: servers repeat the question's.
    private static func plain(_ message: DNSMessage) -> DNSMessage {
        func plain(_ records: [ResourceRecord]) -> [ResourceRecord] {
            records.map { record in
                var record = record
                record.name = record.name.canonical
                record.data = record.data.canonical(as: record.type)
                return record
            }
        }
        var message = message
        message.answers = plain(message.answers)
        message.authorities = plain(message.authorities)
        message.additionals = plain(message.additionals)
        return message
    }

    private static func outcome(
        _ response: ServerResponse, _ question: DNSMessage.Question, isWhole: Bool
    ) -> ResolutionStep.Outcome {
        switch response.verdict {
        case .nameError: .nameError
        case .answer where isWhole: .answer(response.answers)
        case .alias(let target) where isWhole: .alias(target)
        case .noData where isWhole: .noData
        case .nameTooLong: .failed("an alias that is too long")
        case .aliasLoop: .failed("aliases that lead round")
        default: .nameExists
        }
    }

    /// The clients that an answer is for (RFC 7871 §7.3.1); nil for all.
    private func network(
        _ message: DNSMessage, _ pending: ResolutionJob.Pending, _ job: inout ResolutionJob
    ) -> IPNetwork? {
        guard let sent = pending.subnet else { return nil }
        job.scope = job.scope ?? 0
        guard let option = message.edns?.option(.clientSubnet), let subnet = try? ClientSubnet(option),
            subnet.address == sent.address, subnet.sourcePrefix == sent.sourcePrefix, subnet.scopePrefix > 0
        else { return nil }
        job.scope = max(job.scope ?? 0, subnet.scopePrefix)
        return IPNetwork(sent.address, prefix: Int(min(subnet.scopePrefix, sent.sourcePrefix)))
    }

    // MARK: Going on

    private mutating func refer(
        _ job: inout ResolutionJob, _ response: ServerResponse, to zone: DomainName, _ pending: ResolutionJob.Pending,
        _ now: ContinuousClock.Instant
    ) {
        keep(response, zone: job.delegation?.zone ?? .root, network: nil, now: now)
        let names = response.servers.map(\.data.target)
        var delegation = ResolutionJob.Delegation(zone: zone, hosts: hosts(names, now))
        // The parent's glue is good for this question even if the cache knows better, or keeps nothing.
        for place in delegation.hosts.indices {
            let name = delegation.hosts[place].name
            add(response.glue.filter { $0.name == name }.compactMap(\.data.address), to: &delegation.hosts[place])
        }
        note(job, pending, .referral(zone: zone, servers: names, glue: response.glue.count), now)
        (job.delegation, job.told, job.fallback) = (delegation, nil, nil)
        jobs[job.id] = job
        ready.append(job.id)
    }

    /// Takes an answer: the job ends with it, or goes on behind an alias, or with more of the name.
    mutating func accept(
        _ response: ServerResponse, _ question: DNSMessage.Question, _ job: inout ResolutionJob, network: IPNetwork?,
        _ now: ContinuousClock.Instant
    ) {
        keep(response, zone: job.delegation?.zone ?? .root, network: network, now: now)
        let total = job.name.labelCount
        guard question.name.labelCount == total else {
            // There are servers that deny names below which there are others (RFC 8020): the whole name decides.
            if case .nameError = response.verdict {
                job.minimises = false
            } else {
                job.told = next(after: question.name.labelCount, job)
            }
            jobs[job.id] = job
            ready.append(job.id)
            return
        }
        var answers = response.answers
        for index in answers.indices {
            // The client's case, not that of a server's database; and no longer than the cache keeps it.
            if answers[index].name == job.name { answers[index].name = job.name }
            answers[index].ttl = min(answers[index].ttl, configuration.cache.maximumTTL)
        }
        job.chain += answers
        switch response.verdict {
        case .answer: finish(job, Resolution(answers: job.chain), now)
        case .noData(_, let start): finish(job, Self.negative(job, .noData(start), start), now)
        case .nameError(_, let start): finish(job, Self.negative(job, .nameError(start), start), now)
        case .nameTooLong:
            finish(job, Resolution(responseCode: ResponseCode(rawValue: 6), answers: job.chain), now)
        case .aliasLoop: finish(job, Resolution(.aliasLoop), now)
        case .alias:
            let targets = answers.filter { $0.type == .cname }.map(\.data.target)
            guard follow(&job, targets, now) else { return }
            jobs[job.id] = job
            ready.append(job.id)
        case .referral, .truncated, .unsupported, .lame: break
        }
    }

    private static func negative(
        _ job: ResolutionJob, _ end: ResolverCache.Content, _ start: ResourceRecord?
    ) -> Resolution {
        resolution(job.chain, end, start.map(negativeTTL) ?? 0)
    }
}

import TestSupport

@testable import DNS

/// A server of a scenario: zones, or answers word by word, or none.
struct ScriptedServer {
    enum Manner { case answers, silent, unreachable, refuses(ResponseCode) }

    /// An answer to one question.
    struct Reply {
        var message: DNSMessage
        /// Clients that it is for; nil for all.
        var network: IPNetwork?
        /// What the client's subnet comes back with.
        var scope: UInt8?
        var forgedQuestion: DNSMessage.Question?
    }

    var manner = Manner.answers
    var delay = Duration.milliseconds(10)
    var zones: [Zone] = []
    var replies: [(DNSMessage.Question, Reply)] = []
    var understandsEDNS = true
    var speaksTCP = true
    /// Whether questions come back in lower case.
    var losesCase = false
    /// Whether no datagram is large enough.
    var truncates = false
    /// Whether it denies names that exist only because others are below them.
    var deniesEmptyNames = false
    /// Whether it only answers with RD.
    var isResolver = false

    /// Its answer; nil for silence.
    func answer(_ query: DNSMessage, isTCP: Bool) -> DNSMessage? {
        if query.edns != nil, !understandsEDNS {
            var response = DNSMessage(id: query.id, flags: .response, responseCode: .formatError)
            if isTCP { response.questions = query.questions }
            return response
        }
        if case .refuses(let code) = manner { return DNSMessage(answering: query, responseCode: code) }
        guard let question = query.questions.first else { return nil }
        if isResolver, !query.flags.contains(.recursionDesired) {
            return DNSMessage(answering: query, responseCode: .refused)
        }
        let address = query.edns?.option(.clientSubnet).flatMap { try? ClientSubnet($0) }
        for (asked, reply) in replies where asked == question {
            if let network = reply.network {
                guard let address, network.contains(address.address) else { continue }
            }
            var message = DNSMessage(answering: query, responseCode: reply.message.responseCode)
            message.flags.formUnion(reply.message.flags)
            message.answers = reply.message.answers
            message.authorities = reply.message.authorities
            message.additionals = reply.message.additionals
            if let forged = reply.forgedQuestion { message.questions = [forged] }
            if query.edns != nil { message.edns = EDNS() }
            if let scope = reply.scope, var subnet = address {
                subnet.scopePrefix = scope
                message.edns?.options.append(.init(.clientSubnet, subnet.value))
            }
            return message
        }
        guard !zones.isEmpty else { return DNSMessage(answering: query, responseCode: .refused) }
        let engine = AuthorityEngine(zones: ZoneTable(zones))
        let origin = AuthorityEngine.Origin(address: IPAddress(octets: [10, 0, 0, 99])!, isTCP: isTCP, time: 0)
        guard case .respond(let response, let limit, _, _) = engine.react(to: query.encoded(), from: origin),
            var message = try? DNSMessage(response.encoded(limit: limit))
        else { return nil }
        if deniesEmptyNames, message.responseCode == .noError, message.answers.isEmpty,
            message.authorities.first?.type == .soa
        {
            message.responseCode = .nameError
        }
        return message
    }
}

/// Servers, clients and a resolver between them, in a time that only passes when nothing is left to do.
struct ScriptedNetwork {
    var engine: ResolverEngine
    var servers: [IPAddress: ScriptedServer] = [:]
    private(set) var now = ContinuousClock.now
    /// Whom the resolver has asked, and for what.
    private(set) var asked: [(IPAddress, DNSMessage)] = []
    private(set) var answers: [Int: (resolution: Resolution, time: ContinuousClock.Instant)] = [:]

    private enum Event {
        case arrival(Int, ResolverEngine.Outcome)
        case wake(Int)
    }

    private var events: [(time: ContinuousClock.Instant, number: Int, event: Event)] = []
    private var count = 0

    init(_ configuration: ResolverConfiguration, seed: UInt64) {
        engine = ResolverEngine(configuration: configuration, generator: SeededGenerator(seed: seed))
    }

    mutating func forgetAsked() { asked = [] }

    /// A client's question; the cache answers at once.
    mutating func ask(
        _ question: DNSMessage.Question, subnet: ClientSubnet? = nil, isTraced: Bool = false
    ) -> Int {
        if !isTraced, let (resolution, commands) = engine.remembered(question, subnet: subnet, now: now) {
            count += 1
            answers[-count] = (resolution, now)
            let number = -count
            perform(commands)
            return number
        }
        let (request, commands) = engine.resolve(question, subnet: subnet, isTraced: isTraced, now: now)
        perform(commands)
        return request
    }

    /// Lets time pass until nothing more happens.
    mutating func settle() {
        while let next = events.indices.min(by: {
            (events[$0].time, events[$0].number) < (events[$1].time, events[$1].number)
        }) {
            let (time, _, event) = events.remove(at: next)
            now = max(now, time)
            switch event {
            case .arrival(let query, let outcome): perform(engine.handle(query, outcome, now: now))
            case .wake(let request): perform(engine.wake(request, now: now))
            }
        }
    }

    mutating func wait(_ time: Duration) { now += time }

    private mutating func perform(_ commands: [ResolverEngine.Command]) {
        for command in commands {
            switch command {
            case .finish(let request, let resolution): answers[request] = (resolution, now)
            case .wake(let request, let time): schedule(.wake(request), at: time)
            case .ask(let query): send(query)
            }
        }
    }

    private mutating func schedule(_ event: Event, at time: ContinuousClock.Instant) {
        count += 1
        events.append((time, count, event))
    }

    private mutating func send(_ query: ResolverEngine.Query) {
        asked.append((query.server.address, query.message))
        let silence = now + query.timeout
        guard let server = servers[query.server.address] else {
            return schedule(.arrival(query.id, .unreachable), at: now + .milliseconds(1))
        }
        switch server.manner {
        case .silent: return schedule(.arrival(query.id, .timedOut), at: silence)
        case .unreachable: return schedule(.arrival(query.id, .unreachable), at: now + .milliseconds(1))
        default: break
        }
        // A handshake comes first.
        let time = now + server.delay * (query.isTCP ? 2 : 1)
        if query.isTCP, !server.speaksTCP {
            return schedule(.arrival(query.id, .unreachable), at: now + server.delay)
        }
        guard time < silence, var answer = server.answer(query.message, isTCP: query.isTCP) else {
            return schedule(.arrival(query.id, .timedOut), at: silence)
        }
        if server.truncates, !query.isTCP {
            (answer.answers, answer.authorities, answer.additionals) = ([], [], [])
            answer.flags.insert(.truncated)
        }
        if server.losesCase { answer.questions = answer.questions.map { .init($0.name.canonical, $0.type) } }
        schedule(.arrival(query.id, .answer(answer)), at: time)
    }
}

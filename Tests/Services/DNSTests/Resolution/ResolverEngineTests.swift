import TestSupport
import Testing

@testable import DNS

@Suite("A resolver's engine")
struct ResolverEngineTests {
    private func question(_ text: String, _ type: RecordType = .a) throws -> DNSMessage.Question {
        .init(try DomainName(text), type)
    }

    private func configuration() throws -> ResolverConfiguration {
        var configuration = ResolverConfiguration()
        configuration.primes = false
        configuration.hints = try RootHints(content: Array(". 1 NS a.\na. 1 A 10.0.0.1\n".utf8), path: "hints")
        return configuration
    }

    private func queries(_ commands: [ResolverEngine.Command]) -> [ResolverEngine.Query] {
        commands.compactMap { if case .ask(let query) = $0 { query } else { nil } }
    }

    @Test("draws the case of letters anew for each question")
    func letters() throws {
        let configuration = try configuration()
        var wires: Set<[UInt8]> = []
        for seed in 1...50 as ClosedRange<UInt64> {
            var engine = ResolverEngine(configuration: configuration, generator: SeededGenerator(seed: seed))
            let (_, commands) = engine.resolve(try question("abcdefgh."), now: .now)
            let query = try #require(queries(commands).first)
            #expect(query.message.questions[0].name.canonical.description == "abcdefgh.")
            wires.insert(query.message.questions[0].name.wire)
        }
        #expect(wires.count > 30)
    }

    @Test("takes no answer in other letters over UDP, nor one that is a question, and never two")
    func forgeries() throws {
        var engine = ResolverEngine(configuration: try configuration(), generator: SeededGenerator(seed: 1))
        let now = ContinuousClock.now
        let (_, commands) = engine.resolve(try question("abcdefghijkl."), now: now)
        let query = try #require(queries(commands).first)
        var answer = DNSMessage(answering: query.message)
        answer.flags.insert(.authoritative)
        answer.answers = [
            ResourceRecord(
                name: try DomainName("abcdefghijkl."), type: .a, ttl: 60,
                data: RecordData(IPAddress(octets: [10, 6, 6, 6])!))
        ]
        var forged = answer
        forged.questions[0].name = forged.questions[0].name.canonical
        let doubts = queries(engine.handle(query.id, .answer(forged), now: now))
        #expect(doubts.count == 1 && doubts[0].isTCP && doubts[0].server == query.server)
        // The first question is over; whoever answers it late is not heard.
        let late = engine.handle(query.id, .answer(answer), now: now)
        #expect(late.isEmpty)
        var echo = answer
        echo.flags.remove(.response)
        let echoed = queries(engine.handle(doubts[0].id, .answer(echo), now: now))
        #expect(echoed.isEmpty)
        #expect(engine.jobCount == 0)
        let remembered = engine.remembered(try question("abcdefghijkl."), now: now)
        #expect(remembered == nil)
    }

    @Test("writes down every step, those for servers' addresses indented")
    func steps() throws {
        var configuration = try configuration()
        configuration.usesIPv6 = false
        var network = ScriptedNetwork(configuration, seed: 1)
        func zone(_ origin: String, _ lines: String) throws -> Zone {
            let text = "$TTL 60\n@ SOA a b 1 1 1 1 1\n@ NS ns.\(origin == "." ? "" : origin)\n" + lines
            return try Zone(try MasterFile.records(in: Array(text.utf8), path: "z", origin: try DomainName(origin)))
        }
        let root = "test. NS dns.other.\nother. NS dns.other.\ndns.other. A 10.0.0.2\ncdn. NS ns.test.\n"
        network.servers[try #require(IPAddress("10.0.0.1"))] = ScriptedServer(zones: [try zone(".", root)])
        network.servers[try #require(IPAddress("10.0.0.2"))] = ScriptedServer(zones: [
            try zone("other.", "dns A 10.0.0.2"), try zone("test.", "ns A 10.0.0.2"),
            try zone("cdn.", "www CNAME edge\nedge A 192.0.2.1"),
        ])
        let request = network.ask(try question("www.cdn."), isTraced: true)
        network.settle()
        let steps = try #require(network.answers[request]?.resolution.steps)
        #expect(Set(steps.map(\.depth)) == [0, 1], "\(steps)")
        guard case .asked(_, _, let zone, false, let time, .referral(let next, _, 0)) = steps[0].action else {
            Issue.record("\(steps)")
            return
        }
        #expect(zone.isRoot && next.description == "cdn." && time == .milliseconds(10))
        guard case .asked(_, let server, _, _, _, .answer(let records)) = try #require(steps.last).action else {
            Issue.record("\(steps)")
            return
        }
        #expect(server.description == "10.0.0.2:53" && records.count == 2)
    }

    @Test("has too much to do at some point, and says so")
    func busy() throws {
        var configuration = try configuration()
        configuration.requests = 10
        var network = ScriptedNetwork(configuration, seed: 1)
        network.servers[try #require(IPAddress("10.0.0.1"))] = ScriptedServer(manner: .silent)
        let requests = try (0..<20).map { network.ask(try question("n\($0).")) }
        network.settle()
        #expect(requests.count { network.answers[$0]?.resolution.failure == .busy } == 10)
    }

    @Test("leaves room for others when somebody asks for many names of a zone whose server is silent")
    func flood() throws {
        var configuration = try configuration()
        configuration.requests = 400
        var network = ScriptedNetwork(configuration, seed: 1)
        let text = "$TTL 60\n@ SOA a b 1 1 1 1 1\n@ NS a.\nmute NS ns.mute\nns.mute A 10.0.0.2\nwww A 192.0.2.1\n"
        let zone = try Zone(try MasterFile.records(in: Array(text.utf8), path: "z", origin: .root))
        network.servers[try #require(IPAddress("10.0.0.1"))] = ScriptedServer(zones: [zone])
        network.servers[try #require(IPAddress("10.0.0.2"))] = ScriptedServer(manner: .silent)
        // The delegation becomes known.
        _ = network.ask(try question("x.mute."))
        network.settle()
        network.forgetAsked()
        let flood = try (0..<500).map { network.ask(try question("n\($0).mute.")) }
        let other = network.ask(try question("www."))
        network.settle()
        #expect(network.answers[other]?.resolution.answers.count == 1)
        #expect(flood.count { network.answers[$0]?.resolution.failure == .busy } >= 450)
        let mute = network.asked.count { "\($0.0)" == "10.0.0.2" }
        // Each of fifty asks, and once more with what the parent says anew.
        #expect(mute <= 50 * configuration.attempts * 2, "\(mute)")
    }

    @Test("takes no time to speak of for messages that are full of names")
    func fullMessages() throws {
        let root = DomainName.root
        let question = try question("0.test.")
        func response(_ change: (inout DNSMessage) throws -> Void) rethrows -> ServerResponse {
            var message = DNSMessage(id: 1, flags: [.response, .authoritative])
            try change(&message)
            return ServerResponse(message, question, zone: root, isForwarder: false)
        }
        let chain = try response { message in
            message.answers = try (0..<4_000).map {
                let target = RecordData(try DomainName("\($0 + 1).test."))
                return ResourceRecord(name: try DomainName("\($0).test."), type: .cname, ttl: 1, data: target)
            }
        }
        guard case .alias = chain.verdict else {
            Issue.record("\(chain.verdict)")
            return
        }
        #expect(chain.answers.count <= 40)
        let referral = try response { message in
            let names = try (0..<2_000).map { try DomainName("ns\($0).test.") }
            let zone = try DomainName("test.")
            message.authorities = names.map { ResourceRecord(name: zone, type: .ns, ttl: 1, data: RecordData($0)) }
            let address = RecordData(IPAddress(octets: [10, 0, 0, 1])!)
            message.additionals = names.map { ResourceRecord(name: $0, type: .a, ttl: 1, data: address) }
        }
        #expect(referral.servers.count == 64 && referral.glue.count == 64)
    }

    @Test("has the Internet's root, with both kinds of addresses")
    func root() {
        #expect(RootHints.internet.servers.count == 13)
        #expect(RootHints.internet.servers.allSatisfy { $0.addresses.count == 2 })
    }

    @Test("needs addresses in root hints")
    func hints() {
        for text in ["", ". 1 NS a.\n", "a. 1 A 10.0.0.1\n", ". 1 NS a.\nb. 1 A 10.0.0.1\n"] {
            #expect(throws: DNSError.self) { try RootHints(content: Array(text.utf8), path: "hints") }
        }
    }

    @Test("asks no server in places where none can be")
    func places() throws {
        let configuration = ResolverConfiguration()
        for text in ["0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255", "::", "::1", "ff02::1"] {
            #expect(!configuration.isUsable(try #require(IPAddress(text))), "\(text)")
        }
        for text in ["192.0.2.1", "2001:db8::1", "10.0.0.1"] {
            #expect(configuration.isUsable(try #require(IPAddress(text))), "\(text)")
        }
    }
}

@Suite("A resolver's engine, Randomised")
struct RandomisedResolverEngineTests {
    /// Servers that say anything at all: records, referrals, aliases, denials of names that may have been asked for.
    private func nonsense(
        _ query: ResolverEngine.Query, _ names: [DomainName], _ generator: inout SeededGenerator
    ) -> ResolverEngine.Outcome {
        switch Int.random(in: 0..<12, using: &generator) {
        case 0: return .timedOut
        case 1: return .unreachable
        case 2: return .suspicious
        default: break
        }
        func name() -> DomainName {
            let asked = query.message.questions[0].name
            return Bool.random(using: &generator) ? asked : names.randomElement(using: &generator) ?? asked
        }
        func record(_ types: [RecordType]) -> ResourceRecord {
            let type = types.randomElement(using: &generator) ?? .a
            let data =
                switch type {
                case .a: RecordData(IPAddress(octets: [10, 0, 0, UInt8.random(in: 1...9, using: &generator)])!)
                case .soa:
                    RecordData(
                        unchecked: name().wire + name().wire
                            + (0..<20).map { _ in UInt8.random(in: 0...1, using: &generator) })
                default: RecordData(name())
                }
            return ResourceRecord(
                name: name(), type: type, ttl: UInt32.random(in: 0...100, using: &generator), data: data)
        }
        func records(_ types: [RecordType]) -> [ResourceRecord] {
            (0..<Int.random(in: 0...3, using: &generator)).map { _ in record(types) }
        }
        var message = DNSMessage(answering: query.message)
        message.responseCode = ResponseCode(
            rawValue: [0, 0, 0, 0, 0, 3, 3, 2, 5, 1].randomElement(using: &generator) ?? 0)
        for flag in [DNSMessage.Flags.authoritative, .authoritative, .recursionAvailable]
        where Bool.random(using: &generator) {
            message.flags.insert(flag)
        }
        if Int.random(in: 0..<20, using: &generator) == 0 { message.flags.insert(.truncated) }
        message.answers = records([.a, .cname, .dname, .ns])
        message.authorities = records([.ns, .ns, .soa])
        message.additionals = records([.a])
        if query.message.edns != nil, Bool.random(using: &generator) { message.edns = EDNS() }
        return .answer(message)
    }

    @Test("ends every question within its limits, whatever servers say")
    func chaos() throws {
        var generator = SeededGenerator(seed: 11)
        let labels = ["", "a.", "b.", "a.a.", "a.b.", "b.a.", "x.a.b.", "ns.a.", "ns.b.", "y.x.a.b."]
        let names = try labels.map { $0.isEmpty ? .root : try DomainName($0) }
        for round in 0..<fuzzRounds(default: 100) {
            var configuration = ResolverConfiguration()
            configuration.hints = try RootHints(
                content: Array(". 1 NS r.\nr. 1 A 10.0.0.1\nr. 1 A 10.0.0.2\n".utf8), path: "hints")
            configuration.usesIPv6 = Bool.random(using: &generator)
            configuration.minimisesNames = Bool.random(using: &generator)
            configuration.cache.entries = 40
            if Int.random(in: 0..<4, using: &generator) == 0 {
                configuration.forwarders = [ServerAddress(IPAddress(octets: [10, 0, 0, 1])!)]
            }
            var engine = ResolverEngine(
                configuration: configuration, generator: SeededGenerator(seed: generator.next()))
            var now = ContinuousClock.now
            var open: [(ResolverEngine.Query, ContinuousClock.Instant)] = []
            var started: [Int: ContinuousClock.Instant] = [:]
            var (sent, asked, finished) = (0, 0, 0)
            func perform(_ commands: [ResolverEngine.Command], at now: ContinuousClock.Instant) {
                for command in commands {
                    switch command {
                    case .ask(let query):
                        sent += 1
                        open.append((query, now))
                    case .finish(let request, _):
                        finished += 1
                        let time = started[request].map { now - $0 } ?? .zero
                        #expect(time <= configuration.deadline, "round \(round)")
                    case .wake: break
                    }
                }
            }
            for _ in 0..<30 {
                let question = DNSMessage.Question(
                    names.randomElement(using: &generator) ?? .root,
                    [RecordType.a, .ns, .cname, .dname, .ds].randomElement(using: &generator) ?? .a)
                asked += 1
                if let (_, commands) = engine.remembered(question, now: now) {
                    finished += 1
                    perform(commands, at: now)
                } else {
                    let (request, commands) = engine.resolve(question, now: now)
                    started[request] = now
                    perform(commands, at: now)
                }
                while !open.isEmpty, Int.random(in: 0..<10, using: &generator) > 0 {
                    let (query, time) = open.remove(at: Int.random(in: 0..<open.count, using: &generator))
                    let outcome = nonsense(query, names, &generator)
                    if case .timedOut = outcome { now = max(now, time + query.timeout) }
                    // A driver's clock ends each question in time.
                    now = max(now, min(time + query.timeout, now + .milliseconds(3)))
                    for (late, time) in open where time + late.timeout < now {
                        open.removeAll { $0.0.id == late.id }
                        let then = min(now, time + late.timeout)
                        perform(engine.handle(late.id, .timedOut, now: then), at: then)
                    }
                    // It may have been asked at one of those moments.
                    let then = min(now, time + query.timeout)
                    perform(engine.handle(query.id, outcome, now: then), at: then)
                }
            }
            while let (query, time) = open.popLast() {
                now = max(now, time)
                perform(engine.handle(query.id, nonsense(query, names, &generator), now: now), at: now)
            }
            #expect(engine.jobCount == 0 && engine.requestCount == 0 && finished == asked, "round \(round)")
            #expect(sent <= (asked * 2 + 2) * configuration.queries)
        }
    }
}

import Foundation
import TestSupport
import Testing

@testable import DNS

/// A story about a resolver, its servers and its clients, as a file tells it: see `Scenarios/README.md`.
struct Scenario {
    struct Fault: Error, CustomStringConvertible {
        var description: String
    }

    private enum Entry {
        case server(IPAddress, ScriptedServer)
        case ask(line: Int, DNSMessage.Question, client: IPNetwork?, times: Int, expectations: [(Int, [String])])
        case wait(Duration)
    }

    let name: String
    private(set) var configuration = ResolverConfiguration()
    private var entries: [Entry] = []

    // MARK: Reading

    init(_ text: String, name: String) throws {
        self.name = name
        configuration.usesLoopback = true
        configuration.primes = false
        configuration.usesIPv6 = false
        var hints = ""
        var blocks: [(line: Int, head: [String], lines: [(Int, String)])] = []
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = String(line.prefix { $0 != "#" })
            guard !line.allSatisfy(\.isWhitespace) else { continue }
            if line.first?.isWhitespace == true {
                guard !blocks.isEmpty else { throw Fault(description: "\(name):\(number + 1): nothing to belong to") }
                blocks[blocks.count - 1].lines.append((number + 1, line.trimmingCharacters(in: .whitespaces)))
            } else {
                blocks.append((number + 1, line.split(separator: " ").map(String.init), []))
            }
        }
        for block in blocks {
            func fault(_ text: String) -> Fault { Fault(description: "\(name):\(block.line): \(text)") }
            switch block.head[0] {
            case "root":
                hints += ". NS r\(hints.utf8.count).\nr\(hints.utf8.count). A \(block.head[1])\n"
            case "forward":
                configuration.forwarders += block.head.dropFirst().compactMap {
                    IPAddress($0).map { ServerAddress($0) }
                }
            case "set": try set(block.head.dropFirst().map(\.self), fault)
            case "wait": entries.append(.wait(try Self.duration(block.head[1], fault)))
            case "server":
                guard let address = IPAddress(block.head[1]) else { throw fault("no address") }
                entries.append(.server(address, try Self.server(block.lines, name)))
            case "ask":
                guard block.head.count >= 3, let type = RecordType(block.head[2]) else { throw fault("no question") }
                let rest = Array(block.head.dropFirst(3))
                let client = rest.firstIndex(of: "from").flatMap { IPNetwork(rest[$0 + 1]) }
                let times = rest.firstIndex(of: "times").flatMap { Int(rest[$0 + 1]) } ?? 1
                entries.append(
                    .ask(
                        line: block.line, .init(try DomainName(block.head[1]), type), client: client, times: times,
                        expectations: block.lines.map { ($0, $1.split(separator: " ").map(String.init)) }))
            default: throw fault("what is \(block.head[0])?")
            }
        }
        if !hints.isEmpty { configuration.hints = try RootHints(content: Array(("$TTL 1\n" + hints).utf8), path: name) }
    }

    private mutating func set(_ words: [String], _ fault: (String) -> Fault) throws {
        let number = words.count > 1 ? Int(words[1]) : nil
        switch (words[0], number) {
        case ("minimise", _): configuration.minimisesNames = words[1] == "on"
        case ("mixcase", _): configuration.mixesCase = words[1] == "on"
        case ("prime", _): configuration.primes = words[1] == "on"
        case ("ipv6", _): configuration.usesIPv6 = words[1] == "on"
        case ("stale", let number?): configuration.cache.staleTime = UInt32(number)
        case ("entries", let number?): configuration.cache.entries = number
        case ("queries", let number?): configuration.queries = number
        case ("subnets", _):
            configuration.clientSubnets =
                words[1] == "everywhere" ? .everywhere : .zones([try DomainName(words[1])])
        default: throw fault("there is no setting \(words[0])")
        }
    }

    private static func duration(_ text: String, _ fault: (String) -> Fault) throws -> Duration {
        if text.hasSuffix("ms"), let number = Int(text.dropLast(2)) { return .milliseconds(number) }
        if text.hasSuffix("s"), let number = Int(text.dropLast()) { return .seconds(number) }
        throw fault("\(text) is no time")
    }

    private static func server(_ lines: [(Int, String)], _ name: String) throws -> ScriptedServer {
        var server = ScriptedServer()
        var zone: (origin: DomainName, text: String)?
        func finishZone() throws {
            guard let (origin, text) = zone else { return }
            var records = try MasterFile.records(in: Array(("$TTL 3600\n" + text).utf8), path: name, origin: origin)
            let host = try origin.child("ns".utf8)
            if !records.contains(where: { $0.type == .soa }) {
                let data = try RecordData("\(host) host. 1 3600 900 604800 60", .soa)
                records.append(ResourceRecord(name: origin, type: .soa, ttl: 3_600, data: data))
            }
            if !records.contains(where: { $0.type == .ns && $0.name == origin }) {
                records.append(ResourceRecord(name: origin, type: .ns, ttl: 3_600, data: RecordData(host)))
            }
            server.zones.append(try Zone(origin: origin, records))
            zone = nil
        }
        for (number, line) in lines {
            let words = line.split(separator: " ").map(String.init)
            func fault(_ text: String) -> Fault { Fault(description: "\(name):\(number): \(text)") }
            switch words[0] {
            case "delay": server.delay = try duration(words[1], fault)
            case "silent": server.manner = .silent
            case "unreachable": server.manner = .unreachable
            case "refuses": server.manner = .refuses(.refused)
            case "fails": server.manner = .refuses(.serverFailure)
            case "no-edns": server.understandsEDNS = false
            case "no-tcp": server.speaksTCP = false
            case "truncates": server.truncates = true
            case "loses-case": server.losesCase = true
            case "denies-empty-names": server.deniesEmptyNames = true
            case "resolver": server.isResolver = true
            case "zone":
                try finishZone()
                zone = (try DomainName(words[1]), "")
            case "reply":
                try finishZone()
                guard let type = RecordType(words[2]) else { throw fault("no type") }
                server.replies.append(
                    (.init(try DomainName(words[1]), type), .init(message: DNSMessage(id: 0, flags: .authoritative))))
                if words.count > 4, words[3] == "from" {
                    server.replies[server.replies.count - 1].1.network = IPNetwork(words[4])
                }
            default:
                if zone != nil {
                    zone?.text += line + "\n"
                } else if server.replies.isEmpty {
                    throw fault("what is \(words[0])?")
                } else {
                    try extend(&server.replies[server.replies.count - 1].1, words, fault)
                }
            }
        }
        try finishZone()
        return server
    }

    private static func extend(
        _ reply: inout ScriptedServer.Reply, _ words: [String], _ fault: (String) -> Fault
    ) throws {
        switch words[0] {
        case "answer", "authority", "additional":
            guard words.count >= 5, let ttl = UInt32(words[2]), let type = RecordType(words[3]) else {
                throw fault("no record")
            }
            let record = ResourceRecord(
                name: try DomainName(words[1]), type: type, ttl: ttl,
                data: try RecordData(words.dropFirst(4).joined(separator: " "), type))
            switch words[0] {
            case "answer": reply.message.answers.append(record)
            case "authority": reply.message.authorities.append(record)
            default: reply.message.additionals.append(record)
            }
        case "NXDOMAIN": reply.message.responseCode = .nameError
        case "no-aa": reply.message.flags.remove(.authoritative)
        case "scope": reply.scope = UInt8(words[1])
        case "question":
            reply.forgedQuestion = .init(try DomainName(words[1]), RecordType(words[2]) ?? .a)
        default: throw fault("what is \(words[0])?")
        }
    }

    // MARK: Playing

    /// Plays the story with one course of chance, and holds what happens against what is expected.
    func play(seed: UInt64) {
        var network = ScriptedNetwork(configuration, seed: seed)
        for entry in entries {
            switch entry {
            case .server(let address, let server): network.servers[address] = server
            case .wait(let time): network.wait(time)
            case .ask(let line, let question, let client, let times, let expectations):
                network.forgetAsked()
                let start = network.now
                let subnet = client.flatMap { ClientSubnet($0.address, sourcePrefix: UInt8($0.prefix)) }
                let requests = (0..<times).map { _ in network.ask(question, subnet: subnet) }
                network.settle()
                #expect(network.engine.jobCount == 0 && network.engine.requestCount == 0, "\(name):\(line)")
                for request in requests {
                    guard let (resolution, time) = network.answers[request] else {
                        Issue.record("\(name):\(line) seed \(seed): no answer")
                        continue
                    }
                    #expect(time - start <= configuration.deadline, "\(name):\(line) seed \(seed)")
                    for (line, words) in expectations {
                        check(words, resolution, time - start, network, "\(name):\(line) seed \(seed)")
                    }
                }
            }
        }
    }

    private func check(
        _ words: [String], _ resolution: Resolution, _ time: Duration, _ network: ScriptedNetwork, _ place: String
    ) {
        let context =
            "\(place): \(resolution)\nasked: \(network.asked.map { "\($0) \($1.questions)" }.joined(separator: "\n"))"
        let answers = resolution.answers.map { "\($0.name) \($0.type) \($0.data.text(as: $0.type))" }
        func complain(_ text: String) -> Comment { "\(text): \(context)" }
        let text = words.joined(separator: " ")
        switch words[0] {
        case "NOERROR", "NXDOMAIN", "SERVFAIL":
            #expect(resolution.responseCode.description == words[0], complain(text))
        case "nothing": #expect(resolution.answers.isEmpty, complain(text))
        case "stale": #expect(resolution.isStale, complain(text))
        case "scope": #expect(resolution.scope == UInt8(words[1]), complain(text))
        case "because":
            #expect(
                "\(resolution.failure.map { "\($0)" } ?? "")".contains(words.dropFirst().joined(separator: " ")),
                complain(text))
        case "within":
            let limit = try? Self.duration(words[1]) { Fault(description: $0) }
            #expect(time <= limit ?? .zero, complain("\(text), not \(time)"))
        case "queries":
            let most = words[1] == "at" ? Int(words[3]) : Int(words[1])
            let least = words[1] == "at" ? 0 : most
            let range = (least ?? 0)...(most ?? 0)
            #expect(range.contains(network.asked.count), complain("\(text), not \(network.asked.count)"))
        case "asked":
            let count = network.asked.count { "\($0.0)" == words[1] }
            let most = words[2] == "at" ? Int(words[4]) : Int(words[2])
            let least = words[2] == "at" ? 0 : most
            #expect(((least ?? 0)...(most ?? 0)).contains(count), complain("\(text), not \(count)"))
        case "told":
            // What names a server got to see.
            let names = Set(
                network.asked.filter { "\($0.0)" == words[1] }.flatMap { $1.questions.map(\.name.canonical) })
            #expect(
                names == Set(words.dropFirst(2).compactMap { try? DomainName($0) }), complain("\(text), not \(names)"))
        default:
            #expect(answers.contains { $0.lowercased() == text.lowercased() }, complain("\(text) is not in \(answers)"))
        }
    }
}

@Suite("Scenarios of a resolver")
struct ScenarioTests {
    static let names: [String] = {
        let folder = Bundle.module.url(forResource: "Scenarios", withExtension: nil)
        let files = folder.flatMap {
            try? FileManager.default.contentsOfDirectory(atPath: $0.path(percentEncoded: false))
        }
        return (files ?? []).filter { $0.hasSuffix(".scenario") }.sorted()
    }()

    @Test("go as they are told, whatever chance has it", arguments: names)
    func play(_ name: String) throws {
        let folder = try #require(Bundle.module.url(forResource: "Scenarios", withExtension: nil))
        let scenario = try Scenario(String(contentsOf: folder.appending(path: name), encoding: .utf8), name: name)
        for seed in 1...20 as ClosedRange<UInt64> { scenario.play(seed: seed) }
    }

    @Test("are there")
    func presence() { #expect(Self.names.count >= 20) }
}

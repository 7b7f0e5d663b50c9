import ArgumentParser
import DNS
import Foundation
import LineProtocol
import NIOPosix
import Report
import Resolver

/// `headwater resolve`: the answer to one question, and how it is found.
struct ResolveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resolve",
        abstract: "Find the answer to one question, and show each step.",
        discussion: """
            Asks from the root down, without help of a resolver, unless --server names one. Prints the records as a master \
            file has them; with --trace, a picture of who was asked, over what, and what it referred to. Ends with 68 when \
            there is no such name, 69 when no server answers.

            Examples:
              headwater resolve www.example.org --trace
              headwater resolve example.org MX --server 127.0.0.1:5353 --json
            """)

    @Argument(help: "The name to look for.")
    var name: DomainName

    @Argument(help: "The type of records: A, AAAA, MX, TXT …")
    var type = RecordType.a

    @Flag(help: "Draw each step.")
    var trace = false

    @Option(help: ArgumentHelp("A resolver to ask, in place of iteration.", valueName: "address[:port]"))
    var server: NameServerArgument?

    @OptionGroup var options: ResolverOptions

    @Option(help: ArgumentHelp("Tell servers that a client is there (RFC 7871).", valueName: "address/bits"))
    var subnet: IPNetwork?

    @Flag(help: "Print one JSON document on standard output.")
    var json = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if server != nil, options.rootHints != nil {
            throw ValidationError("--server and --root-hints exclude each other")
        }
        if type.isMeta, type != .any { throw ValidationError("\(type) is not a type to resolve") }
    }

    func run() async throws {
        var configuration = try options.configuration(forwarders: [server?.server].compactMap(\.self))
        configuration.primes = false
        configuration.prefetches = false
        if subnet != nil { configuration.clientSubnets = .everywhere }
        let resolver = Resolver(
            configuration: configuration, group: MultiThreadedEventLoopGroup.singleton,
            logger: common.logger("resolve"))
        let question = DNSMessage.Question(name, type)
        let client = subnet.flatMap { ClientSubnet($0.address, sourcePrefix: UInt8($0.prefix)) }
        let start = ContinuousClock.now
        let resolution = await resolver.resolve(question, subnet: client, isTraced: trace || json)
        let time = ContinuousClock.now - start
        if json {
            try StandardStream.output.writeResult(
                JSONText.document(ResolutionDocument(question, resolution, time)) + "\n")
        } else if trace {
            try StandardStream.output.writeResult(
                ResolutionPicture(question, resolution, time).text(columns: StandardStream.output.columns))
        } else {
            try StandardStream.output.writeResult(
                resolution.answers.map { PrintableText.line("\($0)") + "\n" }.joined())
        }
        try Self.complain(question, resolution)
    }

    /// - Throws: ``CommandError`` when there is no answer.
    private static func complain(_ question: DNSMessage.Question, _ resolution: Resolution) throws {
        switch resolution.responseCode {
        case .noError: break
        case .nameError: throw CommandError(.noHost, "there is no name \(resolution.lastName ?? question.name)")
        default:
            let reason = resolution.failure?.description ?? "\(resolution.responseCode)"
            throw CommandError(.unavailable, "\(question.name) \(question.type): \(reason)")
        }
    }
}

extension Resolution {
    /// Behind the last alias.
    fileprivate var lastName: DomainName? { answers.last { $0.type == .cname }?.data.target }
}

/// A resolution as JSON has it.
private struct ResolutionDocument: Encodable {
    struct Record: Encodable {
        var name: String
        var type: String
        var ttl: UInt32
        var data: String

        init(_ record: ResourceRecord) {
            name = record.name.description
            type = record.type.description
            ttl = record.ttl
            data = record.data.text(as: record.type)
        }
    }

    struct Step: Encodable {
        var depth: Int
        var startMilliseconds: Double?
        var name: String
        var type: String
        var zone: String?
        var server: String?
        var address: String?
        var transport: String?
        var milliseconds: Double?
        var outcome: String
        var servers: [String]?
        var records: [Record]?

        init(_ step: ResolutionStep) {
            depth = step.depth
            name = step.question.name.description
            type = step.question.type.description
            switch step.action {
            case .asked(let server, let address, let zone, let isTCP, let time, let outcome):
                self.zone = zone.description
                self.server = server?.description
                self.address = address.description
                transport = isTCP ? "tcp" : "udp"
                milliseconds = time.milliseconds
                startMilliseconds = (step.time - time).milliseconds
                self.outcome = outcome.word
                if case .referral(let zone, let names, _) = outcome {
                    self.outcome = "referral to \(zone)"
                    servers = names.map(\.description)
                }
                if case .answer(let found) = outcome { records = found.map(Record.init) }
            case .remembered(let outcome):
                self.outcome = "cached " + outcome.word
                if case .answer(let found) = outcome { records = found.map(Record.init) }
            case .knewServers(let zone):
                self.zone = zone.description
                outcome = "cached servers"
            }
        }
    }

    var name: String
    var type: String
    var status: String
    var answers: [Record]
    var authority: [Record]
    var failure: String?
    var scope: UInt8?
    var milliseconds: Double
    var steps: [Step]

    init(_ question: DNSMessage.Question, _ resolution: Resolution, _ time: Duration) {
        name = question.name.description
        type = question.type.description
        status = resolution.responseCode.description
        answers = resolution.answers.map(Record.init)
        authority = resolution.authorities.map(Record.init)
        failure = resolution.failure?.description
        scope = resolution.scope
        milliseconds = time.milliseconds
        steps = resolution.steps.map(Step.init)
    }
}

extension Duration {
    /// Rounded to thousandths.
    var milliseconds: Double { (self / .microseconds(1)).rounded() / 1_000 }
}

extension ResolutionStep.Outcome {
    /// What came of a step, in a word or a few.
    var word: String {
        switch self {
        case .answer: "answer"
        case .alias(let target): "alias of \(target)"
        case .referral: "referral"
        case .noData: "no such records"
        case .nameError: "no such name"
        case .nameExists: "no zone of its own"
        case .truncated: "truncated"
        case .lacksEDNS: "does not know EDNS"
        case .failed(let reason): reason
        }
    }
}

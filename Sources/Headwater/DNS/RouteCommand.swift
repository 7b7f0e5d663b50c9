import ArgumentParser
import AsyncHTTPClient
import DNS
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import NameServer
import Report
import Routing
import Steering

/// `headwater route`: which edge a viewer is sent to, and why.
struct RouteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "route",
        abstract: "Tell which edge a viewer is sent to, and why.",
        subcommands: [Explain.self])

    /// `headwater route explain`
    struct Explain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "explain",
            abstract: "Show how an address is chosen for a client: where it is, every edge, and the verdict.",
            discussion: """
                With --routing it tells what a server would do with these files while all edges are well; with --admin it \
                asks a running `headwater dns --admin`, which knows how the edges are. The policy is the one that the \
                name has in the zone; without a zone it is --policy, or the only one that there is.

                Examples:
                  headwater route explain --client 10.1.2.3 video.cdn.test --routing routing.yaml --zone cdn.test.zone
                  headwater route explain --client 2001:db8::/48 video.cdn.test --admin http://127.0.0.1:9053
                """)

        @Argument(help: "The name that the viewer asks for.")
        var name: String

        @Option(
            help: ArgumentHelp("The viewer's address, or its subnet if no more is known.", valueName: "address[/bits]"))
        var client: ClientArgument

        @Option(help: ArgumentHelp("Edges, where clients are, and policies (YAML).", valueName: "file"))
        var routing: String?

        @Option(help: ArgumentHelp("The zone of the name; may be given several times.", valueName: "[name=]file"))
        var zone: [ZoneArgument] = []

        @Option(help: ArgumentHelp("The policy, whatever a zone says.", valueName: "name"))
        var policy: String?

        @Option(help: ArgumentHelp("The administration listener of a running server.", valueName: "url"))
        var admin: String?

        @Option(help: "The kind of address.")
        var type = AddressType.a

        @Flag(help: "Print JSON.")
        var json = false

        @OptionGroup var common: CommonOptions

        func validate() throws {
            if (routing == nil) == (admin == nil) { throw ValidationError("give either --routing or --admin") }
            if admin != nil, !zone.isEmpty { throw ValidationError("--zone goes with --routing; a server has its own") }
            if let admin, !(admin.hasPrefix("http://") || admin.hasPrefix("https://")) {
                throw ValidationError("--admin is a URL, as http://127.0.0.1:9053")
            }
        }

        func run() async throws {
            let explanation: RoutingExplanation
            if let admin { explanation = try await asked(admin) } else { explanation = try read() }
            try StandardStream.output.writeResult(
                json ? try JSONText.document(explanation) + "\n" : RoutePicture(explanation).text())
        }

        /// What the files say.
        private func read() throws -> RoutingExplanation {
            let logger = common.logger("route")
            let table = try RoutingFile(path: routing ?? "", logger: logger).table
            let name = try DomainName(name)
            let routed = try routedName(name, table, logger)
            let request = RoutingTable.Request(
                name: routed.name, policy: routed.policy, client: client.client, wantsIPv6: type == .aaaa)
            guard let decision = table.decide(request, now: 0) else {
                throw RoutingError(
                    .unknown, "\(routing ?? "") has no policy \(routed.policy), only \(Self.list(table))")
            }
            return RoutingExplanation(
                decision, aliases: routed.aliases, wantsIPv6: type == .aaaa, isLive: false)
        }

        private func routedName(
            _ name: DomainName, _ table: RoutingTable, _ logger: Logger
        ) throws -> ZoneTable.RoutedName {
            if let policy { return .init(name: name, policy: policy) }
            guard zone.isEmpty else {
                let zones = try ZoneFiles(zone.map(\.source), logger: logger).zones
                guard let routed = zones.routedName(for: name) else {
                    throw RoutingError(
                        .unknown, "no policy for \(name) in the zone: _routing.\(name) TXT \"policy=NAME\" is missing")
                }
                return routed
            }
            guard let only = table.policies.first, table.policies.count == 1 else {
                throw CommandError(.usage, "give --zone or --policy: there are several policies, \(Self.list(table))")
            }
            return .init(name: name, policy: only.name)
        }

        private static func list(_ table: RoutingTable) -> String {
            table.policies.map(\.name).joined(separator: ", ")
        }

        /// What a running server says.
        private func asked(_ admin: String) async throws -> RoutingExplanation {
            _ = try DomainName(name)
            guard var url = URLComponents(string: admin) else {
                throw CommandError(.usage, "--admin \(admin) is no URL")
            }
            url.path = (url.path.hasSuffix("/") ? String(url.path.dropLast()) : url.path) + "/explain/" + name
            url.queryItems = [.init(name: "client", value: client.text), .init(name: "type", value: type.rawValue)]
            if let policy { url.queryItems?.append(.init(name: "policy", value: policy)) }
            let (status, body): (Int, Data)
            do {
                let response = try await HTTPClient.shared.execute(
                    HTTPClientRequest(url: url.string ?? admin), timeout: .seconds(10))
                status = Int(response.status.code)
                body = Data(String(buffer: try await response.body.collect(upTo: 16 << 20)).utf8)
            } catch {
                throw CommandError(.unavailable, "\(admin) does not answer: is `headwater dns --admin` running there?")
            }
            switch status {
            case 200:
                guard let explanation = try? JSONDecoder().decode(RoutingExplanation.self, from: body) else {
                    throw CommandError(.protocolError, "\(admin) answers, but not as `headwater dns --admin`")
                }
                return explanation
            case 404:
                throw CommandError(.dataError, "\(admin) has no policy for \(name), or no --routing")
            default: throw CommandError(.protocolError, "\(admin) answers with status \(status)")
            }
        }
    }
}

/// What kind of address is asked for.
enum AddressType: String, CaseIterable, ExpressibleByArgument {
    case a = "A"
    case aaaa = "AAAA"
}

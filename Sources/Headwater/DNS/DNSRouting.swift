import Administration
import ArgumentParser
import DNS
import Foundation
import Logging
import NameServer
import Report
import Routing
import ServiceLifecycle
import Steering

/// How `headwater dns` sends viewers to edges: the file that says how, what watches the edges, and what is told of it.
struct DNSRouting {
    let file: RoutingFile
    let watch: EdgeWatch
    let checker: EdgeChecker

    /// - Throws: `RoutingError`.
    init(path: String, registry: PrometheusRegistry, logger: Logger) throws(RoutingError) {
        let file = try RoutingFile(path: path, logger: logger)
        let watch = EdgeWatch(table: file.table, metrics: SteeringMetrics(factory: registry), logger: logger)
        checker = EdgeChecker(watch, logger: logger)
        (self.file, self.watch) = (file, watch)
    }

    /// Follows the file from now on.
    ///
    /// - Parameter zones: the zones of now.
    func follow(_ zones: @escaping @Sendable () -> ZoneTable, _ logger: Logger) {
        file.whenChanged { [watch] table in
            watch.replace(table)
            Self.warn(zones(), table, logger)
        }
    }

    /// Says which names have policies that nobody knows: their zones' records are answered.
    static func warn(_ zones: ZoneTable, _ table: RoutingTable?, _ logger: Logger) {
        for zone in zones.all {
            for (name, policy) in zone.policies.sorted(by: { $0.key < $1.key }) where table?.policy(policy) == nil {
                let reason =
                    table == nil ? "--routing is not given" : "the routing file has no policy of that name"
                logger.warning(
                    "a name's own records are answered",
                    metadata: ["name": "\(name)", "policy": "\(policy)", "reason": "\(reason)"])
            }
        }
    }

    /// What the administration listener shows: edges, and why a client would be sent to one.
    ///
    /// - Parameter zones: the zones of now.
    func documents(_ zones: @escaping @Sendable () -> ZoneTable) -> [AdministrationDocument] {
        [
            AdministrationDocument(path: "edges") { [watch] item in
                let edges = watch.report()
                guard let item else { return Data(try JSONText.document(edges).utf8) }
                return try edges.first { $0.name == item }.map { Data(try JSONText.document($0).utf8) }
            },
            AdministrationDocument(path: "explain") { [watch] item, parameters in
                guard let item else { throw AdministrationMistake("the name is missing: /explain/NAME?client=ADDRESS") }
                let explanation = try Self.explain(item, parameters, watch, zones())
                return try explanation.map { Data(try JSONText.document($0).utf8) }
            },
        ]
    }

    /// - Returns: nil when the name has no policy.
    private static func explain(
        _ name: String, _ parameters: [String: String], _ watch: EdgeWatch, _ zones: ZoneTable
    ) throws -> RoutingExplanation? {
        guard let name = try? DomainName(name) else { throw AdministrationMistake("the name is none of the DNS") }
        guard let client = parameters["client"].flatMap({ ClientArgument(argument: $0) }) else {
            throw AdministrationMistake("client=ADDRESS is missing, or no address")
        }
        let type = parameters["type"].map { $0.uppercased() } ?? "A"
        guard ["A", "AAAA"].contains(type) else { throw AdministrationMistake("type is A or AAAA") }
        var routed = zones.routedName(for: name)
        if let policy = parameters["policy"] { routed = .init(name: name, policy: policy) }
        guard let routed,
            let decision = watch.decide(
                routed.name, policy: routed.policy, client: client.client, wantsIPv6: type == "AAAA")
        else { return nil }
        return RoutingExplanation(decision, aliases: routed.aliases, wantsIPv6: type == "AAAA", isLive: true)
    }
}

/// `ADDRESS` or `ADDRESS/BITS`: a client, or all that is known of one.
struct ClientArgument: ExpressibleByArgument, Sendable {
    var client: RoutedClient

    init?(argument: String) {
        guard let network = IPNetwork(argument) else { return nil }
        client = RoutedClient(address: network.address, bits: network.prefix)
    }

    /// As it was given.
    var text: String {
        client.bits == client.address.bitWidth ? "\(client.address)" : "\(client.address)/\(client.bits)"
    }
}

extension RoutingError: ExitStatusProviding {
    var systemExit: SystemExit {
        switch code {
        case .unreadable: .noInput
        case .malformed, .unknown: .dataError
        }
    }
}

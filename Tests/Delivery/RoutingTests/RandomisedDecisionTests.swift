import DNS
import TestSupport
import Testing

@testable import Routing

@Suite("Randomised routing decisions")
struct RandomisedDecisionTests {
    private let places = ["a", "a/1", "a/2", "b", "b/1", "c", "d"]

    /// A table of a few edges, prefixes and regions, and how its edges are.
    private func world(_ random: inout SeededGenerator) throws -> (RoutingTable, [String: EdgeStatus]) {
        let edges = (0..<Int.random(in: 1...8, using: &random)).map { number in
            edge("e\(number)", places.randomElement(using: &random)!, ["192.0.2.\(number)"]) { edge in
                edge.weight = Double.random(in: 0.5...4, using: &random)
                if Int.random(in: 0..<12, using: &random) == 0 { edge.state = .drain }
            }
        }
        var clients: [String: String] = [:]
        for _ in 0..<Int.random(in: 0...10, using: &random) {
            let prefix = Int.random(in: 5...24, using: &random)
            let address = client(&random)
            clients[IPNetwork(address, prefix: prefix)!.description] = places.randomElement(using: &random)!
        }
        var regions: [String: [String]] = [:]
        for region in ["a", "b", "c", "d"] where Bool.random(using: &random) {
            regions[region] = Array(["a", "b", "c", "d"].shuffled(using: &random).prefix(2)).filter { $0 != region }
        }
        let options = (0..<4).map { _ in Int.random(in: 0..<4, using: &random) }
        let table = try makeTable(edges, regions: regions, clients: clients) { policy in
            policy.prefersNear = options[0] > 0
            policy.affinity = options[1] == 0 ? .client : .name
            policy.network4 = 20
            policy.answers = options[2] + 1
        }
        var statuses: [String: EdgeStatus] = [:]
        for edge in edges {
            switch Int.random(in: 0..<6, using: &random) {
            case 0: statuses[edge.name] = .ill()
            case 1: statuses[edge.name] = .loaded(Double.random(in: 0...1.2, using: &random))
            default: break
            }
        }
        return (table, statuses)
    }

    private func client(_ random: inout SeededGenerator) -> IPAddress {
        IPAddress(octets: [10, UInt8.random(in: 0...3, using: &random), .random(in: 0...255, using: &random), 9])!
    }

    @Test("are the same for all clients within their scope")
    func scope() throws {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<fuzzRounds(default: 1_000) / 4 {
            let (table, statuses) = try world(&random)
            for _ in 0..<6 {
                let address = client(&random)
                let decision = table.decide(address.description, statuses)
                for _ in 0..<8 {
                    let noise = UInt32.random(in: 0...UInt32.max, using: &random)
                    let mask = UInt32(AddressNumber.hostMask(decision.scope, width: 32))
                    let number = UInt32(address.number) & ~mask | noise & mask
                    let other = IPAddress(octets: (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) })!
                    let same = table.decide(other.description, statuses)
                    #expect(same.names == decision.names && same.scope == decision.scope, "\(address) \(other)")
                }
            }
        }
    }

    @Test("move only the clients of an edge that falls ill, and always come to one that is well where there is one")
    func illness() throws {
        var random = SeededGenerator(seed: 2)
        for _ in 0..<fuzzRounds(default: 1_000) / 4 {
            let (table, before) = try world(&random)
            guard let victim = table.edges.randomElement(using: &random)?.name else { continue }
            var after = before
            after[victim] = .ill()
            for number in 0..<10 {
                let address = client(&random).description
                let old = table.decide(address, before, name: "n\(number).test.")
                let new = table.decide(address, after, name: "n\(number).test.")
                // Loads of neighbours are weighed against each other, so only who is not weighed is beyond doubt.
                let isWeighed = before.values.contains { $0.load(at: 0, LoadRules()) != nil }
                if old.verdict == .chosen, !old.names.contains(victim), !isWeighed { #expect(new.names == old.names) }
                if new.verdict == .chosen {
                    #expect(!new.names.contains(victim))
                    for edge in new.edges {
                        #expect(edge.state == .active && after[edge.name]?.health(at: 0, HealthRules()) != .ill)
                    }
                } else {
                    #expect(
                        !table.edges.contains { edge in
                            let status = after[edge.name] ?? EdgeStatus()
                            return edge.state == .active && status.health(at: 0, HealthRules()) != .ill
                                && !status.isOverloaded(at: 0, LoadRules())
                        })
                }
                #expect(!new.names.isEmpty && new.candidates.count == table.edges.count)
                #expect(Set(new.candidates.map(\.edge.name)).count == table.edges.count)
            }
        }
    }

    @Test("answer every edge's share of names, by weight, among those that are equally near")
    func shares() throws {
        let edges = [1.0, 2, 5].enumerated().map { number, weight in
            edge("e\(number)", "a") { $0.weight = weight }
        }
        let table = try makeTable(edges + [edge("far", "b")], clients: ["10.0.0.0/8": "a"])
        let names = 4_000
        let answers = (0..<names).map { table.decide("10.0.0.1", name: "video\($0).test.").names.first ?? "" }
        for edge in edges {
            let share = edge.weight / 8
            let count = Double(answers.filter { $0 == edge.name }.count)
            let deviation = (Double(names) * share * (1 - share)).squareRoot()
            #expect(abs(count - Double(names) * share) < 5 * deviation)
        }
        #expect(!answers.contains("far"))
    }
}

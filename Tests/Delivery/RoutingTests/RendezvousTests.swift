import DNS
import Testing
import TestSupport

@testable import Routing

/// The edge of the highest score for each of many names.
private func winners(_ edges: [(String, Double)], keys: Int, seed: Int = 0) -> [String] {
    (0..<keys).map { number in
        let hash = Rendezvous(key: "video\(seed)-\(number).cdn.test".utf8)
        return edges.max { hash.score(of: $0.0, weight: $0.1) < hash.score(of: $1.0, weight: $1.1) }?.0 ?? ""
    }
}

@Suite("Consistent hashing")
struct RendezvousTests {
    @Test("gives each edge its share of names")
    func weights() {
        let keys = 100_000
        for (seed, weights) in [[1, 1, 1, 1], [1, 2, 3], [0.5, 10], [1], [7, 1, 1, 1, 1, 1, 1, 1]].enumerated() {
            let edges = weights.enumerated().map { ("edge\($0 + 1)", Double($1)) }
            let counts = Dictionary(grouping: winners(edges, keys: keys, seed: seed)) { $0 }.mapValues(\.count)
            for (name, weight) in edges {
                let share = weight / weights.reduce(0, +)
                // Five standard deviations of a binomial distribution.
                let bound = 5 * (Double(keys) * share * (1 - share)).squareRoot()
                #expect(abs(Double(counts[name] ?? 0) - Double(keys) * share) <= bound, "\(name) of \(weights)")
            }
        }
    }

    @Test("is the same on every machine, and for names in any case")
    func stability() throws {
        #expect(winners([("a", 1), ("b", 1), ("c", 1)], keys: 12).joined() == "bbbbcaabcaab")
        let table = try makeTable((1...9).map { edge("e\($0)", "x") })
        #expect(
            table.decide("10.0.0.1", name: "Video.CDN.test.").names
                == table.decide("10.9.0.1", name: "video.cdn.TEST.").names)
    }

    @Test("spreads one name over edges by clients' networks where the policy says so")
    func clients() throws {
        let edges = (1...4).map { edge("e\($0)", "x") }
        let byName = try makeTable(edges)
        let byClient = try makeTable(edges) { $0.affinity = .client }
        let addresses = (0..<200).map { "10.0.\($0).7" }
        #expect(Set(addresses.map { byName.decide($0).names }).count == 1)
        #expect(Set(addresses.map { byClient.decide($0).names }).count == 4)
        // All of one network get the same, however much of the address is known beyond that.
        #expect(byClient.decide("10.0.7.1").names == byClient.decide("10.0.7.200", bits: 24).names)
    }
}

@Suite("Randomised consistent hashing")
struct RandomisedRendezvousTests {
    @Test("moves the names of an edge that leaves, and no other")
    func leaving() {
        var random = SeededGenerator(seed: 98)
        for seed in 0..<fuzzRounds(default: 200) / 10 {
            let edges = (0..<Int.random(in: 2...12, using: &random)).map {
                ("edge\($0)", Double.random(in: 0.1...10, using: &random))
            }
            let gone = edges.randomElement(using: &random)!.0
            let before = winners(edges, keys: 1_000, seed: seed)
            let after = winners(edges.filter { $0.0 != gone }, keys: 1_000, seed: seed)
            for (old, new) in zip(before, after) { #expect(old == gone ? new != gone : new == old) }
            // Those of the one that left are spread over the others by weight, not all given to one.
            let heirs = Set(zip(before, after).filter { $0.0 == gone }.map(\.1))
            if before.filter({ $0 == gone }).count > 200, edges.count > 4 { #expect(heirs.count > 1) }
        }
    }
}

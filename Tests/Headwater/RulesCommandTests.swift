import Adaptation
import Foundation
import Testing

@Suite("headwater rules")
struct RulesCommandTests {
    private static let rules = RuleCatalogue.all.map(\.name)

    @Test("lists each rule with its source, and each parameter with default and range")
    func table() async throws {
        let result = try await headwater("rules")
        #expect(result.status == 0)
        #expect(result.standardError.isEmpty)
        let lines = result.standardOutput.split(separator: "\n").map { line in
            line.split(separator: " ").joined(separator: " ")
        }
        for rule in Self.rules {
            #expect(lines.contains { $0.hasPrefix("\(rule) ") }, "\(rule)")
        }
        #expect(lines.contains { $0.hasPrefix("bola-u ") && $0.hasSuffix("Spiteri et al., INFOCOM 2016 §V") })
        #expect(lines.contains { $0.hasPrefix("throughput safety 0.9 0.01 to 1 ") })
        #expect(lines.contains { $0.hasPrefix("throughput fast 3 s 0.1 to 600 s ") })
        #expect(lines.contains { $0.hasPrefix("bola-u buffer – 1 to 3600 s ") })
        #expect(!result.standardOutput.contains("\u{1B}"))
    }

    private struct Rule: Decodable {
        struct Parameter: Decodable {
            var name: String
            var unit: String?
            var `default`: Double?
            var minimum: Double
            var maximum: Double
            var summary: String
        }

        var name: String
        var summary: String
        var source: String
        var parameters: [Parameter]
    }

    @Test("prints one JSON document on request")
    func json() async throws {
        let result = try await headwater("rules", "--json")
        #expect(result.status == 0)
        #expect(result.standardError.isEmpty)
        let rules = try JSONDecoder().decode([Rule].self, from: Data(result.standardOutput.utf8))
        #expect(rules.map(\.name) == Self.rules)
        #expect(rules.allSatisfy { !$0.summary.isEmpty && !$0.source.isEmpty && !$0.parameters.isEmpty })
        let parameters = try #require(rules.first { $0.name == "throughput" }).parameters
        #expect(parameters.map(\.name) == ["safety", "fast", "slow"])
        #expect(parameters.map(\.default) == [0.9, 3, 8])
        #expect(parameters.map(\.unit) == [nil, "s", "s"])
        #expect(parameters.map(\.minimum) == [0.01, 0.1, 0.1])
        #expect(parameters.map(\.maximum) == [1, 600, 600])
    }

    @Test("takes no arguments", arguments: ["bola-u", "--rule"])
    func wrongArgument(_ argument: String) async throws {
        let result = try await headwater("rules", argument)
        #expect(result.status == 64)
        #expect(result.standardOutput.isEmpty)
        #expect(result.standardError.contains(argument))
    }
}

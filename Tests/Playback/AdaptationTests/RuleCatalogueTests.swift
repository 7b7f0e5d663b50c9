import Adaptation
import Foundation
import Testing

struct RuleCatalogueTests {
    @Test("names are unique, and can be written on a command line")
    func names() {
        let names = RuleCatalogue.all.map(\.name)
        #expect(Set(names).count == names.count)
        for rule in RuleCatalogue.all {
            for name in [rule.name] + rule.parameters.map(\.name) {
                #expect(name.wholeMatch(of: /[a-z][a-z0-9-]*/) != nil, "\(name)")
            }
            #expect(Set(rule.parameters.map(\.name)).count == rule.parameters.count)
            #expect(!rule.summary.isEmpty)
            #expect(!rule.source.isEmpty)
        }
    }

    @Test("the documentation names every rule")
    func documentation() throws {
        let root = (0..<4).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }
        let page = try String(contentsOf: root.appending(path: "Documentation/rules.md"), encoding: .utf8)
        for rule in RuleCatalogue.all {
            #expect(page.contains("`\(rule.name)`"), "\(rule.name)")
        }
    }

    @Test("what a parameter is when it is left out lies within its range")
    func standards() {
        for parameter in RuleCatalogue.all.flatMap(\.parameters) {
            #expect(parameter.standard.map(parameter.range.contains) ?? true, "\(parameter.name)")
            #expect(!parameter.summary.isEmpty)
        }
    }

    @Test("leaving a parameter out is the same as giving its default")
    func defaults() throws {
        for rule in RuleCatalogue.all {
            let given = rule.parameters.compactMap { parameter in
                parameter.standard.map { ":\(parameter.name)=\($0)" }
            }
            var without = try RuleSpecification(rule.name).rule(for: Ladder(megabits: 1, 2, 4))
            var with = try RuleSpecification(rule.name + given.joined()).rule(for: Ladder(megabits: 1, 2, 4))
            for step in 0..<40 {
                func decide(_ rule: inout any RateDetermination) -> RateDecision {
                    rule.decide(
                        buffer: Double(step) / 2, previous: step % 3, segment: step, of: 40,
                        transfer: TransferSample(megabits: Double(step % 7 + 1), latency: 0.05))
                }
                #expect(decide(&without) == decide(&with), "\(rule.name)")
            }
        }
    }

    @Test("the ends of each range make a rule that decides")
    func ranges() throws {
        for rule in RuleCatalogue.all {
            for parameter in rule.parameters {
                for value in [parameter.range.lowerBound, parameter.range.upperBound] {
                    var made = try RuleSpecification("\(rule.name):\(parameter.name)=\(value)")
                        .rule(for: Ladder(megabits: 1, 2, 4))
                    for buffer in [0, 1, 10, 20.0] {
                        let decision = made.decide(buffer: buffer, previous: 1, transfer: TransferSample(megabits: 3))
                        #expect((0...2).contains(decision.index))
                    }
                }
            }
        }
    }
}

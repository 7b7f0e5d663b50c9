import TestSupport
import Adaptation
import Foundation
import Testing

@Suite("Utility")
struct UtilityTests {
    private static let rates = [1e6, 2e6, 4e6]
    /// Of two segments: on the first one the highest version shows nothing that the middle one does not.
    private static let qualities = [[0.9, 0.99, 0.99], [0.8, 0.9, 0.99]]

    private func ladder(_ utility: Utility?, qualities: [[Double]] = qualities) -> Ladder {
        Ladder(
            bitRates: Self.rates, segmentDuration: 2, maxBuffer: 20, utility: utility,
            qualities: utility == .quality ? qualities : [])
    }

    @Test("of a bit rate is linear or logarithmic, and left to a rule it is logarithmic")
    func bitRates() {
        #expect(ladder(.bitRate).utilities == [0, 1, 3])
        for utility in [Utility.logarithmic, nil] {
            let utilities = ladder(utility).utilities
            #expect(utilities[0] == 0 && abs(utilities[2] - log(4)) < 1e-12)
            #expect(ladder(utility).segmentUtilities.isEmpty)
            #expect(ladder(utility).utilities(ofSegment: 7) == utilities)
        }
    }

    @Test("measured, is what each halving of the loss is worth, by segment and on the whole")
    func measured() {
        let ladder = ladder(.quality)
        let expected = [0, (log(10.0) + log(2)) / 2, (log(10.0) + log(20)) / 2]
        #expect(zip(ladder.utilities, expected).allSatisfy { abs($0 - $1) < 1e-12 })
        let first = ladder.utilities(ofSegment: 0)
        #expect(first[0] == 0 && abs(first[1] - log(10)) < 1e-12 && first[1] == first[2])
        // On one scale over all segments, the second segment's lowest version is worth less than the first's.
        let difference = ladder.segmentUtilities[0][0] - ladder.segmentUtilities[1][0]
        #expect(abs(difference - log(2)) < 1e-12)
        #expect(ladder.utilities(ofSegment: 2) == ladder.utilities)
        // Equal pictures count as 60 dB, and what contradicts the source is worth something finite, too.
        let extremes = self.ladder(.quality, qualities: [[-1, 0.5, 1]])
        #expect(extremes.utilities.allSatisfy { $0.isFinite })
        #expect(abs(extremes.utilities[2] - (log(1e6) + log(2))) < 1e-9)
        // What is not measured throughout is not measured.
        #expect(self.ladder(.quality, qualities: [[0.5, 0.6]]).utilities == self.ladder(.logarithmic).utilities)
    }

    private func input(segment: Int, buffer: Double, previous: Int?) -> RateDecisionInput {
        RateDecisionInput(
            time: 10, segment: segment, segmentCount: 100, buffer: buffer, previous: previous)
    }

    @Test("measured, moves BOLA: no bits for what nobody sees")
    func bola() {
        func choices(_ utility: Utility?, segment: Int) -> [Int] {
            stride(from: 0.0, through: 18, by: 1).map { buffer in
                var rule = BOLARule(ladder: ladder(utility), variant: .basic(isCapped: false))
                return rule.decide(input(segment: segment, buffer: buffer, previous: 0)).index
            }
        }
        #expect(!choices(.quality, segment: 0).contains(2))
        #expect(choices(.quality, segment: 1).contains(2))
        #expect(choices(.logarithmic, segment: 0) == choices(nil, segment: 0))
        #expect(choices(.logarithmic, segment: 0).contains(2))
    }

    /// A rule that has seen a throughput of some bits/s.
    private func seen<Rule: RateDetermination>(_ rule: Rule, _ throughput: Double) -> Rule {
        var rule = rule
        for segment in 0..<3 {
            rule.observe(
                TransferReport(
                    segment: segment, index: 0, elapsed: 1, buffer: 10,
                    sample: TransferSample(bits: throughput, duration: 1, latency: 0)))
        }
        return rule
    }

    @Test("moves MPC and SODA, which by themselves keep to their papers'")
    func plans() {
        func mpc(_ utility: Utility?, segment: Int = 0, previous: Int = 1) -> Int {
            // Segments at the end: the plan has one step.
            var rule = seen(MPCRule(ladder: ladder(utility), isRobust: false, horizon: 1), 20e6)
            return rule.decide(input(segment: segment, buffer: 15, previous: previous)).index
        }
        for utility in [Utility.bitRate, nil] { #expect(mpc(utility, previous: 2) == 2) }
        // Among equals the lowest counts.
        #expect(mpc(.quality) == 1)
        var soda = seen(SODARule(ladder: ladder(.quality), beta: 0, gamma: 0), 20e6)
        #expect(soda.decide(input(segment: 0, buffer: 12, previous: 1)).index == 1)
        #expect(soda.decide(input(segment: 1, buffer: 12, previous: 1)).index == 2)
        soda = seen(SODARule(ladder: ladder(nil), beta: 0, gamma: 0), 20e6)
        #expect(soda.decide(input(segment: 0, buffer: 12, previous: 1)).index == 2)
    }

    @Test("never makes a rule of the catalogue choose what there is not", arguments: Utility.allCases)
    func anyRule(_ utility: Utility) {
        var generator = SeededGenerator(seed: 3)
        let qualities = (0..<20).map { _ in (0..<3).map { _ in Double.random(in: -1...1, using: &generator) } }
        let ladder = ladder(utility, qualities: qualities)
        for description in RuleCatalogue.all {
            guard var rule = (try? RuleSpecification(description.name))?.rule(for: ladder) else {
                Issue.record("\(description.name) is no rule")
                continue
            }
            var previous: Int?
            for segment in 0..<20 {
                let decision = rule.decide(
                    RateDecisionInput(
                        time: Double(segment) * 2, segment: segment, segmentCount: 20,
                        buffer: Double.random(in: 0...20, using: &generator), previous: previous))
                #expect(ladder.bitRates.indices.contains(decision.index), "\(description.name)")
                previous = decision.index
                rule.observe(
                    TransferReport(
                        segment: segment, index: decision.index, elapsed: 1, buffer: 10,
                        sample: TransferSample(
                            bits: Double.random(in: 1e5...1e7, using: &generator), duration: 1, latency: 0.1)))
                _ = rule.reconsider(
                    TransferProgress(
                        segment: segment, index: 2, elapsed: 1, latency: 0.1, received: 1e6, size: 8e6, buffer: 5))
            }
        }
    }
}

import Adaptation
import Testing

struct FESTIVERuleTests {
    /// What a rule chooses, segment by segment, with an empty buffer and a transfer of `megabits` before each.
    private func choices(_ rule: FESTIVERule, from start: Int? = nil, megabits: [Double]) -> [Int] {
        var rule = rule
        var previous = start
        return megabits.map { rate in
            let decision = rule.decide(buffer: 0, previous: previous, transfer: TransferSample(megabits: rate))
            previous = decision.index
            return decision.index
        }
    }

    @Test("climbs from the k-th version after k segments of it, and later when it has switched a lot")
    func climb() {
        // The fourth switch within ten segments (20 s) would cost 2⁴ against 2³ + 12·½: it waits till the first is older.
        let chosen = choices(
            FESTIVERule(ladder: Ladder(megabits: 1, 2, 4, 8, 16)), megabits: Array(repeating: 100, count: 14))
        #expect(chosen == [0, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3, 3, 4, 4])
    }

    @Test("falls one version at a time, at once")
    func fall() {
        let rule = FESTIVERule(ladder: Ladder(megabits: 1, 2, 4, 8), window: 1)
        #expect(choices(rule, from: 3, megabits: [1, 1, 1, 1]) == [2, 1, 0, 0])
    }

    @Test("uses no more than p of the throughput", arguments: [(2.35, 0), (2.36, 1)])
    func margin(_ megabits: Double, _ index: Int) {
        // 2 Mb/s are 0.85 of 2.353 Mb/s.
        let rule = FESTIVERule(ladder: Ladder(megabits: 1, 2, 4, 8))
        #expect(choices(rule, megabits: [megabits, megabits]) == [0, index])
    }

    @Test("α weighs efficiency against stability", arguments: [(0.0, 0), (2, 0), (2.01, 1)])
    func alpha(_ alpha: Double, _ index: Int) {
        // A switch from 1 to 2 Mb/s costs 2 against 1 + α·½.
        let rule = FESTIVERule(ladder: Ladder(megabits: 1, 2, 4, 8), alpha: alpha)
        #expect(choices(rule, megabits: [100, 100]) == [0, index])
    }

    @Test("the throughput is the harmonic mean of the last twenty")
    func mean() {
        var rule = FESTIVERule(ladder: Ladder(megabits: 1, 2))
        for _ in 0..<20 { _ = rule.decide(transfer: TransferSample(megabits: 2)) }
        #expect(agree(rule.decide().throughput, 2e6))
        // 19 halves and a sixth.
        #expect(agree(rule.decide(transfer: TransferSample(megabits: 6)).throughput, 20e6 / (9.5 + 1 / 6.0)))
    }

    @Test("requests wait for a level within a segment of the target, which the seed alone decides")
    func schedule() {
        func waits(seed: UInt64) -> [Double] {
            var rule = FESTIVERule(ladder: Ladder(megabits: 1, 2), target: 10, seed: seed)
            _ = rule.decide(transfer: TransferSample(megabits: 9))
            return (0..<50).map { rule.decide(buffer: 18, segment: $0).wait }
        }
        let first = waits(seed: 1)
        #expect(first.allSatisfy { (6...10).contains($0) })
        #expect(Set(first).count == 50)
        #expect(first.contains { $0 < 7 } && first.contains { $0 > 9 })
        #expect(waits(seed: 1) == first)
        #expect(waits(seed: 2) != first)
        var rule = FESTIVERule(ladder: Ladder(megabits: 1, 2), target: 10)
        _ = rule.decide(transfer: TransferSample(megabits: 9))
        #expect(rule.decide(buffer: 8).wait == 0)
    }
}

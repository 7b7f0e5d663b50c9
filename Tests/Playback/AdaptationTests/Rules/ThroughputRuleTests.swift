import Adaptation
import Testing

struct ThroughputRuleTests {
    private let ladder = Ladder(megabits: 1, 2, 4, 8)

    @Test("starts with the lowest version")
    func start() {
        var rule = ThroughputRule(ladder: ladder)
        #expect(rule.decide(RateDecisionInput(buffer: 20, previous: nil)) == RateDecision(index: 0, reason: .start))
    }

    @Test(
        "plays what the estimate less its margin sustains",
        arguments: [
            // safety, Mb/s, index
            (1.0, 4.001, 2), (0.9, 4, 1), (0.9, 4.44, 1), (0.9, 4.45, 2), (0.5, 15.9, 2), (0.5, 16.001, 3),
            (0.01, 100, 0),
        ])
    func choice(_ safety: Double, _ megabits: Double, _ index: Int) {
        var rule = ThroughputRule(ladder: ladder, safety: safety)
        let decision = rule.decide(RateDecisionInput(previous: 3, transfer: TransferSample(megabits: megabits)))
        #expect(decision.index == index)
        #expect(decision.reason == .throughput)
        #expect(agree(decision.throughput, megabits * 1e6))
        #expect(decision.wait == 0)
    }

    @Test("remembers: a decision without a new transfer repeats the one before")
    func memory() {
        var rule = ThroughputRule(ladder: ladder)
        let first = rule.decide(RateDecisionInput(previous: nil, transfer: TransferSample(megabits: 5)))
        #expect(rule.decide(RateDecisionInput(buffer: 18, previous: 0)) == first)
    }

    @Test("a run of transfers, by hand")
    func run() {
        // Half-lives 2 s and 4 s, transfers of 2 s: weights ½ and k = √½.
        var rule = ThroughputRule(ladder: Ladder(megabits: 1, 2, 3.9, 7.9), safety: 1, fastHalfLife: 2, slowHalfLife: 4)
        let k = 0.5.squareRoot()
        // In Mb/s: 8; then fast (8·¼ + 2·½) / ¾ = 4, slow ((8k + 2)(1 − k)) / ½ ≈ 4.49;
        // then fast (8·⅛ + 2·¼ + 2·½) / ⅞ = 20/7, slow higher still.
        #expect(abs((8 * k + 2) * (1 - k) / 0.5 - 4.485) < 0.001)
        let expected: [(Double, Int, Double)] = [(8, 3, 8e6), (2, 2, 4e6), (2, 1, 20e6 / 7)]
        for (megabits, index, throughput) in expected {
            let decision = rule.decide(RateDecisionInput(transfer: TransferSample(megabits: megabits)))
            #expect(decision.index == index)
            #expect(agree(decision.throughput, throughput))
        }
    }
}

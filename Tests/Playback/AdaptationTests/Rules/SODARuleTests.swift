import Adaptation
import Testing

/// 1, 2, 4 Mb/s: v = ln 4, ln 2, 0. Segments of 2 s, 20 s of buffer: the target is 12 s.
struct SODARuleTests {
    private let ladder = Ladder(megabits: 1, 2, 4)

    @Test(
        "one step ahead, by hand, with β = 1 and ε = 0.2",
        arguments: [
            // Mb/s, buffer, previous, γ, index, reason
            // 2 Mb/s fetch 4, 2, 1 s. At 12 s: 4·ln 4 + 0.2·2² + γ·ln² 2 = 6.83; 2·ln 2 = 1.39; 1² + γ·ln² 2 = 1.48.
            (2, 12, 1, 1, 1, .prediction),
            (2, 12, 1, 0, 1, .capped),  // without γ the highest costs 1; the cap is the lowest that is at least 2 Mb/s
            (2, 14, 1, 1, 1, .capped),  // 2.19 against 0.68
            (2, 4, 1, 1, 0, .prediction),  // 4·ln 4 + 6² + 0.48 = 42.0; 2·ln 2 + 8² = 65.4
            (2, 4, 1, 1000, 1, .prediction),  // a change costs 480
            // 2.5 Mb/s fetch 5, 2.5, 1.25 s. At 14 s: 2.5·ln 2 + 0.2·2.5² = 2.98; 0.2·1.25² + 0.48 = 0.79.
            (2.5, 14, 1, 1, 2, .prediction),
            // With nothing buffered 1 Mb/s sustains only the lowest version, 0.5 Mb/s none.
            (1, 0, 2, 1, 0, .prediction), (0.5, 0, 2, 1, 0, .prediction),
        ] as [(Double, Double, Int, Double, Int, RateDecision.Reason)])
    func step(
        _ megabits: Double, _ buffer: Double, _ previous: Int, _ gamma: Double, _ index: Int,
        _ reason: RateDecision.Reason
    ) {
        var rule = SODARule(ladder: ladder, beta: 1, gamma: gamma, epsilon: 0.2, horizon: 1, safety: 1)
        let decision = rule.decide(buffer: buffer, previous: previous, transfer: TransferSample(megabits: megabits))
        #expect(decision.index == index)
        #expect(decision.reason == reason)
    }

    @Test("two steps ahead: a change that one step does not repay")
    func twoSteps() {
        // 2 Mb/s at 8 s, from 2 Mb/s, β = 1. One step: lowest 4·ln 4 + 2² + γ·0.48 = 9.55 + 0.48·γ, stay 2·ln 2 + 4² = 17.39:
        // worth it up to γ = 16.3. Two steps: lowest twice 9.55 + 0.48·γ + 4·ln 4 + 0 = 15.09 + 0.48·γ, stay twice 34.77, stay
        // and then the lowest 17.39 + 9.55 + 0.48·γ = 26.93 + 0.48·γ: worth it up to γ = 40.9.
        for (horizon, gamma, index) in [(1, 16.0, 0), (1, 17.0, 1), (2, 17.0, 0), (2, 40.0, 0), (2, 41.5, 1)] {
            var rule = SODARule(ladder: ladder, beta: 1, gamma: gamma, epsilon: 0.2, horizon: horizon, safety: 1)
            let decision = rule.decide(buffer: 8, previous: 1, transfer: TransferSample(megabits: 2))
            #expect(decision.index == index, "\(horizon) \(gamma)")
        }
    }

    @Test("it looks no more than ten seconds ahead")
    func horizon() {
        let long = Ladder(megabits: 1, 2, 4, segment: 6, buffer: 60)
        for level in 0..<60 {
            let decisions = [1, 3].map { horizon in
                var rule = SODARule(ladder: long, horizon: horizon)
                return rule.decide(buffer: Double(level), previous: 1, transfer: TransferSample(megabits: 3))
            }
            #expect(decisions[0] == decisions[1])
        }
    }

    @Test("counts on three quarters of the estimated throughput")
    func safety() {
        var rule = SODARule(ladder: ladder)
        #expect(rule.decide(buffer: 9, previous: nil) == RateDecision(index: 0, reason: .start))
        #expect(agree(rule.decide(buffer: 9, transfer: TransferSample(megabits: 4)).throughput, 3e6))
    }
}

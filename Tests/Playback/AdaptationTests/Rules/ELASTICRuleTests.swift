import Adaptation
import Testing

struct ELASTICRuleTests {
    private let ladder = Ladder(megabits: 1, 2, 4, 5.5, 6.4)

    @Test(
        "b / (1 − k₁·q − k₂·q_I) for 5 Mb/s and a target of 10 s, after a transfer of 2 s",
        arguments: [
            (0.0, 2),  // 5 / (1 + 0.02) = 4.90
            (10, 3),  // 5 / 0.9 = 5.56
            (20, 4),  // 5 / (1 − 0.2 − 0.02) = 6.41
        ])
    func control(_ buffer: Double, _ index: Int) {
        var rule = ELASTICRule(ladder: ladder, target: 10)
        let decision = rule.decide(buffer: buffer, transfer: TransferSample(megabits: 5))
        #expect(decision.index == index)
        #expect(decision.reason == .throughput)
        #expect(decision.wait == 0)
    }

    @Test("the integral remembers a shortage, but no more of it than halves the bit rate")
    func integral() {
        var rule = ELASTICRule(ladder: ladder, target: 10)
        func after(_ count: Int) -> Int {
            var index = 0
            for _ in 0..<count { index = rule.decide(buffer: 0, transfer: TransferSample(megabits: 5)).index }
            return index
        }
        // 5 / (1 + 0.02·n): below 4 Mb/s from n = 13, never below 2.5 Mb/s.
        #expect(after(12) == 2)
        #expect(after(1) == 1)
        #expect(after(1000) == 1)
        // With a full buffer (10 s above its target) the debt of 1000 s² is paid back in fifty transfers of 2 s.
        for _ in 0..<50 { _ = rule.decide(buffer: 20, transfer: TransferSample(megabits: 5)) }
        #expect(rule.decide(buffer: 10, transfer: TransferSample(megabits: 5)).index == 3)
    }

    @Test("beyond the pole the highest version is fetched")
    func pole() {
        var rule = ELASTICRule(ladder: ladder, k1: 0.1, target: 10)
        #expect(rule.decide(buffer: 10, transfer: TransferSample(megabits: 0.1)).index == 4)
    }

    @Test(
        "left out, the target is 15 s, or half of the buffer where that is less",
        arguments: [(60.0, 15.0), (20, 10)])
    func standard(_ maxBuffer: Double, _ target: Double) {
        let ladder = Ladder(megabits: 1, 2, 4, buffer: maxBuffer)
        for level in 0..<20 {
            var without = ELASTICRule(ladder: ladder)
            var with = ELASTICRule(ladder: ladder, target: target)
            for _ in 0..<40 {
                let transfer = TransferSample(megabits: 3)
                let buffer = Double(level)
                #expect(
                    without.decide(buffer: buffer, transfer: transfer)
                        == with.decide(buffer: buffer, transfer: transfer))
            }
        }
    }

    @Test("starts with the lowest version")
    func start() {
        var rule = ELASTICRule(ladder: ladder)
        #expect(rule.decide(buffer: 20, previous: nil) == RateDecision(index: 0, reason: .start))
    }
}

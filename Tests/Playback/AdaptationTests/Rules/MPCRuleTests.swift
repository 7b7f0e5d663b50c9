import Adaptation
import Testing

/// 1, 2, 4 Mb/s in segments of 2 s, with a horizon of two segments and μ = 4 Mb/s: small enough for a pencil.
struct MPCRuleTests {
    private let ladder = Ladder(megabits: 1, 2, 4)

    @Test(
        "the first of the best two segments, by hand",
        arguments: [
            // Mb/s, buffer, previous, λ, μ, index
            (4, 10, 0, 1, 4, 2),  // (4 − 3) + 4 = 5
            (4, 1, 0, 1, 4, 1),  // 4 first stalls for 1 s: 1 − 4 + 4; 2 first: (2 − 1) + 2 = 3; 1 first: 1 + 1
            (1, 4, 2, 1, 4, 1),  // 4 first stalls for 4 s; 2, 1: (2 − 2) + (1 − 1) = 0; 1, 2: (1 − 3) + (2 − 1) = −1
            (1, 4, 2, 0, 4, 0),  // without λ: 2, 1 and 1, 2 are worth 3 both
            (1, 4, 2, 1, 0, 2),  // without μ nothing holds it back
            (0.1, 0, 0, 1, 4, 0),
        ] as [(Double, Double, Int, Double, Double, Int)])
    func plan(_ megabits: Double, _ buffer: Double, _ previous: Int, _ lambda: Double, _ mu: Double, _ index: Int) {
        var rule = MPCRule(ladder: ladder, isRobust: false, horizon: 2, lambda: lambda, mu: mu)
        let decision = rule.decide(
            buffer: buffer, previous: previous, transfer: TransferSample(megabits: megabits))
        #expect(decision.index == index)
        #expect(decision.reason == .prediction)
        #expect(agree(decision.throughput, megabits * 1e6))
    }

    @Test("for the last segment a climb costs what it brings: the lower version it is")
    func lastSegment() {
        var rule = MPCRule(ladder: ladder, isRobust: false)
        let transfer = TransferSample(megabits: 100)
        #expect(rule.decide(buffer: 10, previous: 0, segment: 99, transfer: transfer).index == 0)
        #expect(rule.decide(buffer: 10, previous: 0, segment: 98, transfer: transfer).index == 2)
    }

    @Test("left out, μ is the highest version's bit rate")
    func standardMu() {
        for tenths in 0..<100 {
            var without = MPCRule(ladder: ladder, isRobust: false)
            var with = MPCRule(ladder: ladder, isRobust: false, mu: 4)
            let transfer = TransferSample(megabits: 1.7)
            let buffer = Double(tenths) / 10
            #expect(
                without.decide(buffer: buffer, transfer: transfer) == with.decide(buffer: buffer, transfer: transfer))
        }
    }

    @Test("the prediction is the harmonic mean of the last five throughputs, latency included")
    func prediction() {
        var rule = MPCRule(ladder: ladder, isRobust: false)
        let megabits: [(Double, Double)] = [
            (4, 4), (2, 2 / 0.75), (4, 3), (1, 4 / 2.0), (1, 5 / 3.0), (1, 5 / 3.75), (2, 5 / 3.75),
        ]
        for (rate, mean) in megabits {
            // Half of the time is latency.
            let transfer = TransferSample(megabits: 2 * rate, duration: 1, latency: 1)
            #expect(agree(rule.decide(buffer: 8, transfer: transfer).throughput, mean * 1e6))
        }
    }

    @Test("robust-mpc divides it by one more than the largest of the last five errors")
    func robust() {
        var rule = MPCRule(ladder: ladder, isRobust: true)
        // Means 4, 8/3, 3, 3.2 and so on to 4; the error of 1 at the second transfer, and 1/3 at the third, leave the window
        // five transfers later.
        let expected: [(Double, Double)] = [
            (4, 4), (2, 8 / 3.0 / 2), (4, 3.0 / 2), (4, 3.2 / 2), (4, 10 / 3.0 / 2), (4, 10 / 3.0 / 2),
            (4, 4 / (4 / 3.0)),
        ]
        for (rate, bound) in expected {
            let decision = rule.decide(buffer: 8, transfer: TransferSample(megabits: rate))
            #expect(agree(decision.throughput, bound * 1e6))
        }
    }

    @Test("start with the lowest version")
    func start() {
        var rule = MPCRule(ladder: ladder, isRobust: true)
        #expect(rule.decide(buffer: 20, previous: nil) == RateDecision(index: 0, reason: .start))
        var table = FastMPCRule(ladder: ladder)
        #expect(table.decide(buffer: 20, previous: nil) == RateDecision(index: 0, reason: .start))
    }

    @Test(
        "fast-mpc: two bins each have their middles at 5 and 15 s, and at 1 and 4 Mb/s",
        arguments: [
            // Mb/s, buffer, previous, index
            (1.9, 9.9, 0, 0), (0.1, 0, 0, 0),  // 1, 2: 1 + (2 − 1)
            (2.1, 9.9, 0, 2), (100, 9.9, 0, 2),
            (1.9, 9.9, 2, 1),  // 4 first stalls for 3 s; 2, 1: 0
            (1.9, 10.1, 2, 2), (0.1, 20, 2, 2),  // 4, 4 take 8 s each
        ] as [(Double, Double, Int, Int)])
    func table(_ megabits: Double, _ buffer: Double, _ previous: Int, _ index: Int) {
        var rule = FastMPCRule(ladder: ladder, horizon: 2, lambda: 1, mu: 4, bins: 2)
        let decision = rule.decide(
            buffer: buffer, previous: previous, transfer: TransferSample(megabits: megabits))
        #expect(decision.index == index)
        #expect(decision.reason == .prediction)
    }

    @Test("fast-mpc: sessions that share a table decide alike, whoever comes first")
    func sharedTable() {
        for megabits in [0.7, 1.3, 2.9, 5.1] {
            var first = FastMPCRule(ladder: ladder)
            var second = FastMPCRule(ladder: ladder)
            let transfer = TransferSample(megabits: megabits)
            #expect(first.decide(buffer: 7, transfer: transfer) == second.decide(buffer: 7, transfer: transfer))
        }
    }
}

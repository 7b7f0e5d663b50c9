import Adaptation
import Testing

/// 1, 2, 4 Mb/s in segments of 2 s. With the standard horizon the first step's gain is 2/(2·2·v)·(v + v) = 1.
struct L2ARuleTests {
    /// A rule that has left its start-up with all probability on the middle version.
    private func steady() -> L2ARule {
        var rule = L2ARule(ladder: Ladder(megabits: 1, 2, 4), target: 6)
        _ = rule.decide(buffer: 6, previous: 1, transfer: TransferSample(megabits: 3))
        return rule
    }

    @Test("the throughput decides until the target is reached")
    func startUp() {
        var rule = L2ARule(ladder: Ladder(megabits: 1, 2, 4), target: 6)
        #expect(rule.decide(buffer: 0, previous: nil) == RateDecision(index: 0, reason: .start))
        for buffer in [3.0, 5.9, 6] {
            let decision = rule.decide(buffer: buffer, previous: 1, transfer: TransferSample(megabits: 3))
            #expect(decision.index == 1)
            #expect(decision.reason == .throughput)
        }
        #expect(rule.decide(buffer: 6, previous: 1, transfer: TransferSample(megabits: 3)).reason == .prediction)
    }

    @Test(
        "the first step, by hand",
        arguments: [
            (3.0, 1),  // (1/3, 1 + 2/3, −4/3) projects to (0, 1, 0)
            (10, 1),  // (0.1, 1.2, 0.4) to (0, 0.9, 0.1): mean 2.2
            (1.6, 0),  // (0.625, 1 − 1.25, −2.5) to (0.9375, 0.0625, 0): mean 1.06
            (0.01, 0),
        ])
    func step(_ megabits: Double, _ index: Int) {
        var rule = steady()
        let decision = rule.decide(buffer: 10, previous: 1, transfer: TransferSample(megabits: megabits))
        #expect(decision.index == index)
        #expect(decision.reason == .prediction)
    }

    @Test("learns what the network carries, climbing one version at a time")
    func learns() {
        var rule = steady()
        var previous = 0
        var highest = 0
        for _ in 0..<200 {
            let index = rule.decide(buffer: 10, previous: previous, transfer: TransferSample(megabits: 5)).index
            #expect(index <= previous + 1)
            previous = index
            highest = max(highest, index)
        }
        #expect(highest == 2)
    }

    @Test(
        "does not climb to what the latest throughput does not carry",
        arguments: [(1.9, 0, 0), (1.9, 1, 1), (2.1, 0, 1)])
    func caution(_ megabits: Double, _ previous: Int, _ index: Int) {
        // In segments of 0.2 s a step's gain is 0.1: (0.053, 0.895, −0.211) projects to (0.079, 0.921, 0), mean 1.92.
        var rule = L2ARule(ladder: Ladder(megabits: 1, 2, 4, segment: 0.2), target: 6)
        _ = rule.decide(buffer: 6, previous: 1, transfer: TransferSample(megabits: 3))
        let decision = rule.decide(buffer: 10, previous: previous, transfer: TransferSample(megabits: megabits))
        #expect(decision.index == index)
    }
}

import Adaptation
import Testing

/// Each transfer takes 2 s, and the next is decided on at its end.
struct PANDARuleTests {
    private func rule(_ ladder: Ladder = Ladder(megabits: 1, 2, 4, 8)) -> PANDARule {
        PANDARule(ladder: ladder, minimumBuffer: 10)
    }

    @Test(
        "the dead zone: 5 Mb/s carry 5 − 0.3 − 0.15·5 = 3.95 Mb/s on the way up and 4.7 Mb/s on the way down",
        arguments: [
            (0, 1, .throughput), (1, 1, .hold), (2, 2, .hold), (3, 2, .throughput),
        ] as [(Int, Int, RateDecision.Reason)])
    func deadZone(_ previous: Int, _ index: Int, _ reason: RateDecision.Reason) {
        var rule = rule()
        let decision = rule.decide(buffer: 10, previous: previous, transfer: TransferSample(megabits: 5))
        #expect(decision.index == index)
        #expect(decision.reason == reason)
        #expect(agree(decision.throughput, 5e6))
    }

    @Test(
        "the share is probed and smoothed, by hand",
        arguments: [
            (5.0, 5.0, 5.0),  // at rest
            (4, 10, 4 + 0.4 * 0.084),  // probed rises by 0.14·2·0.3
            (8, 2, 8 - 0.4 * 0.28 * 6),  // probed falls by 0.14·2·(8 − 2)
        ])
    func share(_ first: Double, _ second: Double, _ share: Double) {
        var rule = rule()
        _ = rule.decide(buffer: 0, transfer: TransferSample(megabits: first))
        let decision = rule.decide(buffer: 0, transfer: TransferSample(megabits: second))
        #expect(agree(decision.throughput, share * 1e6))
    }

    @Test("a step of the equations never overshoots, however long a transfer took")
    func longTransfer() {
        var rule = rule()
        _ = rule.decide(buffer: 0, transfer: TransferSample(megabits: 8))
        let decision = rule.decide(buffer: 0, transfer: TransferSample(megabits: 2, duration: 60))
        #expect(agree(decision.throughput, 2e6))
    }

    @Test(
        "requests are spaced by r·τ/ŷ + β·(B − B_min)",
        arguments: [(10.0, 0.0), (15, 0), (17, 0.2), (20, 0.8)])
    func schedule(_ buffer: Double, _ wait: Double) {
        // 2 Mb/s of 5: 0.8 s, and a fifth of what is above 10 s; 2 s of that the transfer took.
        var rule = rule()
        #expect(rule.decide(buffer: buffer, previous: 0, transfer: TransferSample(megabits: 5)).wait == 0)
        let decision = rule.decide(buffer: 10, previous: 1, transfer: TransferSample(megabits: 5))
        #expect(abs(decision.wait - wait) < 1e-9)
    }

    @Test("starts with the lowest version")
    func start() {
        var rule = rule()
        #expect(rule.decide(buffer: 20, previous: nil) == RateDecision(index: 0, reason: .start))
    }
}

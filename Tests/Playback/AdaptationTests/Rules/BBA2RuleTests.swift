import Adaptation
import Testing

/// 2 s segments and 20 s of buffer: reservoir 4 s, full at 18 s. At level B a segment has to gain 1.75 − 0.75·B/18 s.
struct BBA2RuleTests {
    private let ladder = Ladder(megabits: 1, 2, 3, 4)

    /// A segment that took `seconds`.
    private func transfer(_ seconds: Double) -> TransferSample { TransferSample(megabits: 1, duration: seconds) }

    @Test("climbs by one version a segment while each arrives much faster than it plays")
    func ramp() {
        var rule = BBA2Rule(ladder: ladder)
        #expect(rule.decide(buffer: 0, previous: nil) == RateDecision(index: 0, reason: .start))
        let levels = [(2.0, 0, 1), (3.8, 1, 2), (5.6, 2, 3), (7.4, 3, 3)]
        for (buffer, previous, index) in levels {
            let decision = rule.decide(buffer: buffer, previous: previous, transfer: transfer(0.2))
            #expect(decision == RateDecision(index: index, reason: .throughput))
        }
    }

    @Test(
        "the fuller the buffer, the less a segment has to gain",
        arguments: [(0, 0.26, 0), (0, 0.24, 1), (2, 0.34, 0), (2, 0.33, 1), (4, 0.42, 0), (4, 0.41, 1)])
    func threshold(_ buffer: Double, _ seconds: Double, _ index: Int) {
        var rule = BBA2Rule(ladder: ladder)
        let decision = rule.decide(buffer: buffer, previous: 0, transfer: transfer(seconds))
        #expect(decision == RateDecision(index: index, reason: index == 0 ? .hold : .throughput))
    }

    @Test("once the buffer has shrunk the map decides for good")
    func shrinks() {
        var rule = BBA2Rule(ladder: ladder)
        let shrunk = rule.decide(buffer: 3, previous: 2, transfer: transfer(2.5))
        #expect(shrunk == RateDecision(index: 0, reason: .buffer))
        let after = rule.decide(buffer: 3.9, previous: 0, transfer: transfer(0.1))
        #expect(after == RateDecision(index: 0, reason: .buffer))
    }

    @Test("once the map would choose higher it decides for good")
    func mapTakesOver() {
        // 2 + 6·5/14 = 4.14 Mbit at 9 s, 2.21 Mbit at 4.5 s.
        var rule = BBA2Rule(ladder: ladder)
        let higher = rule.decide(buffer: 9, previous: 0, transfer: transfer(1.5))
        #expect(higher == RateDecision(index: 1, reason: .buffer))
        let after = rule.decide(buffer: 4.5, previous: 1, transfer: transfer(0.1))
        #expect(after == RateDecision(index: 1, reason: .hold))
    }

    @Test("what was abandoned gains nothing and loses nothing")
    func abandoned() {
        var rule = BBA2Rule(ladder: ladder)
        rule.observe(
            TransferReport(segment: 3, index: 2, elapsed: 9, buffer: 1, sample: transfer(9), abandonedFor: 0))
        #expect(rule.decide(buffer: 2, previous: 0, transfer: transfer(0.2)).index == 1)
    }
}

import Adaptation
import Testing

struct FixedRuleTests {
    @Test(
        "plays the highest version that does not exceed the limit",
        arguments: [(nil, 0), (0.5, 0), (0.999_999, 0), (1, 0), (1.5, 0), (2, 1), (3.999_999, 1), (4, 2), (100, 2)])
    func choice(_ megabits: Double?, _ index: Int) {
        var rule = FixedRule(ladder: Ladder(megabits: 1, 2, 4), bitRate: megabits.map { $0 * 1e6 })
        let decision = RateDecision(index: index, reason: .fixed)
        #expect(rule.decide(previous: nil) == decision)
        #expect(rule.decide(buffer: 20, previous: 2) == decision)
    }

    @Test("takes the last of versions with the same bit rate")
    func equals() {
        var rule = FixedRule(ladder: Ladder(megabits: 1, 2, 2, 4), bitRate: 2e6)
        #expect(rule.decide().index == 2)
    }
}

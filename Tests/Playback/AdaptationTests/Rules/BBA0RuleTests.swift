import Adaptation
import Testing

struct BBA0RuleTests {
    /// Reservoir 10 s and cushion 20 s over 1, 2, 3, 4 Mb/s: f(B) = 1 + 3·(B − 10)/20.
    private let ladder = Ladder(megabits: 1, 2, 3, 4, buffer: 60)

    @Test(
        "algorithm 1, by hand",
        arguments: [
            // buffer, previous, index, reason
            (0, 3, 0, .buffer), (10, 3, 0, .buffer),  // within the reservoir
            (30, 0, 3, .buffer), (60, 1, 3, .buffer),  // above reservoir and cushion
            (15, 0, 0, .hold),  // f = 1.75 < 2
            (18, 0, 1, .buffer),  // f = 2.2
            (25, 0, 2, .buffer),  // f = 3.25 skips a version
            (25, 1, 2, .buffer), (25, 2, 2, .hold), (25, 3, 3, .hold),  // 2 < f < 4 holds 3, and f > 3 holds 4
            (23, 3, 2, .buffer),  // f = 2.95 ≤ 3: the lowest above f
            (12, 3, 1, .buffer),  // f = 1.3
            (12, 1, 1, .hold), (12, 0, 0, .hold),
        ] as [(Double, Int, Int, RateDecision.Reason)])
    func algorithm(_ buffer: Double, _ previous: Int, _ index: Int, _ reason: RateDecision.Reason) {
        var rule = BBA0Rule(ladder: ladder, reservoir: 10, cushion: 20)
        let decision = rule.decide(buffer: buffer, previous: previous)
        #expect(decision == RateDecision(index: index, reason: reason))
    }

    @Test("a map that meets a rate exactly stays below it, and above it on the way down")
    func exact() {
        // Cushion 30 s: f(20) = 2.
        var rule = BBA0Rule(ladder: ladder, reservoir: 10, cushion: 30)
        #expect(rule.decide(buffer: 20, previous: 0) == RateDecision(index: 0, reason: .buffer))
        #expect(rule.decide(buffer: 20, previous: 2) == RateDecision(index: 2, reason: .buffer))
    }

    @Test("the same level keeps different versions, depending on where it came from")
    func hysteresis() {
        var rule = BBA0Rule(ladder: ladder, reservoir: 10, cushion: 20)
        var previous = 0
        var climbed: [Int] = []
        for buffer in stride(from: 10.0, through: 30, by: 2) {
            previous = rule.decide(buffer: buffer, previous: previous).index
            climbed.append(previous)
        }
        var fell: [Int] = []
        for buffer in stride(from: 30.0, through: 10, by: -2) {
            previous = rule.decide(buffer: buffer, previous: previous).index
            fell.append(previous)
        }
        // f: 1, 1.3, 1.6, 1.9, 2.2, 2.5, 2.8, 3.1, 3.4, 3.7, 4
        #expect(climbed == [0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3])
        #expect(fell == [3, 3, 3, 3, 2, 2, 2, 1, 1, 1, 0])
    }

    @Test(
        "reservoir and cushion are 90/240 and 126/240 of the buffer when left out",
        arguments: [(240.0, 90.0, 216.0), (40, 15, 36)])
    func standard(_ maxBuffer: Double, _ reservoir: Double, _ top: Double) {
        var rule = BBA0Rule(ladder: Ladder(megabits: 1, 2, 3, 4, buffer: maxBuffer))
        #expect(rule.decide(buffer: reservoir, previous: 3).index == 0)
        #expect(rule.decide(buffer: reservoir + 0.001, previous: 0).reason == .hold)
        #expect(rule.decide(buffer: top - 0.001, previous: 0).index == 2)
        #expect(rule.decide(buffer: top, previous: 0).index == 3)
    }

    @Test("starts with the lowest version, whatever is buffered")
    func start() {
        var rule = BBA0Rule(ladder: ladder)
        #expect(rule.decide(buffer: 60, previous: nil) == RateDecision(index: 0, reason: .start))
    }

    @Test("a version that there is not counts as the nearest", arguments: [(-1, 0), (.min, 0), (4, 3), (.max, 3)])
    func odd(_ previous: Int, _ index: Int) {
        var rule = BBA0Rule(ladder: ladder, reservoir: 10, cushion: 20)
        #expect(rule.decide(buffer: .nan, previous: previous).index == index)
    }
}

import Adaptation
import Testing

struct BBA1RuleTests {
    /// Sizes of 100 segments, in Mbit: those of the bit rates, but half as much again in segment 50 and half in segment 51.
    private static let sizes = (0..<100).map { segment in
        [2.0, 4, 6, 8].map { $0 * (segment == 50 ? 1.5 : segment == 51 ? 0.5 : 1) }
    }

    @Test(
        "algorithm 1 over the sizes of the next segment, by hand: reservoir 6 s, full at 18 s, 2 + (B − 6)/2 Mbit",
        arguments: [
            // segment, buffer, previous, index, reason
            (49, 0, 3, 0, .buffer), (49, 6, 3, 0, .buffer),  // within the reservoir
            (49, 18, 0, 3, .buffer), (49, 20, 1, 3, .buffer),  // nine tenths of the buffer
            (49, 9, 0, 0, .hold),  // 3.5 < 4
            (49, 10.5, 0, 1, .buffer),  // 4.25
            (49, 15, 0, 2, .buffer), (49, 15, 2, 2, .hold), (49, 15, 3, 3, .hold),  // 6.5
            (49, 13.5, 3, 2, .buffer),  // 5.75 < 6
            // 3, 6, 9, 12 Mbit
            (50, 15, 0, 1, .buffer), (50, 15, 2, 2, .hold), (50, 15, 3, 2, .buffer),
            (50, 9, 1, 1, .hold), (50, 9, 2, 1, .buffer),
            // 1, 2, 3, 4 Mbit
            (51, 9, 0, 2, .buffer), (51, 9, 3, 3, .hold), (51, 10.5, 2, 3, .buffer),
        ] as [(Int, Double, Int, Int, RateDecision.Reason)])
    func algorithm(_ segment: Int, _ buffer: Double, _ previous: Int, _ index: Int, _ reason: RateDecision.Reason) {
        let ladder = Ladder(megabits: 1, 2, 3, 4, sizes: Self.sizes)
        var rule = BBA1Rule(ladder: ladder, leastReservoir: 6, mostReservoir: 10)
        let decision = rule.decide(buffer: buffer, previous: previous, segment: segment)
        #expect(decision == RateDecision(index: index, reason: reason))
    }

    @Test(
        "the reservoir is what the next 40 s lose at the lowest bit rate, between its bounds",
        arguments: [
            // Segments 30 to 34 lose two seconds each; twenty segments count.
            (10, 3.0), (11, 3), (12, 4), (13, 6), (14, 8), (15, 8), (29, 8), (35, 3), (99, 3), (.max, 3),
        ])
    func reservoir(_ segment: Int, _ level: Double) {
        let sizes = (0..<100).map { [(30..<35).contains($0) ? 4.0 : 2, 4, 6, 8] }
        let ladder = Ladder(megabits: 1, 2, 3, 4, sizes: sizes)
        var rule = BBA1Rule(ladder: ladder, leastReservoir: 3, mostReservoir: 8)
        #expect(rule.decide(buffer: level, previous: 1, segment: segment) == RateDecision(index: 0, reason: .buffer))
        let above = rule.decide(buffer: level + 0.01, previous: 1, segment: segment)
        #expect(above == RateDecision(index: 1, reason: .hold))
    }

    @Test(
        "left out, the reservoir is two segments, but no more than 90/240 of the buffer",
        arguments: [(20.0, 4.0), (8, 3)])
    func standard(_ maxBuffer: Double, _ level: Double) {
        // Sizes that are not known are those of the bit rates.
        var rule = BBA1Rule(ladder: Ladder(megabits: 1, 2, 3, 4, buffer: maxBuffer))
        #expect(rule.decide(buffer: level, previous: 1).index == 0)
        #expect(rule.decide(buffer: level + 0.01, previous: 1) == RateDecision(index: 1, reason: .hold))
        #expect(rule.decide(buffer: 0.9 * maxBuffer - 0.01, previous: 0).index == 2)
        #expect(rule.decide(buffer: 0.9 * maxBuffer, previous: 0).index == 3)
    }

    @Test("starts with the lowest version, whatever is buffered")
    func start() {
        var rule = BBA1Rule(ladder: Ladder(megabits: 1, 2))
        #expect(rule.decide(buffer: 20, previous: nil) == RateDecision(index: 0, reason: .start))
    }
}

import Adaptation
import Testing

struct ThroughputRuleTests {
    private let ladder = Ladder(megabits: 1, 2, 4, 8)

    @Test("starts with the lowest version")
    func start() {
        var rule = ThroughputRule(ladder: ladder)
        #expect(rule.decide(buffer: 20, previous: nil) == RateDecision(index: 0, reason: .start))
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
        let decision = rule.decide(buffer: 100, previous: 3, transfer: TransferSample(megabits: megabits))
        #expect(decision.index == index)
        #expect(decision.reason == .throughput)
        #expect(agree(decision.throughput, megabits * 1e6))
        #expect(decision.wait == 0)
    }

    @Test("remembers: a decision without a new transfer repeats the one before")
    func memory() {
        var rule = ThroughputRule(ladder: ladder)
        let first = rule.decide(buffer: 18, previous: nil, transfer: TransferSample(megabits: 5))
        #expect(rule.decide(buffer: 18, previous: 0) == first)
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
            let decision = rule.decide(buffer: 100, transfer: TransferSample(megabits: megabits))
            #expect(decision.index == index)
            #expect(agree(decision.throughput, throughput))
        }
    }

    @Test(
        "a low buffer holds it back, the more so the longer it has",
        arguments: [
            // 8 Mb/s: a segment of 8, 4, 2 Mb/s is 16, 8, 4 Mbit; 0.9·buffer·8 Mb/s must hold it.
            (3.0, 3, .throughput), (2.22, 2, .lowBuffer), (1.11, 1, .lowBuffer), (0.5, 0, .lowBuffer),
            (0, 0, .lowBuffer),
        ] as [(Double, Int, RateDecision.Reason)])
    func lowBuffer(_ buffer: Double, _ index: Int, _ reason: RateDecision.Reason) {
        var rule = ThroughputRule(ladder: ladder, safety: 1)
        let decision = rule.decide(buffer: buffer, previous: 3, transfer: TransferSample(megabits: 8.001))
        #expect(decision.index == index)
        #expect(decision.reason == reason)
    }

    @Test("the part of the buffer that may go by falls by tenths from 0.9 to a half")
    func shrinkingPart() {
        var rule = ThroughputRule(ladder: ladder, safety: 1)
        // 16 Mbit at 8 Mb/s take 2 s: 0.9, 0.81, 0.729, 0.6561, 0.59049, 0.531441, 0.5, 0.5 of the buffer.
        let buffers = [2.23, 2.47, 2.75, 3.05, 3.39, 3.77, 4.01, 4.01]
        for buffer in buffers {
            let transfer = TransferSample(megabits: 8.001)
            #expect(rule.decide(buffer: buffer, previous: 3, transfer: transfer).index == 3)
        }
        #expect(rule.decide(buffer: 3.99, previous: 3).index == 2)
    }

    @Test(
        "a transfer that would take 1.8 times its segment's length is abandoned after half a second",
        arguments: [
            // elapsed, received, size in Mbit, lower version
            (0.49, 0.5, 16, nil),  // too early
            (1.0, 5.0, 16, nil),  // 3.2 s expected, 3.6 s are the limit
            (1.0, 4.0, 16, 1),  // 4 s expected; 4 Mb/s less a tenth sustain 2 Mb/s
            (1.0, 0.5, 16, 0),
            (10, 15.5, 16, nil),  // less is left than the lower version has
        ] as [(Double, Double, Double, Int?)])
    func abandonment(_ elapsed: Double, _ received: Double, _ size: Double, _ lower: Int?) {
        var rule = ThroughputRule(ladder: ladder)
        _ = rule.decide(buffer: 20, transfer: TransferSample(megabits: 20))
        #expect(rule.reconsiders)
        let progress = TransferProgress(
            segment: 7, index: 3, elapsed: elapsed, latency: 0, received: received * 1e6, size: size * 1e6, buffer: 4)
        #expect(rule.reconsider(progress) == lower)
    }

    @Test("throughput-harmonic: the harmonic mean of the last transfers")
    func harmonic() {
        var rule = ThroughputRule(ladder: ladder, safety: 1, window: 2)
        #expect(rule.decide(buffer: 20, previous: nil) == RateDecision(index: 0, reason: .start))
        // 6, then 2/(1/6 + 1/2) = 3, then 2/(1/2 + 1/8) = 3.2, then 8
        let expected: [(Double, Int, Double)] = [(6, 2, 6), (2, 1, 3), (8, 1, 3.2), (8, 3, 8)]
        for (megabits, index, mean) in expected {
            let decision = rule.decide(buffer: 100, transfer: TransferSample(megabits: megabits))
            #expect(decision.index == index)
            #expect(agree(decision.throughput, mean * 1e6))
        }
    }
}

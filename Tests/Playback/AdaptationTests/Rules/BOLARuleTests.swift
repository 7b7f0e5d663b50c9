import Adaptation
import Testing

/// 1, 2, 4 Mb/s: υ = 0, ln 2, ln 4. With γp = 5, a version beats the one below it
/// above V·(2·5 − (ln 2 + 5)) = V·4.306853 s, and V·(2·(ln 2 + 5) − (ln 4 + 5)) = V·5 s.
struct BOLARuleTests {
    private let ladder = Ladder(megabits: 1, 2, 4)

    @Test(
        "bola-basic: segments of 2 s and 20 s of buffer make V = 18/(ln 4 + 5) = 2.818536",
        arguments: [
            // Thresholds 12.139021 and 14.092680.
            (-5, 0), (0, 0), (12.139, 0), (12.140, 1), (14.092, 1), (14.093, 2), (18, 2), (40, 2),
        ] as [(Double, Int)])
    func basic(_ buffer: Double, _ index: Int) {
        var rule = BOLARule(ladder: ladder, variant: .basic(isCapped: false))
        #expect(rule.decide(buffer: buffer) == RateDecision(index: index, reason: .buffer))
    }

    @Test(
        "bola-basic: a buffer of its own moves the thresholds",
        arguments: [(5.395, 0), (5.396, 1), (6.263, 1), (6.264, 2)])
    func basicBuffer(_ buffer: Double, _ index: Int) {
        // V = 8/(ln 4 + 5) = 1.252683: 5.395123 and 6.263415.
        var rule = BOLARule(ladder: ladder, variant: .basic(isCapped: false), buffer: 10)
        #expect(rule.decide(buffer: buffer).index == index)
    }

    @Test("bola-basic: a buffer below two segments counts as two", arguments: [0.5, 2, 4])
    func basicSmallBuffer(_ seconds: Double) {
        // V = 2/(ln 4 + 5) = 0.313171: 1.348779 and 1.565853.
        var rule = BOLARule(ladder: ladder, variant: .basic(isCapped: false), buffer: seconds)
        let chosen = [1.34, 1.35, 1.56, 1.57].map { rule.decide(buffer: $0).index }
        #expect(chosen == [0, 1, 1, 2])
    }

    @Test("bola-basic: γp moves the thresholds")
    func gammaP() {
        // γp = 1: V = 18/(ln 4 + 1) = 7.543046; 2·1 − (ln 2 + 1) = 0.306853 and 2·(ln 2 + 1) − (ln 4 + 1) = 1.
        var rule = BOLARule(ladder: ladder, variant: .basic(isCapped: false), gammaP: 1)
        let chosen = [2.31, 2.32, 7.54, 7.55].map { rule.decide(buffer: $0).index }
        #expect(chosen == [0, 1, 1, 2])
    }

    @Test("of versions that tie the lowest is chosen", arguments: [0.0, 5, 12, 18])
    func ties(_ buffer: Double) {
        var basic = BOLARule(ladder: Ladder(megabits: 3, 3, 3), variant: .basic(isCapped: false))
        #expect(basic.decide(buffer: buffer, previous: 2).index == 0)
        var finite = BOLARule(ladder: Ladder(megabits: 3, 3, 3), variant: .utility)
        #expect(finite.decide(buffer: buffer, previous: 2).index == 0)
    }

    @Test("both start with the lowest version")
    func start() {
        var basic = BOLARule(ladder: ladder, variant: .basic(isCapped: false))
        #expect(basic.decide(buffer: 18, previous: nil) == RateDecision(index: 0, reason: .start))
        var finite = BOLARule(ladder: ladder, variant: .utility)
        #expect(finite.decide(buffer: 18, previous: nil) == RateDecision(index: 0, reason: .start))
    }

    @Test(
        "bola-u: the buffer grows with the number of segments from the nearer end",
        arguments: [
            // n/2 segments, no fewer than 3, no more than the buffer:
            // 3 segments: V = 4/(ln 4 + 5) = 0.626342, thresholds 2.697563 and 3.131708.
            (1, 2.69, 0), (1, 2.70, 1), (1, 3.13, 1), (1, 3.14, 2), (6, 2.70, 1), (6, 3.14, 2),
            (94, 2.69, 0), (94, 2.70, 1), (99, 3.14, 2),
            // 4 segments, n = 8: V = 6/(ln 4 + 5) = 0.939512, thresholds 4.046340 and 4.697560.
            (8, 4.04, 0), (8, 4.05, 1), (8, 4.69, 1), (8, 4.70, 2), (92, 4.04, 0), (92, 4.70, 2),
            // From n = 20 on the whole buffer.
            (20, 12.139, 0), (20, 12.140, 1), (50, 14.092, 1), (50, 14.093, 2), (80, 12.139, 0),
        ] as [(Int, Double, Int)])
    func finiteVideo(_ segment: Int, _ buffer: Double, _ index: Int) {
        var rule = BOLARule(ladder: ladder, variant: .utility)
        let decision = rule.decide(buffer: buffer, previous: 0, segment: segment, of: 100)
        #expect(decision == RateDecision(index: index, reason: .buffer))
    }

    @Test(
        "bola-u: the throughput caps a climb one version above what it sustains",
        arguments: [
            // Mb/s, buffer, previous, index, reason
            (4.001, 15, 0, 2, .buffer),  // sustained
            (2.5, 15, 0, 2, .capped),  // 1 is sustained, 2 is one above it
            (1.5, 15, 0, 1, .capped),
            (1.5, 15, 1, 1, .capped),  // 0 is sustained; it is not lowered, it does not climb
            (0.1, 15, 0, 1, .capped),
            (1.5, 13, 0, 1, .capped),
            (0.1, 15, 2, 2, .buffer),  // no climb, no cap
            (0.1, 13, 2, 1, .buffer),
            (100, 0, 2, 0, .buffer),  // the throughput raises nothing
        ] as [(Double, Double, Int, Int, RateDecision.Reason)])
    func cap(_ megabits: Double, _ buffer: Double, _ previous: Int, _ index: Int, _ reason: RateDecision.Reason) {
        var rule = BOLARule(ladder: ladder, variant: .utility)
        let decision = rule.decide(buffer: buffer, previous: previous, transfer: TransferSample(megabits: megabits))
        #expect(decision.index == index)
        #expect(decision.reason == reason)
        #expect(agree(decision.throughput, megabits * 1e6))
    }

    @Test("bola-u: latency counts against what the throughput sustains")
    func latency() {
        var rule = BOLARule(ladder: ladder, variant: .utility)
        let decision = rule.decide(buffer: 15, transfer: TransferSample(megabits: 4, latency: 1.5))
        // 1.5 s + 2·2/4 s exceeds 2 s: 0 is sustained.
        #expect(decision.index == 1)
        #expect(decision.reason == .capped)
    }

    @Test("bola-e: a wait is a number, whatever levels and times are claimed", arguments: [true, false])
    func extremes(_ avoidsOscillation: Bool) {
        var rule = BOLAERule(ladder: ladder, avoidsOscillation: avoidsOscillation)
        func input(_ buffer: Double) -> RateDecisionInput {
            RateDecisionInput(time: 9, segment: 3, segmentCount: 9, buffer: buffer, previous: 0)
        }
        func report(elapsed: Double) -> TransferReport {
            TransferReport(segment: 2, index: 0, elapsed: elapsed, buffer: 1, sample: TransferSample(megabits: 4))
        }
        rule.observe(report(elapsed: 1))
        _ = rule.decide(input(1))
        rule.observe(report(elapsed: -1.7e308))
        let decision = rule.decide(input(1.7e308))
        #expect(decision.wait >= 0 && decision.wait.isFinite)
    }
}

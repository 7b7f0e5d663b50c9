import Adaptation
import Testing

struct ThroughputEstimatorTests {
    /// Half-lives of 3 s and 6 s, that is of one and two segments, so that the weights are powers of √½.
    private func estimator(_ samples: TransferSample...) -> ThroughputEstimator {
        var estimator = ThroughputEstimator(
            ladder: Ladder(megabits: 1, segment: 3), fastHalfLife: 3, slowHalfLife: 6)
        for sample in samples { estimator.add(sample) }
        return estimator
    }

    private let root = 0.5.squareRoot()

    @Test("knows nothing before the first transfer")
    func nothing() {
        #expect(estimator().throughput == nil)
        #expect(estimator().latency == 0)
    }

    @Test("one transfer is the estimate, whatever its length", arguments: [0.001, 0.5, 3, 600])
    func first(_ duration: Double) {
        let estimate = estimator(TransferSample(megabits: 4, duration: duration, latency: 0.25))
        #expect(agree(estimate.throughput, 4e6))
        #expect(agree(estimate.latency, 0.25))
    }

    @Test("the slow average holds back when the throughput rises")
    func rising() {
        let estimate = estimator(TransferSample(megabits: 1, duration: 3), TransferSample(megabits: 4, duration: 3))
        // Fast: (1·½·½ + 4·½) / (1 − ¼) = 3. Slow, with k = √½: (1·(1 − k)·k + 4·(1 − k)) / (1 − ½).
        #expect(agree(estimate.throughput, 1e6 * ((1 - root) * root + 4 * (1 - root)) / 0.5))
    }

    @Test("the fast average holds back when the throughput falls")
    func falling() {
        let estimate = estimator(TransferSample(megabits: 4, duration: 3), TransferSample(megabits: 1, duration: 3))
        // (4·½·½ + 1·½) / (1 − ¼)
        #expect(agree(estimate.throughput, 2e6))
    }

    @Test("weights are seconds of transfer: two short ones count as one that is as long as both")
    func weights() {
        let halves = estimator(
            TransferSample(megabits: 1, duration: 3), TransferSample(megabits: 4, duration: 1),
            TransferSample(megabits: 4, duration: 2))
        let whole = estimator(TransferSample(megabits: 1, duration: 3), TransferSample(megabits: 4, duration: 3))
        #expect(agree(halves.throughput, whole.throughput ?? 0))
    }

    @Test("latency counts once a segment, and the higher average counts")
    func latency() {
        let rising = estimator(
            TransferSample(megabits: 1, duration: 1, latency: 0.1),
            TransferSample(megabits: 1, duration: 9, latency: 0.4))
        // Fast, half-life one segment: (0.1·½·½ + 0.4·½) / ¾.
        #expect(agree(rising.latency, 0.3))
        let falling = estimator(
            TransferSample(megabits: 1, latency: 0.4), TransferSample(megabits: 1, latency: 0.1))
        // Slow, half-life two segments.
        #expect(agree(falling.latency, (0.4 * (1 - root) * root + 0.1 * (1 - root)) / 0.5))
    }

    @Test(
        "a transfer that says nothing changes nothing",
        arguments: [
            TransferSample(bits: 0, duration: 1, latency: 0), TransferSample(bits: -1, duration: 1, latency: 0),
            TransferSample(bits: 1e6, duration: 0, latency: 0), TransferSample(bits: 1e6, duration: -1, latency: 0),
            TransferSample(bits: .nan, duration: 1, latency: 0),
            TransferSample(bits: .infinity, duration: 1, latency: 0),
            TransferSample(bits: 1e6, duration: .nan, latency: 0),
            TransferSample(bits: 1e6, duration: .infinity, latency: 0),
            TransferSample(bits: 1e300, duration: 1e-300, latency: 0),
        ])
    func useless(_ sample: TransferSample) {
        let before = estimator(TransferSample(megabits: 2, latency: 0.1))
        var after = before
        after.add(sample)
        #expect(after == before)
        #expect(estimator(sample).throughput == nil)
    }

    @Test("a latency that is no number is left out, the throughput is not", arguments: [Double.nan, .infinity])
    func oddLatency(_ latency: Double) {
        let estimate = estimator(TransferSample(megabits: 2, latency: latency))
        #expect(agree(estimate.throughput, 2e6))
        #expect(estimate.latency == 0)
    }

    @Test(
        "a version is sustainable when latency and transfer take no longer than the segment plays",
        arguments: [
            // Mb/s, latency, index in 1, 2, 4, 8 Mb/s with segments of 2 s
            (0.5, 0.0, 0), (1, 0, 0), (1.999, 0, 0), (2, 0, 1), (3.999, 0, 1), (4, 0, 2), (8, 0, 3), (1000, 0, 3),
            (4, 0.5, 1), (5.333, 0.5, 1), (5.334, 0.5, 2), (1000, 1.99, 2), (1000, 2, 0),
        ])
    func sustainable(_ megabits: Double, _ latency: Double, _ index: Int) {
        var estimator = ThroughputEstimator(ladder: Ladder(megabits: 1))
        estimator.add(TransferSample(megabits: 1, latency: latency))
        #expect(estimator.sustainable(Ladder(megabits: 1, 2, 4, 8), at: megabits * 1e6) == index)
    }

    @Test("a throughput of nothing sustains the lowest version", arguments: [0, -1, .nan, .leastNonzeroMagnitude])
    func none(_ throughput: Double) {
        let estimator = ThroughputEstimator(ladder: Ladder(megabits: 1))
        // Below zero is not asked for, but must not trap.
        #expect((0...3).contains(estimator.sustainable(Ladder(megabits: 1, 2, 4, 8), at: throughput)))
    }
}

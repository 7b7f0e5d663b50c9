import NetworkEmulation
import TestSupport
import Testing

@Suite("A bandwidth profile")
struct BandwidthProfileTests {
    /// 2 s of 1000 kb/s, 3 s of outage, 1 s of 4000 kb/s.
    let gap = profile((2, 1000, 10), (3, 0, 20), (1, 4000, 30))

    @Test(
        "tells bandwidth and latency of any time, and repeats for ever",
        arguments: [
            (0.0, 1e6, 0.010), (1.999, 1e6, 0.010), (2, 0, 0.020), (4.999, 0, 0.020), (5, 4e6, 0.030),
            (6, 1e6, 0.010), (8, 0, 0.020), (600_005.5, 4e6, 0.030),
        ])
    func lookup(time: Double, bandwidth: Double, latency: Double) {
        #expect(gap.bandwidth(at: time) == bandwidth)
        #expect(gap.latency(at: time) == latency)
    }

    @Test(
        "carries its integral",
        arguments: [
            (0.0, 0.0, 0.0), (0, 1, 1e6), (0.5, 1.5, 1e6), (1, 5, 1e6), (2, 5, 0), (0, 6, 6e6), (1, 7, 6e6),
            (5.5, 6.5, 2.5e6), (0, 600, 600e6), (3, 2, 0),
        ])
    func integral(start: Double, end: Double, bits: Double) {
        #expect(gap.bits(from: start, to: end) == bits)
    }

    @Test(
        "knows when bits have been carried, waiting for outages to end",
        arguments: [
            (0.0, 0.0, 0.0), (0, 1e6, 1), (0, 2e6, 2), (0, 2e6 + 4e6, 6), (0, 3e6, 5.25), (3, 4e6, 6), (3, 5e6, 7),
            (2, 0, 2), (0, 600e6, 600), (1, 601e6, 602), (5.5, 2e6, 6),
        ])
    func inverse(start: Double, bits: Double, end: Double) {
        #expect(gap.time(from: start, bits: bits) == end)
    }

    @Test("ends bits with the period rather than with an outage behind it")
    func outageLast() {
        let profile = profile((1, 1000, 0), (9, 0, 0))
        #expect(profile.time(from: 0, bits: 1e6) == 1)
        #expect(profile.time(from: 0, bits: 3e6) == 21)
        #expect(profile.time(from: 5, bits: 1e6) == 11)
        #expect(profile.time(from: 0.5, bits: 1e6) == 10.5)
    }

    @Test("says when it changes next")
    func changes() {
        #expect(gap.nextChange(after: 0) == 2)
        #expect(gap.nextChange(after: 2) == 5)
        #expect(gap.nextChange(after: 5.5) == 6)
        #expect(gap.nextChange(after: 6) == 8)
    }

    @Test("has a mean and a range")
    func statistics() {
        #expect(gap.meanBandwidth == 1e6)
        #expect(gap.bandwidthRange == 0...4e6)
        #expect(gap.bitsPerPeriod == 6e6)
    }
}

@Suite("Randomised: a bandwidth profile")
struct RandomisedBandwidthProfileTests {
    @Test("has an integral and an inverse that agree")
    func inverse() {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<fuzzRounds(default: 2_000) {
            let profile = BandwidthProfile.random(using: &generator)
            let start = Double.random(in: 0...100, using: &generator)
            let bits = Double.random(in: 1...1e8, using: &generator)
            let end = profile.time(from: start, bits: bits)
            #expect(end > start)
            #expect(abs(profile.bits(from: start, to: end) - bits) <= 1e-6 * bits + 1)
            // Nothing earlier carries as much, so that a transfer never ends in an outage.
            #expect(profile.bits(from: start, to: end - 1e-6) < bits)
            let middle = Double.random(in: start...end, using: &generator)
            let sum = profile.bits(from: start, to: middle) + profile.bits(from: middle, to: end)
            #expect(abs(sum - bits) <= 1e-6 * bits + 1)
        }
    }
}

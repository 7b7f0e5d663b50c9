import NetworkEmulation
import Testing

@testable import Benchmark

@Suite("Distributions")
struct EmpiricalDistributionTests {
    @Test(
        "have quantiles straight between neighbours",
        arguments: [
            ([4.0, 1, 3, 2], 0.5, 2.5), ([4, 1, 3, 2], 0, 1), ([4, 1, 3, 2], 1, 4), ([4, 1, 3, 2], 0.25, 1.75),
            ([7], 0.975, 7), ([1, 2, 100], 0.5, 2), ([.nan, 5, .infinity], 0.5, 5),
        ])
    func quantiles(values: [Double], probability: Double, expected: Double) {
        #expect(EmpiricalDistribution(values).quantile(probability) == expected)
    }

    @Test("step at each value, by the part of the sample that has it")
    func steps() {
        let distribution = EmpiricalDistribution([2, 1, 2, 5])
        #expect(distribution.steps.map(\.value) == [1, 2, 5])
        #expect(distribution.steps.map(\.probability) == [0.25, 0.75, 1])
        for (value, probability) in [(0.5, 0.0), (1, 0.25), (1.9, 0.25), (2, 0.75), (5, 1), (9, 1)] {
            #expect(distribution.probability(upTo: value) == probability)
        }
    }

    @Test("of nothing have none of it")
    func empty() {
        let distribution = EmpiricalDistribution([])
        #expect(distribution.median == nil && distribution.steps.isEmpty && distribution.probability(upTo: 1) == 0)
    }
}

@Suite("The bootstrap")
struct BootstrapTests {
    @Test("gives equal values an interval without extent, and a single one none")
    func degenerate() {
        #expect(Bootstrap().interval(ofMean: [2, 2, 2]) == 2...2)
        #expect(Bootstrap().interval(ofMean: [2]) == nil)
        #expect(Bootstrap().interval(ofMean: []) == nil)
    }

    @Test("of two values is by hand: a quarter of the resamples each lie at the ends")
    func two() {
        // The means are 0, 1/2 and 1 with probabilities 1/4, 1/2 and 1/4.
        #expect(Bootstrap(resamples: 4000).interval(ofMean: [0, 1]) == 0...1)
        #expect(Bootstrap(resamples: 4000, level: 0.4).interval(ofMean: [0, 1]) == 0.5...0.5)
    }

    @Test("depends on the seed and on nothing else")
    func determinism() {
        let values = (0..<25).map { Double($0 * $0 % 17) }
        let first = Bootstrap(resamples: 500, seed: 3).interval(ofMean: values)
        #expect(first == Bootstrap(resamples: 500, seed: 3).interval(ofMean: values))
        #expect(first != Bootstrap(resamples: 500, seed: 4).interval(ofMean: values))
    }

    @Test("gives each of many samples the interval that it has alone")
    func many() {
        let bootstrap = Bootstrap(resamples: 300, seed: 7)
        let samples = (0..<60).map { sample in (0..<sample).map { Double($0 * sample % 13) } }
        #expect(bootstrap.intervals(ofMeans: samples) == samples.map(bootstrap.interval(ofMean:)))
        #expect(bootstrap.intervals(ofMeans: []).isEmpty)
    }

    @Test("moves with the values and scales with them")
    func equivariance() throws {
        let values = (0..<16).map { Double($0 * 7 % 11) }
        let interval = try #require(Bootstrap(resamples: 400).interval(ofMean: values))
        let moved = try #require(Bootstrap(resamples: 400).interval(ofMean: values.map { $0 * 4 + 64 }))
        #expect(abs(moved.lowerBound - (interval.lowerBound * 4 + 64)) < 1e-9)
        #expect(abs(moved.upperBound - (interval.upperBound * 4 + 64)) < 1e-9)
    }

    @Test("holds the mean about as often as it says")
    func coverage() throws {
        var generator = SplitMix64(seed: 11)
        var held = 0
        for round in 0..<300 {
            let sample = (0..<40).map { _ in 5 + generator.normal() }
            let interval = try #require(
                Bootstrap(resamples: 400, seed: UInt64(round)).interval(ofMean: sample))
            if interval.contains(5) { held += 1 }
        }
        // 0.95 less what 40 values cost; the standard error of 300 rounds is 1.3 %.
        #expect((270...296).contains(held), "\(held) of 300")
    }
}

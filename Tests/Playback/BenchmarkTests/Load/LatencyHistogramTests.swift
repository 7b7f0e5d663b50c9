import Testing

@testable import Benchmark

@Suite("Histogram of latencies")
struct LatencyHistogramTests {
    @Test("percentiles of a thousand times are exact to a thousandth")
    func percentiles() throws {
        var histogram = LatencyHistogram()
        for millisecond in 1...1000 { histogram.record(Double(millisecond) / 1000) }
        let summary = try #require(histogram.summary)
        #expect(summary.count == 1000)
        for (value, expected) in [
            (summary.p50, 0.5), (summary.p95, 0.95), (summary.p99, 0.99), (summary.maximum, 1), (summary.mean, 0.5005),
        ] {
            #expect(abs(value / expected - 1) < 0.002)
        }
        #expect(histogram.steps.last?.share == 1)
        #expect(zip(histogram.steps, histogram.steps.dropFirst()).allSatisfy { $0.seconds <= $1.seconds })
    }

    @Test("times that cannot be count as the nearest that can", arguments: [-1, -Double.infinity, .nan])
    func impossible(_ seconds: Double) throws {
        var histogram = LatencyHistogram()
        histogram.record(seconds)
        #expect(histogram.summary?.maximum == 0)
        histogram.record(.infinity)
        #expect(abs(try #require(histogram.summary).maximum / 3600 - 1) < 0.002)
    }

    @Test("there is nothing to tell of no times")
    func empty() {
        #expect(LatencyHistogram().summary == nil)
        #expect(LatencyHistogram().steps.isEmpty)
    }
}

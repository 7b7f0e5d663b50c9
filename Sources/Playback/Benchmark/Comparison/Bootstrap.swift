import Dispatch
import NetworkEmulation
import Synchronization

/// How sure a mean is, without supposing a distribution: the percentile bootstrap (Efron and Tibshirani, "An Introduction
/// to the Bootstrap", 1993, chapter 13).
///
/// Equal input gives equal output. Intervals of few values are too narrow: those of ten hold the mean in about nine of ten
/// cases instead of nineteen of twenty.
package struct Bootstrap: Sendable, Hashable {
    /// How often as many values are drawn, with replacement, as there are.
    package var resamples: Int
    /// The part of the resampled means that the interval holds, between 0 and 1.
    package var level: Double
    /// Of the draws.
    package var seed: UInt64

    package init(resamples: Int = 10_000, level: Double = 0.95, seed: UInt64 = 1) {
        self.resamples = resamples
        self.level = level
        self.seed = seed
    }

    /// The interval of the mean of each of `samples`, as ``interval(ofMean:)`` gives it, all cores at work.
    ///
    /// Each one draws from the seed anew, so that figures depend neither on the number of cores nor on who is first.
    package func intervals(ofMeans samples: [[Double]]) -> [ClosedRange<Double>?] {
        let intervals = Mutex([ClosedRange<Double>?](repeating: nil, count: samples.count))
        DispatchQueue.concurrentPerform(iterations: samples.count) { index in
            let interval = interval(ofMean: samples[index])
            intervals.withLock { $0[index] = interval }
        }
        return intervals.withLock { $0 }
    }

    /// The interval of the mean of `values`, which are finite; nil for fewer than two.
    package func interval(ofMean values: [Double]) -> ClosedRange<Double>? {
        guard values.count > 1, resamples > 0 else { return nil }
        var generator = SplitMix64(seed: seed)
        let means = values.withUnsafeBufferPointer { values in
            (0..<resamples).map { _ in
                var sum = 0.0
                for _ in values { sum += values[generator.index(below: values.count)] }
                return sum / Double(values.count)
            }
        }
        let distribution = EmpiricalDistribution(means)
        guard let lower = distribution.quantile((1 - level) / 2), let upper = distribution.quantile((1 + level) / 2)
        else { return nil }
        return lower...max(lower, upper)
    }
}

/// How a link's bandwidth and latency change over time: piecewise constant, and repeated for ever.
///
/// Time 0 is the start of the first step; see `BandwidthProfile+Integral.swift` for what a link needs to know of it.
package struct BandwidthProfile: Sendable, Hashable {
    /// A stretch of time in which nothing changes.
    package struct Step: Sendable, Hashable {
        /// In seconds; above zero.
        package var duration: Double
        /// In bits/s; zero is an outage.
        package var bandwidth: Double
        /// Added to each request, in seconds.
        package var latency: Double

        /// A step of `duration` seconds, `bandwidth` bits/s and `latency` seconds.
        package init(duration: Double, bandwidth: Double, latency: Double) {
            self.duration = duration
            self.bandwidth = bandwidth
            self.latency = latency
        }
    }

    /// What reports and tables call the profile.
    package let name: String
    /// Never empty, and at least one of them has bandwidth.
    package let steps: [Step]
    /// Time after which the profile starts again, in seconds: the sum of the steps.
    package let period: Double

    /// When each step starts, in seconds from the period's start; one more entry for the period's end.
    let startTimes: [Double]
    /// Bits that fit before each step starts, counted from the period's start; one more entry for the whole period.
    let cumulativeBits: [Double]

    /// - Precondition: `steps` is as ``steps`` promises, all its numbers are finite, and a period carries a positive
    ///   and finite number of bits; readers of files check it and throw.
    package init(name: String, steps: [Step]) {
        precondition(steps.contains { $0.bandwidth > 0 }, "a profile needs a step with bandwidth")
        precondition(steps.allSatisfy { $0.duration > 0 && $0.bandwidth >= 0 && $0.latency >= 0 })
        var startTimes = [0.0]
        var cumulativeBits = [0.0]
        startTimes.reserveCapacity(steps.count + 1)
        cumulativeBits.reserveCapacity(steps.count + 1)
        var time = 0.0
        var bits = 0.0
        for step in steps {
            time += step.duration
            bits += step.duration * step.bandwidth
            startTimes.append(time)
            cumulativeBits.append(bits)
        }
        precondition(time.isFinite && bits.isFinite && bits > 0, "a period carries a finite number of bits")
        self.name = name
        self.steps = steps
        self.period = time
        self.startTimes = startTimes
        self.cumulativeBits = cumulativeBits
    }
}

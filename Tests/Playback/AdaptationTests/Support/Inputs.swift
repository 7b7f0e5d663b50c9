import Adaptation

extension Ladder {
    /// A ladder of rungs in Mb/s.
    init(megabits: Double..., segment: Double = 2, buffer: Double = 20) {
        self.init(bitRates: megabits.map { $0 * 1e6 }, segmentDuration: segment, maxBuffer: buffer)
    }

    /// The same with sizes in Mbit, by segment and version.
    init(megabits: Double..., segment: Double = 2, buffer: Double = 20, sizes: [[Double]]) {
        self.init(
            bitRates: megabits.map { $0 * 1e6 }, segmentDuration: segment, maxBuffer: buffer,
            sizes: sizes.map { $0.map { $0 * 1e6 } })
    }
}

extension RateDetermination {
    /// What the rule decides on an input in which only what a test is about is set, after a transfer if one is given.
    mutating func decide(
        buffer: Double = 0, previous: Int? = 0, segment: Int = 50, of count: Int = 100, idle: Double = 0,
        transfer: TransferSample? = nil
    ) -> RateDecision {
        if let transfer {
            observe(
                TransferReport(
                    segment: segment - 1, index: previous ?? 0, elapsed: transfer.latency + transfer.duration,
                    buffer: buffer, sample: transfer))
        }
        return decide(
            RateDecisionInput(
                time: 0, segment: segment, segmentCount: count, buffer: buffer, previous: previous, idle: idle))
    }
}

extension TransferSample {
    /// A transfer at `megabits` Mb/s that took `duration` seconds.
    init(megabits: Double, duration: Double = 2, latency: Double = 0) {
        self.init(bits: megabits * 1e6 * duration, duration: duration, latency: latency)
    }
}

/// Whether two numbers agree to nine digits.
func agree(_ a: Double?, _ b: Double) -> Bool {
    guard let a else { return false }
    return abs(a - b) <= 1e-9 * max(abs(a), abs(b))
}

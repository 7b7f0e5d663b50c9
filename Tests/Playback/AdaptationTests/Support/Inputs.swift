import Adaptation

extension Ladder {
    /// A ladder of rungs in Mb/s.
    init(megabits: Double..., segment: Double = 2, buffer: Double = 20) {
        self.init(bitRates: megabits.map { $0 * 1e6 }, segmentDuration: segment, maxBuffer: buffer)
    }
}

extension RateDecisionInput {
    /// An input in which only what a test is about is set.
    init(
        buffer: Double = 0, previous: Int? = 0, segment: Int = 50, of count: Int = 100,
        transfer: TransferSample? = nil
    ) {
        self.init(
            time: 0, segment: segment, segmentCount: count, buffer: buffer, previous: previous,
            latestTransfer: transfer)
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

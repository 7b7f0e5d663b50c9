/// The harmonic mean of the latest throughputs, which outliers upwards hardly move (Jiang et al., CoNEXT 2012).
struct HarmonicMean: Sendable, Hashable {
    private let window: Int
    private var rates: [Double] = []

    /// - Parameter window: how many throughputs count; at least one.
    init(window: Int) { self.window = max(window, 1) }

    /// Takes a throughput into account; what is no positive number says nothing.
    mutating func add(_ rate: Double) {
        guard rate > 0, rate.isFinite else { return }
        if rates.count == window { rates.removeFirst() }
        rates.append(rate)
    }

    /// Bits/s; nil before the first.
    var mean: Double? {
        guard !rates.isEmpty else { return nil }
        let mean = Double(rates.count) / rates.reduce(0) { $0 + 1 / $1 }
        return mean > 0 && mean.isFinite ? mean : nil
    }
}

extension TransferSample {
    /// Bits/s from the request to the last byte: what a segment can count on, its latency included; nil where the
    /// transfer says nothing.
    var effectiveRate: Double? {
        let time = duration + (latency > 0 ? latency : 0)
        let rate = bits / time
        return bits > 0 && duration > 0 && time.isFinite && rate > 0 && rate.isFinite ? rate : nil
    }
}

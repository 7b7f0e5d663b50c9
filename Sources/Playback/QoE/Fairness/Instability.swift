/// How unsteady a session's bit rate is: the metric of FESTIVE (Jiang, Sekar, Zhang, CoNEXT 2012).
///
/// At a time t, with b the bit rate once a second and weights w(d) = k − d that count the latest most,
///
///     Σ d=0…k−1 |b(t−d) − b(t−d−1)|·w(d)  /  Σ d=1…k b(t−d)·w(d)
///
/// The paper's k is 20 s.
package enum Instability {
    /// Seconds that the metric looks back: the paper's k.
    package static let window = 20

    /// The metric at the last of `bitRates`, which follow each other by a second; of more than ``window`` + 1 the last
    /// ones count, and where there are fewer, k is the number of steps between them.
    ///
    /// - Returns: 0 or more; nil where there are fewer than two bit rates, or nothing to divide by.
    package static func value(of bitRates: some BidirectionalCollection<Double>) -> Double? {
        let recent = bitRates.suffix(window + 1)
        let k = recent.count - 1
        guard k > 0 else { return nil }
        var (changes, level) = (0.0, 0.0)
        var later = recent.last ?? 0
        for (index, earlier) in recent.dropLast().reversed().enumerated() {
            changes += (later - earlier).magnitude * Double(k - index)
            // This is b(t−d) for d = index + 1, and the weight of the oldest is 0.
            level += earlier * Double(k - index - 1)
            later = earlier
        }
        // Of two bit rates the paper's divisor is empty; the older one stands in for it.
        if k == 1 { level = recent.first ?? 0 }
        return level > 0 ? changes / level : nil
    }

    /// The mean of the metric over the seconds of a session that have a whole ``window`` before them; over its last second
    /// alone, where there are none.
    ///
    /// - Parameter bitRates: one for each second, in order.
    /// - Returns: nil where the metric has no value at any of them.
    package static func mean(of bitRates: [Double]) -> Double? {
        // Sooner a session's first step upwards, which all take, would outweigh everything.
        let values = bitRates.indices.dropFirst(min(window, max(bitRates.count - 1, 0))).compactMap {
            value(of: bitRates[max($0 - window, 0)...$0])
        }
        return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }
}

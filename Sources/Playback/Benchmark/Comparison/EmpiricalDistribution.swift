/// The distribution of a sample.
package struct EmpiricalDistribution: Sendable, Hashable {
    /// Ascending; finite.
    package let values: [Double]

    /// The distribution of those of `values` that are finite.
    package init(_ values: [Double]) { self.values = values.filter(\.isFinite).sorted() }

    /// The value below which a part `probability` (0 to 1) of the sample lies, straight between neighbours (definition 7 of
    /// Hyndman and Fan, "Sample quantiles in statistical packages", 1996); nil for an empty sample.
    package func quantile(_ probability: Double) -> Double? {
        guard let last = values.last else { return nil }
        let position = min(max(probability, 0), 1) * Double(values.count - 1)
        let index = Int(position)
        guard index + 1 < values.count else { return last }
        return values[index] + (position - Double(index)) * (values[index + 1] - values[index])
    }

    /// The middle value, or the mean of the middle two.
    package var median: Double? { quantile(0.5) }

    /// The part of the sample that is no greater than `value`.
    package func probability(upTo value: Double) -> Double {
        guard !values.isEmpty else { return 0 }
        var (low, high) = (0, values.count)
        while low < high {
            let middle = (low + high) / 2
            if values[middle] <= value { low = middle + 1 } else { high = middle }
        }
        return Double(low) / Double(values.count)
    }

    /// Where the distribution function steps, and what it steps to, ascending to 1.
    package var steps: [(value: Double, probability: Double)] {
        values.indices.filter { $0 + 1 == values.count || values[$0 + 1] > values[$0] }
            .map { (values[$0], Double($0 + 1) / Double(values.count)) }
    }
}

/// How evenly something is shared: the index of Jain, Chiu and Hawe (DEC Research Report TR-301, 1984),
/// (Σx)² / (n·Σx²).
///
/// 1 where all have the same, k/n where k of n share evenly and the others have nothing. It has no unit and does not
/// depend on the scale of the shares.
package enum JainIndex {
    /// The index of `shares`, each 0 or more and finite.
    ///
    /// - Returns: from 1/n to 1; nil where there are no shares, or all are 0, or one is no such number.
    package static func value(of shares: [Double]) -> Double? {
        guard let largest = shares.max(), largest > 0, shares.allSatisfy({ $0 >= 0 && $0.isFinite }) else { return nil }
        // As parts of the largest: squares of bit rates of any size stay within range.
        var (sum, squares) = (0.0, 0.0)
        for share in shares {
            let part = share / largest
            sum += part
            squares += part * part
        }
        return min(sum * sum / (Double(shares.count) * squares), 1)
    }
}

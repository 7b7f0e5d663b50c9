package import Presentation

/// `value` × `factor` ÷ `divisor`, rounded to the nearest, halves away from zero; nil when it does not fit.
/// - Precondition: `divisor` is positive.
package func rescale(_ value: Int64, by factor: Int64, over divisor: Int64) -> Int64? {
    let product = Int128(value) * Int128(factor)
    let half = Int128(divisor / 2)
    return Int64(exactly: (product + (product < 0 ? -half : half)) / Int128(divisor))
}

extension Rational {
    /// The nearest fraction whose terms are both at most `limit`, by continued fractions; itself if it fits already.
    /// - Precondition: the fraction is positive and `limit` at least 1.
    package func approximated(limit: Int) -> Rational {
        guard numerator > limit || denominator > limit else { return self }
        var (a, b) = (numerator, denominator)
        var (previous, current) = ((n: 0, d: 1), (n: 1, d: 0))
        while b != 0 {
            let quotient = a / b
            let (n, overflowN) = quotient.multipliedReportingOverflow(by: current.n)
            let (d, overflowD) = quotient.multipliedReportingOverflow(by: current.d)
            guard !overflowN, !overflowD, n <= limit - previous.n, d <= limit - previous.d else { break }
            (previous, current) = (current, (n + previous.n, d + previous.d))
            (a, b) = (b, a % b)
        }
        guard current.n > 0, current.d > 0 else {
            return numerator > denominator ? Rational(limit) : Rational(1, limit)
        }
        return Rational(current.n, current.d)
    }

    /// The product of two fractions, or nil when it does not fit into 64 bits.
    package func multiplied(by other: Rational) -> Rational? {
        let first = Rational(numerator, other.denominator)
        let second = Rational(other.numerator, denominator)
        let (n, overflowN) = first.numerator.multipliedReportingOverflow(by: second.numerator)
        let (d, overflowD) = first.denominator.multipliedReportingOverflow(by: second.denominator)
        return overflowN || overflowD ? nil : Rational(n, d)
    }
}

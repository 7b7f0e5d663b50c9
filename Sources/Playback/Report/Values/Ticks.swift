/// The marks of an axis: round numbers, evenly spaced, and a range that ends on or near them.
///
/// Steps are 1, 2 or 5 times a power of ten; on an axis of seconds, steps above ten follow the clock (15, 30, 60,
/// 120, 300 …).
struct Ticks: Sendable, Hashable {
    /// The least value of the axis, in the unit shown.
    var lower: Double
    /// The greatest value of the axis, greater than `lower`.
    var upper: Double
    /// The distance between marks, above zero.
    var step: Double

    /// Values beyond this are clamped, so that no sum or product of coordinates overflows.
    static let limit = 1e15

    /// Marks for values between `lower` and `upper`, about `count` of them (2 to 20).
    ///
    /// Any input is fine: values that are not finite count as zero, a reversed range is turned round, and a range
    /// without extent is widened. With `rounded`, the range is widened to whole steps.
    init(from lower: Double, to upper: Double, count: Int, isTime: Bool = false, rounded: Bool = true) {
        var low = Self.clamped(min(lower.isFinite ? lower : 0, upper.isFinite ? upper : 0))
        var high = Self.clamped(max(lower.isFinite ? lower : 0, upper.isFinite ? upper : 0))
        let magnitude = max(low.magnitude, high.magnitude)
        if high - low <= max(magnitude * 1e-9, 1e-9) {
            // One value only: zero to it, when it has a size, or a range around it.
            if magnitude <= 1e-9 {
                (low, high) = (0, 1)
            } else if low > 0 {
                (low, high) = (0, high * 1.25)
            } else {
                (low, high) = (low * 1.25, 0)
            }
        }
        let step = Self.step(atLeast: (high - low) / Double(min(max(count, 2), 20)), isTime: isTime)
        self.step = step
        // A hair of tolerance keeps 0.30000000000000004 from opening another step.
        self.lower = rounded ? (low / step + 1e-6).rounded(.down) * step : low
        self.upper = rounded ? (high / step - 1e-6).rounded(.up) * step : high
    }

    /// The positions of the marks, ascending, all within the range.
    var values: [Double] {
        let first = (lower / step - 1e-6).rounded(.up)
        let last = (upper / step + 1e-6).rounded(.down)
        guard last >= first else { return [] }
        return (0...Int(min(last - first, 60))).map { (first + Double($0)) * step }
    }

    /// The digits after the point that the marks need.
    var digits: Int {
        var digits = 0
        var scaled = step
        while digits < 12, (scaled - scaled.rounded()).magnitude > scaled * 1e-6 {
            scaled *= 10
            digits += 1
        }
        return digits
    }

    /// The text of the mark at `value`.
    func label(_ value: Double) -> String { DecimalText.fixed(value, digits: digits) }

    /// The smallest round step that is no smaller than `minimum`.
    static func step(atLeast minimum: Double, isTime: Bool) -> Double {
        if isTime, minimum > 10 {
            for step in [15.0, 20, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400] where step >= minimum {
                return step
            }
        }
        var power = 1.0
        while power * 10 <= minimum { power *= 10 }
        while power > minimum { power /= 10 }
        for factor in [1.0, 2, 5] where power * factor >= minimum * (1 - 1e-9) { return power * factor }
        return power * 10
    }

    /// `value` within ±``limit``.
    static func clamped(_ value: Double) -> Double { min(max(value, -limit), limit) }
}

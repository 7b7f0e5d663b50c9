/// What the numbers of an axis or a column measure, and how they are shown.
///
/// Values stay in the base unit everywhere in the API; only the rendering chooses a prefix, one for a whole axis or
/// column, so that 4 200 000 bit/s reads `4.2` under a heading that says `Mbit/s`.
package struct ReportUnit: Sendable, Hashable {
    /// How a value becomes the number shown.
    package enum Scaling: Sendable, Hashable {
        /// As it is.
        case plain
        /// Divided by 10³, 10⁶, 10⁹ or 10¹², with the prefix k, M, G or T.
        case decimalPrefix
        /// A share of one, shown in percent.
        case percentage
    }

    /// The symbol of the base unit, such as `bit/s`; empty for plain numbers.
    package var symbol: String
    /// How a value becomes the number shown.
    package var scaling: Scaling
    /// Whether ticks go in steps of 15, 30, 60 … once they pass ten.
    var isTime = false

    /// A unit named by `symbol`.
    package init(_ symbol: String, scaling: Scaling = .plain) {
        self.symbol = symbol
        self.scaling = scaling
    }

    /// A plain number.
    package static let none = ReportUnit("")
    /// Bits a second, shown with a decimal prefix.
    package static let bitsPerSecond = ReportUnit("bit/s", scaling: .decimalPrefix)
    /// Bytes, shown with a decimal prefix.
    package static let bytes = ReportUnit("B", scaling: .decimalPrefix)
    /// A share of one, shown in percent.
    package static let percentage = ReportUnit("%", scaling: .percentage)
    /// Milliseconds.
    package static let milliseconds = ReportUnit("ms")
    /// Seconds.
    package static let seconds = {
        var unit = ReportUnit("s")
        unit.isTime = true
        return unit
    }()

    /// A unit with its prefix chosen.
    struct Display: Hashable {
        /// The base value is multiplied by this to get the number shown.
        var factor: Double
        /// The symbol with its prefix.
        var symbol: String
    }

    /// How values up to `magnitude` are shown.
    func display(upTo magnitude: Double) -> Display {
        switch scaling {
        case .plain: return Display(factor: 1, symbol: symbol)
        case .percentage: return Display(factor: 100, symbol: symbol)
        case .decimalPrefix:
            for (divisor, prefix) in [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")] where magnitude >= divisor {
                return Display(factor: 1 / divisor, symbol: prefix + symbol)
            }
            return Display(factor: 1, symbol: symbol)
        }
    }

    /// `value` alone with its unit, such as `4.2 Mbit/s`; ``DecimalText/missing`` when not finite.
    package func text(_ value: Double, significant: Int = 3) -> String {
        guard value.isFinite else { return DecimalText.missing }
        let display = display(upTo: value.magnitude)
        let number = DecimalText.compact(value * display.factor, significant: significant)
        return display.symbol.isEmpty ? number : "\(number) \(display.symbol)"
    }

    /// A range with its unit, such as `0.12 to 0.34 Mbit/s`: one prefix and one count of digits for both ends.
    package func text(from lower: Double, to upper: Double, significant: Int = 3) -> String {
        guard lower.isFinite, upper.isFinite else { return DecimalText.missing }
        let magnitude = max(lower.magnitude, upper.magnitude)
        let display = display(upTo: magnitude)
        let digits = DecimalText.digits(of: magnitude * display.factor, significant: significant)
        let numbers = [lower, upper].map { DecimalText.fixed($0 * display.factor, digits: digits) }
        return numbers.joined(separator: " to ") + (display.symbol.isEmpty ? "" : " " + display.symbol)
    }
}

/// An axis laid out: from values in the base unit to positions in the picture.
struct AxisScale {
    let axis: Axis
    let ticks: Ticks
    let display: ReportUnit.Display
    /// The position of the lower end.
    var origin = 0.0
    /// The signed length, negative when values grow upwards.
    var length = 1.0

    /// An axis that shows `extent`, with about `count` marks.
    init(_ axis: Axis, showing extent: Extent, count: Int, includesZero: Bool, rounded: Bool) {
        self.axis = axis
        var extent = extent
        if includesZero, !extent.isEmpty { extent.include(0) }
        let minimum = axis.minimum.flatMap { $0.isFinite ? $0 : nil }
        let maximum = axis.maximum.flatMap { $0.isFinite ? $0 : nil }
        let lower = minimum ?? min(extent.lower, maximum ?? extent.lower)
        let upper = max(maximum ?? extent.upper, lower)
        display = axis.unit.display(upTo: max(lower.magnitude, upper.magnitude))
        ticks = Ticks(
            from: lower * display.factor, to: upper * display.factor, count: count,
            isTime: axis.unit.isTime, rounded: rounded && maximum == nil)
    }

    /// The label with its unit.
    var title: String { display.symbol.isEmpty ? axis.label : "\(axis.label) (\(display.symbol))" }

    /// The position of `value`, in the base unit.
    func position(_ value: Double) -> Double { tickPosition(Ticks.clamped(value) * display.factor) }

    /// The position of `value`, in the unit shown.
    func tickPosition(_ value: Double) -> Double {
        let position = origin + (value - ticks.lower) / (ticks.upper - ticks.lower) * length
        return min(max(position, -100_000), 100_000)
    }

    /// The width of the widest mark's text.
    func labelWidth(size: Double) -> Double {
        ticks.values.map { TextMetrics.width(ticks.label($0), size: size) }.max() ?? 0
    }
}

/// The least and greatest of the finite values seen.
struct Extent: Sendable, Hashable {
    private(set) var isEmpty = true
    private var least = 0.0
    private var greatest = 0.0

    /// Takes `value` in; not when it is not finite.
    mutating func include(_ value: Double) {
        guard value.isFinite else { return }
        let value = Ticks.clamped(value)
        least = isEmpty ? value : min(least, value)
        greatest = isEmpty ? value : max(greatest, value)
        isEmpty = false
    }

    /// The least value; 0 when there is none.
    var lower: Double { least }
    /// The greatest value; 1 when there is none.
    var upper: Double { isEmpty ? 1 : greatest }
}

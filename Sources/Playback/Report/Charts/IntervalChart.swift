/// A value with the range in which it may lie.
package struct IntervalRow: Sendable, Hashable {
    /// What the value is of.
    package var label: String
    /// Not drawn when not finite.
    package var value: Double
    /// Nil where there is none.
    package var interval: ClosedRange<Double>?

    /// A row of an ``IntervalChart``, in the base unit of its axis.
    package init(_ label: String, value: Double, interval: ClosedRange<Double>?) {
        self.label = label
        self.value = value
        self.interval = interval
    }

    /// Whether the interval leaves out zero: then the value is more than chance.
    var isClear: Bool { interval.map { $0.lowerBound > 0 || $0.upperBound < 0 } ?? false }
}

/// Values with their intervals, one below the other, beside a line at zero (a forest plot: Lewis and Clarke, BMJ 2001).
/// Values whose interval touches zero are drawn hollow.
package struct IntervalChart: Chart, Hashable {
    package var axis: Axis
    package var rows: [IntervalRow]
    /// The colour's number in the palette, 0 to 7.
    package var color: Int

    /// A chart of `rows`, top to bottom.
    package init(axis: Axis, rows: [IntervalRow], color: Int = 0) {
        self.axis = axis
        self.rows = rows
        self.color = color
    }

    package func svg(layout: ChartLayout, title: String, description: String) -> String {
        var drawing = IntervalDrawing(self, layout: layout)
        return drawing.svg(title: title, description: description)
    }
}

/// A picture of numbers. Every chart is a value that draws itself, at a width that suits a wide screen or a phone.
///
/// Charts take any numbers: values that are not finite are gaps, empty series draw empty axes.
package protocol Chart: Sendable {
    /// The chart as one inline SVG element.
    ///
    /// - Parameters:
    ///   - layout: The width to draw for.
    ///   - title: What the chart shows, read out in place of the picture.
    ///   - description: More about it, for those who cannot see it.
    func svg(layout: ChartLayout, title: String, description: String) -> String
}

/// The width a chart is drawn for. A page holds charts in both, and its style sheet shows the one that fits, so that
/// lettering keeps its size on a phone.
package enum ChartLayout: String, Sendable, CaseIterable {
    /// For screens and paper, 960 units wide.
    case wide
    /// For phones and for figures of half the width, 390 units wide.
    case narrow

    /// The width in user units; lettering is 13 units high.
    var width: Double {
        switch self {
        case .wide: 960
        case .narrow: 390
        }
    }
}

/// One axis: what it measures, in which unit, and which range it must show.
package struct Axis: Sendable, Hashable {
    /// What is measured, such as `Bit rate`.
    package var label: String
    /// The unit of the values.
    package var unit: ReportUnit
    /// The least value shown, in the base unit; nil to take it from the data.
    package var minimum: Double?
    /// The greatest value shown, in the base unit; nil to take it from the data.
    package var maximum: Double?

    /// An axis of `label`, whose range comes from the data where no bound is given.
    package init(_ label: String, unit: ReportUnit = .none, minimum: Double? = nil, maximum: Double? = nil) {
        self.label = label
        self.unit = unit
        self.minimum = minimum
        self.maximum = maximum
    }

    /// An axis of seconds.
    package static func time(_ label: String = "Time", maximum: Double? = nil) -> Axis {
        Axis(label, unit: .seconds, minimum: 0, maximum: maximum)
    }
}

/// A point of a series, in the base units of its axes.
package struct ChartPoint: Sendable, Hashable {
    package var x: Double
    package var y: Double

    /// The point at `x` and `y`.
    package init(_ x: Double, _ y: Double) {
        self.x = x
        self.y = y
    }
}

/// Stretches of the horizontal axis that are shaded through every panel, such as the stalls of a session.
package struct ChartBand: Sendable, Hashable {
    /// One stretch; an end before the start, or a bound that is not finite, draws nothing.
    package struct Interval: Sendable, Hashable {
        package var start: Double
        package var end: Double

        /// The stretch from `start` to `end`.
        package init(from start: Double, to end: Double) {
            self.start = start
            self.end = end
        }
    }

    /// What the stretches are, for the legend.
    package var label: String
    package var intervals: [Interval]

    /// Shaded stretches that share one label.
    package init(_ label: String, intervals: [Interval]) {
        self.label = label
        self.intervals = intervals
    }
}

/// A vertical line with a label, such as the moment when the origin was killed.
package struct ChartMarker: Sendable, Hashable {
    package var label: String
    /// Where on the horizontal axis.
    package var x: Double

    /// A marker at `x`.
    package init(_ label: String, at x: Double) {
        self.label = label
        self.x = x
    }
}

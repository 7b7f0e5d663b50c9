/// The bars of one colour: one value for each category.
package struct BarSeries: Sendable, Hashable {
    /// What the bars show, for the legend.
    package var name: String
    /// The values in the order of the categories; nil, or a value that is not finite, draws no bar.
    package var values: [Double?]
    /// The colour's number in the palette, 0 to 7; nil for the next one of the chart.
    package var color: Int?

    /// Bars of `values`.
    package init(_ name: String, _ values: [Double?], color: Int? = nil) {
        self.name = name
        self.values = values
        self.color = color
    }
}

/// Bars from zero, grouped by category, each with its value written beside it.
package struct BarChart: Chart, Hashable {
    /// Which way the bars grow.
    package enum Orientation: Sendable, Hashable {
        /// To the right, one category below the other.
        case horizontal
        /// Upwards, side by side; drawn horizontally where the lettering would not fit.
        case vertical
    }

    /// The names of the groups.
    package var categories: [String]
    /// The axis of the values.
    package var axis: Axis
    package var series: [BarSeries]
    package var orientation: Orientation

    /// Bars of `series` in groups of `categories`.
    package init(
        categories: [String], axis: Axis, series: [BarSeries], orientation: Orientation = .horizontal
    ) {
        self.categories = categories
        self.axis = axis
        self.series = series
        self.orientation = orientation
    }

    package func svg(layout: ChartLayout, title: String, description: String) -> String {
        var drawing = BarDrawing(self, layout: layout)
        return drawing.svg(title: title, description: description)
    }
}

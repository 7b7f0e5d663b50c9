/// A point of a scatter chart.
package struct ScatterPoint: Sendable, Hashable {
    package var x: Double
    package var y: Double
    /// What stands beside the point; empty for nothing.
    package var label: String

    /// A labelled point, in the base units of the axes. A point that is not finite is not drawn.
    package init(_ x: Double, _ y: Double, label: String = "") {
        self.x = x
        self.y = y
        self.label = label
    }
}

/// Points of one colour and shape.
package struct ScatterSeries: Sendable, Hashable {
    /// What the points are, for the legend.
    package var name: String
    package var points: [ScatterPoint]
    /// The colour's number in the palette, 0 to 7; nil for the next one of the chart.
    package var color: Int?

    /// Points that belong together.
    package init(_ name: String, _ points: [ScatterPoint], color: Int? = nil) {
        self.name = name
        self.points = points
        self.color = color
    }
}

/// Labelled points over a pair of axes, such as mean bit rate against rebuffer ratio. Labels move aside from points
/// and from each other; one without room stays away and shows under the pointer.
package struct ScatterChart: Chart, Hashable {
    package var xAxis: Axis
    package var yAxis: Axis
    package var series: [ScatterSeries]
    /// Corners of a dashed line behind the points, such as Pareto's front; empty for none.
    package var front: [ChartPoint]
    /// The height of the plot in user units; nil for a height that suits the width.
    package var height: Double?

    /// A chart of `series`. The axes begin at zero unless they say otherwise or values lie below.
    package init(
        x xAxis: Axis, y yAxis: Axis, series: [ScatterSeries], front: [ChartPoint] = [], height: Double? = nil
    ) {
        self.xAxis = xAxis
        self.yAxis = yAxis
        self.series = series
        self.front = front
        self.height = height
    }

    package func svg(layout: ChartLayout, title: String, description: String) -> String {
        var drawing = ScatterDrawing(self, layout: layout)
        return drawing.svg(title: title, description: description)
    }
}

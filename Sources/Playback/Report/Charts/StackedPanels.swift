/// One of the charts that share a horizontal axis.
package struct ChartPanel: Sendable, Hashable {
    package var yAxis: Axis
    package var series: [LineSeries]
    /// The height of the plot in user units, 40 to 1000.
    package var height: Double
    /// How many of the series, from the first on, are drawn one on top of the other; they need a point at the same places.
    package var stacked: Int

    /// A panel of `series`.
    package init(y yAxis: Axis, series: [LineSeries], height: Double = 140, stacked: Int = 0) {
        self.yAxis = yAxis
        self.series = series
        self.height = height
        self.stacked = stacked
    }

    /// The series as they are drawn: those that are stacked with the ones below them added, each with the line that its
    /// area reaches down to; nil where that is the axis.
    var drawn: [(series: LineSeries, base: [ChartPoint]?)] {
        var base: [ChartPoint]?
        return series.enumerated().map { index, series in
            guard index < stacked else { return (series, nil) }
            var sum = series
            if let base {
                sum.points = zip(series.points, base).map { ChartPoint($0.x, $0.y + $1.y) }
            }
            defer { base = sum.points }
            return (sum, base)
        }
    }
}

/// Charts one above the other over the same horizontal axis, with bands and markers through all of them: what the
/// network gave, what the client chose, what its buffer held.
package struct StackedPanels: Chart, Hashable {
    package var xAxis: Axis
    package var panels: [ChartPanel]
    package var bands: [ChartBand]
    package var markers: [ChartMarker]

    /// Panels from top to bottom.
    package init(x xAxis: Axis, panels: [ChartPanel], bands: [ChartBand] = [], markers: [ChartMarker] = []) {
        self.xAxis = xAxis
        self.panels = panels
        self.bands = bands
        self.markers = markers
    }

    package func svg(layout: ChartLayout, title: String, description: String) -> String {
        var drawing = PanelDrawing(self, layout: layout)
        return drawing.svg(title: title, description: description)
    }
}

/// One of the charts that share a horizontal axis.
package struct ChartPanel: Sendable, Hashable {
    package var yAxis: Axis
    package var series: [LineSeries]
    /// The height of the plot in user units, 40 to 1000.
    package var height: Double

    /// A panel of `series`.
    package init(y yAxis: Axis, series: [LineSeries], height: Double = 140) {
        self.yAxis = yAxis
        self.series = series
        self.height = height
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

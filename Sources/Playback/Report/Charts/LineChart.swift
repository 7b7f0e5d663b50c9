/// A line of a chart.
package struct LineSeries: Sendable, Hashable {
    /// How the line runs between its points.
    package enum Interpolation: Sendable, Hashable {
        /// Straight from point to point.
        case linear
        /// Level until the next point, then straight up or down: a value that holds until it changes. The line ends
        /// at the last point; repeat the last value at the end of the axis to hold it until there.
        case stepAfter
    }

    /// How the line is broken, so that series differ by more than colour.
    package enum Dash: String, Sendable, Hashable, CaseIterable {
        case solid, dashed, dotted

        /// The pattern of the series number `index`: solid in each colour first, then dashed, then dotted, which makes
        /// 24 that differ.
        init(series index: Int) {
            let round = (index - PaletteIndex.wrapped(index)) / PaletteIndex.count
            let count = Self.allCases.count
            self = Self.allCases[(round % count + count) % count]
        }
    }

    /// What the line shows, for the legend.
    package var name: String
    /// The points; sorted by x when drawn. A y that is not finite interrupts the line.
    package var points: [ChartPoint]
    package var interpolation: Interpolation
    /// Whether the area down to the axis is tinted.
    package var isFilled: Bool
    /// How the line is broken; nil for what the number of its colour says.
    package var dash: Dash?
    /// The colour's number in the palette, 0 to 7; from 8 on colours come again, dashed, and from 16 on dotted. Nil for the
    /// next one of the chart.
    package var color: Int?

    /// A line through `points`.
    package init(
        _ name: String, _ points: [ChartPoint], interpolation: Interpolation = .linear, isFilled: Bool = false,
        dash: Dash? = nil, color: Int? = nil
    ) {
        self.name = name
        self.points = points
        self.interpolation = interpolation
        self.isFilled = isFilled
        self.dash = dash
        self.color = color
    }
}

/// Lines over one pair of axes, with shaded stretches and markers.
package struct LineChart: Chart, Hashable {
    package var xAxis: Axis
    package var yAxis: Axis
    package var series: [LineSeries]
    package var bands: [ChartBand]
    package var markers: [ChartMarker]
    /// The height of the plot in user units; nil for a height that suits the width.
    package var height: Double?

    /// A chart of `series`.
    package init(
        x xAxis: Axis, y yAxis: Axis, series: [LineSeries], bands: [ChartBand] = [], markers: [ChartMarker] = [],
        height: Double? = nil
    ) {
        self.xAxis = xAxis
        self.yAxis = yAxis
        self.series = series
        self.bands = bands
        self.markers = markers
        self.height = height
    }

    package func svg(layout: ChartLayout, title: String, description: String) -> String {
        let panel = ChartPanel(y: yAxis, series: series, height: height ?? (layout == .wide ? 300 : 220))
        return StackedPanels(x: xAxis, panels: [panel], bands: bands, markers: markers)
            .svg(layout: layout, title: title, description: description)
    }
}

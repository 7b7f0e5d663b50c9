/// Draws ``StackedPanels``: legend of bands, labels of markers, then each panel with its heading, then the shared
/// horizontal axis.
struct PanelDrawing {
    private static let textSize = 13.0
    private static let headingHeight = 24.0
    private static let panelGap = 12.0
    private static let right = 14.0

    private let chart: StackedPanels
    private let layout: ChartLayout
    private var canvas: SVGCanvas
    private var xScale: AxisScale
    private var yScales: [AxisScale]
    private let left: Double

    init(_ chart: StackedPanels, layout: ChartLayout) {
        self.chart = chart
        self.layout = layout
        canvas = SVGCanvas(width: layout.width)
        xScale = AxisScale(
            chart.xAxis, showing: Self.horizontalExtent(of: chart), count: layout == .wide ? 10 : 5,
            includesZero: false, rounded: false)
        yScales = chart.panels.map { panel in
            var extent = Extent()
            for (series, _) in panel.drawn { for point in series.points { extent.include(point.y) } }
            let count = Int(Self.height(of: panel) / 36)
            return AxisScale(panel.yAxis, showing: extent, count: count, includesZero: true, rounded: true)
        }
        left = 8 + max(16, yScales.map { $0.labelWidth(size: Self.textSize) }.max() ?? 0) + 6
        xScale.origin = left
        xScale.length = layout.width - Self.right - left
    }

    private static func height(of panel: ChartPanel) -> Double {
        panel.height.isFinite ? min(max(panel.height, 40), 1_000) : 140
    }

    private static func horizontalExtent(of chart: StackedPanels) -> Extent {
        var extent = Extent()
        for panel in chart.panels {
            for series in panel.series { for point in series.points { extent.include(point.x) } }
        }
        for band in chart.bands {
            for interval in band.intervals where interval.start.isFinite && interval.end.isFinite {
                extent.include(interval.start)
                extent.include(interval.end)
            }
        }
        for marker in chart.markers { extent.include(marker.x) }
        return extent
    }

    /// The finished picture.
    mutating func svg(title: String, description: String) -> String {
        let width = xScale.length
        let legend = Legend(
            chart.bands.enumerated().map { index, band in
                Legend.Entry(swatch: .square(className: "band b\(index % 3)"), name: band.label)
            }, width: width)
        legend.draw(on: &canvas, x: left, y: 0)
        let labels = MarkerLabels(chart.markers, scale: xScale, textSize: Self.textSize)
        var y = 4 + legend.height
        var color = 0
        var labelTop = y
        var plots: [Box] = []
        for (panel, index) in zip(chart.panels, chart.panels.indices) {
            let strokes = panel.series.map { series in
                defer { color += series.color == nil ? 1 : 0 }
                return Self.stroke(of: series, number: series.color ?? color)
            }
            y += drawHeading(of: panel, scale: yScales[index], strokes: strokes, y: y)
            if index == 0 {
                labelTop = y - 4
                y += labels.height
            }
            let plot = Box(x: left, y: y, width: width, height: Self.height(of: panel))
            draw(panel, index: index, strokes: strokes, in: plot)
            plots.append(plot)
            y = plot.bottom + Self.panelGap
        }
        drawStrips(over: plots)
        labels.draw(on: &canvas, top: labelTop, plots: plots)
        let height = drawHorizontalAxis(below: plots.last?.bottom ?? y)
        return canvas.svg(
            height: height, name: "chart \(layout.rawValue)", title: title,
            description: description)
    }

    /// The classes of the line of `series`, whose colour is `number`, and the colour's.
    private static func stroke(of series: LineSeries, number: Int) -> (line: String, color: String) {
        let color = "c\(PaletteIndex.wrapped(number))"
        let dash = series.dash ?? LineSeries.Dash(series: number)
        return ("line \(color)" + (dash == .solid ? "" : " \(dash.rawValue)"), color)
    }

    /// Draws the panel's axis title and legend; returns the height they take.
    private mutating func drawHeading(
        of panel: ChartPanel, scale: AxisScale, strokes: [(line: String, color: String)], y: Double
    ) -> Double {
        let width = layout.width - Self.right - 8
        let title = TextMetrics.fitted(scale.title, size: Self.textSize, limit: width)
        canvas.text(title, 8, y + 15, "axis-title")
        let named = zip(panel.series, strokes).filter { $0.0.name != panel.yAxis.label && !$0.0.name.isEmpty }
        let entries = named.map { series, stroke in
            Legend.Entry(swatch: .line(className: stroke.line), name: series.name)
        }
        let indent = TextMetrics.width(title, size: Self.textSize) * 1.06 + 20
        let legend = Legend(entries, width: width, indent: indent)
        legend.draw(on: &canvas, x: 8, y: y)
        return max(Self.headingHeight, legend.height + 6)
    }

    private mutating func draw(
        _ panel: ChartPanel, index: Int, strokes: [(line: String, color: String)], in plot: Box
    ) {
        yScales[index].origin = plot.bottom
        yScales[index].length = -plot.height
        let scale = yScales[index]
        for tick in scale.ticks.values {
            let y = scale.tickPosition(tick)
            canvas.line(plot.x, y, plot.right, y, "grid")
            canvas.text(scale.ticks.label(tick), plot.x - 6, y + 4.5, "tick", anchor: .end)
        }
        for (number, band) in chart.bands.enumerated() {
            for stretch in Self.stretches(of: band, on: xScale, within: plot) {
                canvas.rectangle(stretch, "band b\(number % 3)", hint: band.label)
            }
        }
        canvas.beginClip(Box(x: plot.x, y: plot.y - 2, width: plot.width + 2, height: plot.height + 4))
        for ((series, base), stroke) in zip(panel.drawn, strokes) {
            let path = LinePath(series, base: base, x: xScale, y: scale)
            canvas.path(path.area, "area \(stroke.color)")
            canvas.path(path.line, stroke.line, hint: series.name)
        }
        canvas.endClip()
        canvas.line(plot.x, plot.bottom, plot.right, plot.bottom, "axis")
        if !panel.series.contains(where: { $0.points.contains { $0.x.isFinite && $0.y.isFinite } }) {
            canvas.noData(in: plot)
        }
    }

    /// Lays strips over the plots that show all values under the pointer.
    private mutating func drawStrips(over plots: [Box]) {
        guard let top = plots.first, let bottom = plots.last else { return }
        let readings = chart.panels.flatMap { panel in
            panel.series.map { series in
                SeriesReading(
                    series, name: series.name.isEmpty ? panel.yAxis.label : series.name, unit: panel.yAxis.unit)
            }
        }
        let count = layout == .wide ? 60 : 36
        let width = top.width / Double(count)
        let display = xScale.display
        for index in 0..<count {
            let share = (Double(index) + 0.5) / Double(count)
            let shown = xScale.ticks.lower + share * (xScale.ticks.upper - xScale.ticks.lower)
            let x = shown / display.factor
            var lines = readings.compactMap { $0.text(at: x) }
            guard !lines.isEmpty else { continue }
            for band in chart.bands where band.intervals.contains(where: { $0.start <= x && x <= $0.end }) {
                lines.append(band.label)
            }
            lines.insert("\(chart.xAxis.label) \(chart.xAxis.unit.text(x))", at: 0)
            let box = Box(
                x: top.x + Double(index) * width, y: top.y, width: width, height: bottom.bottom - top.y)
            canvas.rectangle(box, "strip", hint: lines.joined(separator: "\n"))
        }
    }

    /// The rectangles of `band`: merged where they touch, at least 1.5 units wide so that short ones show.
    private static func stretches(of band: ChartBand, on scale: AxisScale, within plot: Box) -> [Box] {
        let spans = band.intervals
            .filter { $0.start.isFinite && $0.end.isFinite && $0.end >= $0.start }
            .map { (from: scale.position($0.start), to: scale.position($0.end)) }
            .filter { $0.to >= plot.x && $0.from <= plot.right }
            .sorted { $0.from < $1.from }
        var boxes: [Box] = []
        for span in spans {
            let start = max(span.from, plot.x)
            let end = min(max(span.to, start + 1.5), plot.right)
            if let last = boxes.last, start <= last.right + 0.2 {
                boxes[boxes.count - 1].width = max(last.right, end) - last.x
            } else {
                boxes.append(Box(x: start, y: plot.y, width: end - start, height: plot.height))
            }
        }
        return boxes
    }

    /// Draws the marks and the title of the shared axis; returns where the picture ends.
    private mutating func drawHorizontalAxis(below y: Double) -> Double {
        HorizontalMarks(xScale).draw(on: &canvas, y: y)
        canvas.text(xScale.title, left + xScale.length / 2, y + 38, "axis-title", anchor: .middle)
        return y + 48
    }
}

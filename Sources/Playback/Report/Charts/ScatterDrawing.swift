/// Draws a ``ScatterChart``.
struct ScatterDrawing {
    private static let textSize = 13.0
    private static let radius = 6.0
    private static let right = 16.0

    private let chart: ScatterChart
    private let layout: ChartLayout
    private var canvas: SVGCanvas
    private var xScale: AxisScale
    private var yScale: AxisScale

    init(_ chart: ScatterChart, layout: ChartLayout) {
        self.chart = chart
        self.layout = layout
        canvas = SVGCanvas(width: layout.width)
        var horizontal = Extent()
        var vertical = Extent()
        for point in chart.series.flatMap(\.points) where point.x.isFinite && point.y.isFinite {
            horizontal.include(point.x)
            vertical.include(point.y)
        }
        xScale = AxisScale(
            chart.xAxis, showing: horizontal, count: layout == .wide ? 9 : 5, includesZero: true, rounded: true)
        yScale = AxisScale(chart.yAxis, showing: vertical, count: 7, includesZero: true, rounded: true)
    }

    private var plotHeight: Double {
        let wanted = chart.height ?? (layout == .wide ? 400 : 340)
        return wanted.isFinite ? min(max(wanted, 80), 2_000) : 340
    }

    /// The finished picture.
    mutating func svg(title: String, description: String) -> String {
        var next = 0
        let colors = chart.series.map { series in
            defer { next += series.color == nil ? 1 : 0 }
            return PaletteIndex.wrapped(series.color ?? next)
        }
        let width = layout.width - 8 - Self.right
        let heading = TextMetrics.fitted(yScale.title, size: Self.textSize, limit: width)
        canvas.text(heading, 8, 15, "axis-title")
        var entries: [Legend.Entry] = []
        for (index, series) in chart.series.enumerated() where !series.name.isEmpty {
            entries.append(
                Legend.Entry(swatch: .shape(PointShape(series: index), color: colors[index]), name: series.name))
        }
        let legend = Legend(
            entries, width: width, indent: TextMetrics.width(heading, size: Self.textSize) * 1.06 + 20)
        legend.draw(on: &canvas, x: 8, y: 0)
        let left = 8 + max(16, yScale.labelWidth(size: Self.textSize)) + 9
        let plot = Box(
            x: left, y: max(30, legend.height + 12), width: layout.width - Self.right - left, height: plotHeight)
        drawAxes(around: plot)
        drawPoints(in: plot, colors: colors)
        return canvas.svg(
            height: plot.bottom + 48, name: "chart \(layout.rawValue)", title: title, description: description)
    }

    private mutating func drawAxes(around plot: Box) {
        xScale.origin = plot.x
        xScale.length = plot.width
        yScale.origin = plot.bottom
        yScale.length = -plot.height
        for tick in yScale.ticks.values {
            let y = yScale.tickPosition(tick)
            canvas.line(plot.x, y, plot.right, y, "grid")
            canvas.text(yScale.ticks.label(tick), plot.x - 9, y + 4.5, "tick", anchor: .end)
        }
        let marks = HorizontalMarks(xScale)
        for tick in marks.shown {
            let x = xScale.tickPosition(tick)
            canvas.line(x, plot.y, x, plot.bottom, "grid")
        }
        canvas.line(plot.x, plot.bottom, plot.right, plot.bottom, "axis")
        marks.draw(on: &canvas, y: plot.bottom)
        canvas.text(xScale.title, plot.x + plot.width / 2, plot.bottom + 38, "axis-title", anchor: .middle)
    }

    /// The front runs level to each corner's x, then up or down to it.
    private mutating func drawFront(in plot: Box) {
        let corners = chart.front.filter { $0.x.isFinite && $0.y.isFinite }
            .map { ChartPoint(xScale.position($0.x), yScale.position($0.y)) }
        guard let first = corners.first else { return }
        let n = SVGCanvas.number
        var data = "M\(n(first.x)) \(n(first.y))"
        for corner in corners.dropFirst() { data += "H\(n(corner.x))V\(n(corner.y))" }
        canvas.beginClip(plot)
        canvas.path(data + "H\(n(plot.right))", "marker", hint: "front")
        canvas.endClip()
    }

    private mutating func drawPoints(in plot: Box, colors: [Int]) {
        var anchors: [LabelPlacement.Anchor] = []
        var dots: [(path: String, name: String, hint: String)] = []
        for (index, series) in chart.series.enumerated() {
            for point in series.points where point.x.isFinite && point.y.isFinite {
                let x = xScale.position(point.x)
                let y = yScale.position(point.y)
                guard x >= plot.x - 1, x <= plot.right + 1, y >= plot.y - 1, y <= plot.bottom + 1 else { continue }
                let values = "\(chart.xAxis.unit.text(point.x)), \(chart.yAxis.unit.text(point.y))"
                let names = [point.label, series.name].filter { !$0.isEmpty }.joined(separator: ", ")
                dots.append(
                    (
                        PointShape(series: index).path(x: x, y: y, radius: Self.radius), "dot c\(colors[index])",
                        names.isEmpty ? values : "\(names): \(values)"
                    ))
                anchors.append(LabelPlacement.Anchor(x: x, y: y, label: point.label))
            }
        }
        if dots.isEmpty { canvas.noData(in: plot) }
        drawFront(in: plot)
        let placement = LabelPlacement(anchors, radius: Self.radius, textSize: Self.textSize, within: plot)
        for leader in placement.labels.compactMap(\.leader) {
            canvas.line(leader.fromX, leader.fromY, leader.toX, leader.toY, "leader")
        }
        for dot in dots { canvas.path(dot.path, dot.name, hint: dot.hint) }
        for label in placement.labels {
            canvas.text(label.text, label.box.x, label.box.bottom - 4, "label")
        }
    }
}

/// Draws an ``IntervalChart``.
struct IntervalDrawing {
    private static let textSize = 13.0
    private static let rowHeight = 28.0
    private static let right = 14.0

    private let chart: IntervalChart
    private let layout: ChartLayout
    private var canvas: SVGCanvas
    private var scale: AxisScale

    init(_ chart: IntervalChart, layout: ChartLayout) {
        self.chart = chart
        self.layout = layout
        canvas = SVGCanvas(width: layout.width)
        var extent = Extent()
        for row in chart.rows where row.value.isFinite {
            extent.include(row.value)
            extent.include(row.interval?.lowerBound ?? row.value)
            extent.include(row.interval?.upperBound ?? row.value)
        }
        scale = AxisScale(
            chart.axis, showing: extent, count: layout == .wide ? 8 : 4, includesZero: true, rounded: true)
    }

    /// The finished picture.
    mutating func svg(title: String, description: String) -> String {
        let heading = TextMetrics.fitted(scale.title, size: Self.textSize, limit: layout.width - 16)
        canvas.text(heading, 8, 15, "axis-title")
        let limit = layout.width * 0.34
        let names = chart.rows.map { TextMetrics.fitted($0.label, size: Self.textSize, limit: limit) }
        let left = 8 + (names.map { TextMetrics.width($0, size: Self.textSize) }.max() ?? 0) + 14
        let plot = Box(
            x: left, y: 26, width: layout.width - Self.right - left,
            height: max(Self.rowHeight, Self.rowHeight * Double(chart.rows.count)))
        scale.origin = plot.x
        scale.length = plot.width
        let marks = HorizontalMarks(scale)
        for tick in marks.shown {
            let x = scale.tickPosition(tick)
            canvas.line(x, plot.y, x, plot.bottom, "grid")
        }
        let zero = scale.tickPosition(min(max(0, scale.ticks.lower), scale.ticks.upper))
        canvas.line(zero, plot.y, zero, plot.bottom, "axis")
        for (index, row) in chart.rows.enumerated() {
            let middle = plot.y + (Double(index) + 0.5) * Self.rowHeight
            let hint = names[index] == row.label ? nil : row.label
            canvas.text(names[index], left - 14, middle + 4.5, "key", anchor: .end, hint: hint)
            if row.value.isFinite { draw(row, at: middle, in: plot) }
        }
        if !chart.rows.contains(where: \.value.isFinite) { canvas.noData(in: plot) }
        canvas.line(plot.x, plot.bottom, plot.right, plot.bottom, "axis")
        marks.draw(on: &canvas, y: plot.bottom)
        return canvas.svg(
            height: plot.bottom + 28, name: "chart \(layout.rawValue)", title: title, description: description)
    }

    private mutating func draw(_ row: IntervalRow, at y: Double, in plot: Box) {
        let color = "c\(PaletteIndex.wrapped(chart.color))"
        func position(_ value: Double) -> Double { min(max(scale.position(value), plot.x), plot.right) }
        let n = SVGCanvas.number
        if let interval = row.interval, interval.lowerBound.isFinite, interval.upperBound.isFinite {
            let (start, end) = (position(interval.lowerBound), position(interval.upperBound))
            let ends = [start, end].map { "M\(n($0)) \(n(y - 5))V\(n(y + 5))" }.joined()
            canvas.path("M\(n(start)) \(n(y))H\(n(end))" + ends, "whisker \(color)")
        }
        let dot = PointShape.circle.path(x: position(row.value), y: y, radius: 5)
        canvas.path(dot, row.isClear ? "dot \(color)" : "hollow \(color)")
        // The whole row answers the pointer.
        let box = Box(x: plot.x, y: y - Self.rowHeight / 2, width: plot.width, height: Self.rowHeight)
        canvas.rectangle(box, "strip", hint: Self.hint(row, unit: chart.axis.unit))
    }

    private static func hint(_ row: IntervalRow, unit: ReportUnit) -> String {
        let interval = row.interval.map { " (\(unit.text(from: $0.lowerBound, to: $0.upperBound)))" } ?? ""
        return "\(row.label): \(unit.text(row.value))\(interval)"
    }
}

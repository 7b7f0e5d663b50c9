/// Draws a ``BarChart``.
struct BarDrawing {
    private static let textSize = 13.0
    private static let right = 14.0

    private struct Bar {
        var category: String
        var series: String
        var value: Double
        var color: Int
        var label: String
    }

    private let chart: BarChart
    private let layout: ChartLayout
    private var canvas: SVGCanvas
    private var scale: AxisScale
    private let colors: [Int]
    private let labelWidth: Double
    private let labelDigits: Int

    init(_ chart: BarChart, layout: ChartLayout) {
        self.chart = chart
        self.layout = layout
        canvas = SVGCanvas(width: layout.width)
        var extent = Extent()
        for series in chart.series { for value in series.values { extent.include(value ?? .nan) } }
        scale = AxisScale(
            chart.axis, showing: extent, count: layout == .wide ? 6 : 4, includesZero: true, rounded: true)
        var next = 0
        colors = chart.series.map { series in
            defer { next += series.color == nil ? 1 : 0 }
            return PaletteIndex.wrapped(series.color ?? next)
        }
        let factor = scale.display.factor
        let shown = chart.series.flatMap(\.values).compactMap { $0 }.filter(\.isFinite)
            .map { Ticks.clamped($0) * factor }
        // One count of digits for all bars, as in a column of a table.
        let isWhole = shown.allSatisfy { $0 == $0.rounded() }
        let digits = isWhole ? 0 : DecimalText.digits(of: shown.map(\.magnitude).max() ?? 0, significant: 3)
        labelDigits = digits
        labelWidth =
            shown.map { TextMetrics.width(DecimalText.fixed($0, digits: digits), size: Self.textSize) }.max() ?? 0
    }

    private func label(_ value: Double) -> String {
        DecimalText.fixed(Ticks.clamped(value) * scale.display.factor, digits: labelDigits)
    }

    /// The finished picture.
    mutating func svg(title: String, description: String) -> String {
        canvas.text(
            TextMetrics.fitted(scale.title, size: Self.textSize, limit: layout.width - 16), 8, 15, "axis-title")
        let entries = zip(chart.series, colors).filter { $0.0.name != chart.axis.label && !$0.0.name.isEmpty }
            .map { Legend.Entry(swatch: .square(className: "bar c\($0.1)"), name: $0.0.name) }
        let indent = TextMetrics.width(scale.title, size: Self.textSize) * 1.06 + 20
        let legend = Legend(entries, width: layout.width - 8 - Self.right, indent: indent)
        legend.draw(on: &canvas, x: 8, y: 0)
        let top = max(24, legend.height + 6)
        let height = isVertical ? drawVertical(top: top) : drawHorizontal(top: top)
        return canvas.svg(
            height: height, name: "chart \(layout.rawValue)", title: title, description: description)
    }

    /// The width of one category's group when drawn upwards.
    private var groupWidth: Double {
        (layout.width - Self.right - verticalLeft) / Double(max(1, chart.categories.count))
    }

    private var verticalLeft: Double { 8 + max(16, scale.labelWidth(size: Self.textSize)) + 6 }

    /// Whether upright bars were asked for and their lettering fits.
    private var isVertical: Bool {
        guard chart.orientation == .vertical else { return false }
        let widest = chart.categories.map { TextMetrics.width($0, size: Self.textSize) }.max() ?? 0
        let bar = groupWidth * 0.8 / Double(max(1, chart.series.count))
        return widest + 8 <= groupWidth && labelWidth + 2 <= bar
    }

    private func bars(of category: Int) -> [Bar?] {
        zip(chart.series, colors).map { series, color in
            guard category < series.values.count, let value = series.values[category], value.isFinite else {
                return nil
            }
            return Bar(
                category: chart.categories[category], series: series.name, value: value, color: color,
                label: label(value))
        }
    }

    private func hint(_ bar: Bar) -> String {
        let unit = scale.display.symbol.isEmpty ? "" : " \(scale.display.symbol)"
        return "\(bar.category), \(bar.series): \(bar.label)\(unit)"
    }

    /// The position of zero, or of the end of the axis nearest to it.
    private var base: Double { scale.tickPosition(min(max(0, scale.ticks.lower), scale.ticks.upper)) }

    private mutating func drawVertical(top: Double) -> Double {
        let left = verticalLeft
        let plot = Box(x: left, y: top + 14, width: layout.width - Self.right - left, height: 260)
        // Bars below zero have their values below them.
        let room = scale.ticks.lower < 0 ? 18.0 : 0
        scale.origin = plot.bottom - room
        scale.length = -(plot.height - room)
        for tick in scale.ticks.values {
            let y = scale.tickPosition(tick)
            canvas.line(plot.x, y, plot.right, y, "grid")
            canvas.text(scale.ticks.label(tick), plot.x - 6, y + 4.5, "tick", anchor: .end)
        }
        let width = groupWidth * 0.8 / Double(max(1, chart.series.count))
        for category in chart.categories.indices {
            let start = plot.x + (Double(category) + 0.1) * groupWidth
            for (index, bar) in bars(of: category).enumerated() {
                guard let bar else { continue }
                let x = start + Double(index) * width
                let y = min(max(scale.position(bar.value), plot.y), plot.bottom)
                let box = Box(x: x + 1, y: min(y, base), width: width - 2, height: (y - base).magnitude)
                canvas.rectangle(box, "bar c\(bar.color)", hint: hint(bar))
                canvas.text(
                    bar.label, x + width / 2, bar.value < 0 ? box.bottom + 14 : box.y - 4, "value", anchor: .middle)
            }
            canvas.text(
                chart.categories[category], plot.x + (Double(category) + 0.5) * groupWidth, plot.bottom + 19, "key",
                anchor: .middle)
        }
        canvas.line(plot.x, base, plot.right, base, "axis")
        return plot.bottom + 28
    }

    private mutating func drawHorizontal(top: Double) -> Double {
        let limit = layout.width * (layout == .wide ? 0.3 : 0.34)
        let names = chart.categories.map { TextMetrics.fitted($0, size: Self.textSize, limit: limit) }
        let left = 8 + (names.map { TextMetrics.width($0, size: Self.textSize) }.max() ?? 0) + 8
        let room = labelWidth + 8
        let before = scale.ticks.lower < 0 ? room : 0
        scale.origin = left + before
        scale.length = layout.width - Self.right - room - scale.origin
        let thickness = chart.series.count == 1 ? 20.0 : 16.0
        let group = thickness * Double(max(1, chart.series.count)) + 12
        let bottom = top + group * Double(chart.categories.count)
        for tick in HorizontalMarks(scale).shown {
            let x = scale.tickPosition(tick)
            canvas.line(x, top, x, bottom, "grid")
        }
        for category in chart.categories.indices {
            let y = top + Double(category) * group + 6
            let middle = y + (group - 12) / 2 + 4.5
            let name = names[category]
            let full = chart.categories[category]
            canvas.text(name, left - 8, middle, "key", anchor: .end, hint: name == full ? nil : full)
            for (index, bar) in bars(of: category).enumerated() {
                guard let bar else { continue }
                let end = min(max(scale.position(bar.value), scale.origin), scale.origin + scale.length)
                let box = Box(
                    x: min(end, base), y: y + Double(index) * thickness + 1, width: (end - base).magnitude,
                    height: thickness - 2)
                canvas.rectangle(box, "bar c\(bar.color)", hint: hint(bar))
                canvas.text(
                    bar.label, bar.value < 0 ? box.x - 5 : box.right + 5, box.y + thickness / 2 + 3.5, "value",
                    anchor: bar.value < 0 ? .end : .start)
            }
        }
        canvas.line(base, top, base, bottom, "axis")
        HorizontalMarks(scale).draw(on: &canvas, y: bottom)
        return bottom + 28
    }
}

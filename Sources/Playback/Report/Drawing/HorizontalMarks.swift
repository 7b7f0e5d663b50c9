/// The marks under a horizontal axis, as many as fit side by side.
struct HorizontalMarks {
    private let scale: AxisScale

    init(_ scale: AxisScale) { self.scale = scale }

    /// The marks shown: every mark, or every second, third … one where their text would touch.
    var shown: [Double] {
        let values = scale.ticks.values
        guard values.count > 1 else { return values }
        let spacing = (scale.tickPosition(values[1]) - scale.tickPosition(values[0])).magnitude
        let needed = scale.labelWidth(size: 13) + 10
        let stride = max(1, Int(min(1_000, (needed / max(spacing, 0.01)).rounded(.up))))
        return values.enumerated().filter { $0.offset % stride == 0 }.map(\.element)
    }

    /// Draws short strokes and their numbers below `y`.
    func draw(on canvas: inout SVGCanvas, y: Double) {
        for tick in shown {
            let x = scale.tickPosition(tick)
            canvas.line(x, y, x, y + 5, "axis")
            let text = scale.ticks.label(tick)
            let half = TextMetrics.width(text, size: 13) / 2
            canvas.text(text, min(x, canvas.width - half - 1), y + 19, "tick", anchor: .middle)
        }
    }
}

/// The vertical lines of a chart with their labels above the plot, in as many rows (at most four) as keep the labels
/// apart.
struct MarkerLabels {
    private static let rowHeight = 18.0
    private static let rowLimit = 4

    private struct Placed {
        var text: String
        var full: String
        var x: Double
        var center: Double
        var row: Int?
    }

    private var placed: [Placed] = []
    private var rowCount = 0

    /// Lays out those of `markers` that lie on the axis.
    init(_ markers: [ChartMarker], scale: AxisScale, textSize: Double) {
        var ends: [Double] = []
        let left = scale.origin
        let right = scale.origin + scale.length
        let visible = markers.filter { $0.x.isFinite }.map { (marker: $0, x: scale.position($0.x)) }
            .filter { $0.x >= left - 0.01 && $0.x <= right + 0.01 }.sorted { $0.x < $1.x }
        for (marker, x) in visible {
            let text = TextMetrics.fitted(marker.label, size: textSize, limit: scale.length * 0.8)
            let half = TextMetrics.width(text, size: textSize) / 2
            let center = min(max(x, left + half), max(left + half, right - half))
            var row: Int? = ends.firstIndex { $0 <= center - half }
            if row == nil, ends.count < Self.rowLimit {
                row = ends.count
                ends.append(0)
            }
            if let row { ends[row] = center + half + 8 }
            placed.append(Placed(text: text, full: marker.label, x: x, center: center, row: row))
        }
        rowCount = ends.count
    }

    /// The height of the rows.
    var height: Double { Double(rowCount) * Self.rowHeight + (rowCount > 0 ? 4 : 0) }

    /// Draws each line from its label, in rows below `top`, through `plots`.
    func draw(on canvas: inout SVGCanvas, top: Double, plots: [Box]) {
        let n = SVGCanvas.number
        for label in placed {
            let start = top + Double(label.row.map { $0 + 1 } ?? rowCount) * Self.rowHeight
            var data = ""
            for (index, plot) in plots.enumerated() {
                data += "M\(n(label.x)) \(n(index == 0 ? min(start, plot.y) : plot.y))V\(n(plot.bottom))"
            }
            canvas.path(data, "marker", hint: label.full)
        }
        for label in placed {
            guard let row = label.row else { continue }
            // The line of a label in a row above must not cross this one's letters.
            let width = TextMetrics.width(label.text, size: 13)
            let y = top + Double(row) * Self.rowHeight
            canvas.rectangle(Box(x: label.center - width / 2, y: y + 2, width: width, height: 16), "backing")
            let hint = label.text == label.full ? nil : label.full
            canvas.text(
                label.text, label.center, y + 14, "marker-label", anchor: .middle,
                hint: hint)
        }
    }
}

/// What a line's value is at a place of the horizontal axis, as the line is drawn.
struct SeriesReading {
    private let points: [ChartPoint]
    private let interpolation: LineSeries.Interpolation
    private let name: String
    private let unit: ReportUnit

    init(_ series: LineSeries, name: String, unit: ReportUnit) {
        points = series.points.filter { $0.x.isFinite }.sorted { $0.x < $1.x }
        interpolation = series.interpolation
        self.name = name
        self.unit = unit
    }

    /// `buffer: 12.3 s`; nil where the line is not.
    func text(at x: Double) -> String? { value(at: x).map { "\(name): \(unit.text($0))" } }

    /// The value at `x`; nil outside the line and in its gaps.
    func value(at x: Double) -> Double? {
        // The last point at or before x.
        var (low, high) = (0, points.count)
        while low < high {
            let middle = (low + high) / 2
            if points[middle].x <= x { low = middle + 1 } else { high = middle }
        }
        guard low > 0, low < points.count || points[low - 1].x == x else { return nil }
        let before = points[low - 1]
        guard before.y.isFinite else { return nil }
        guard interpolation == .linear, low < points.count else { return before.y }
        let after = points[low]
        guard after.y.isFinite, after.x > before.x else { return nil }
        let value = before.y + (x - before.x) / (after.x - before.x) * (after.y - before.y)
        return value.isFinite ? value : nil
    }
}

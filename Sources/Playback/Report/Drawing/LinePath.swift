/// The path data of a series.
struct LinePath {
    /// The line itself.
    private(set) var line = ""
    /// The area between the line and the base; empty unless the series is filled.
    private(set) var area = ""

    /// `series` on the given axes. An area reaches down to the line `lower`, which then runs without a gap, else to zero or
    /// to the nearer end of the axis.
    init(_ series: LineSeries, base lower: [ChartPoint]? = nil, x: AxisScale, y: AxisScale) {
        let base = y.tickPosition(min(max(0, y.ticks.lower), y.ticks.upper))
        for run in Self.runs(series.points) {
            var points = series.interpolation == .stepAfter ? Decimation.changes(run) : run
            points = points.map { ChartPoint(x.position($0.x), y.position($0.y)) }
            points = Decimation.reduced(points, columnWidth: 1.5)
            guard let first = points.first else { continue }
            let n = SVGCanvas.number
            var data = "M\(n(first.x)) \(n(first.y))"
            if points.count == 1 { data += "h0.1" }
            for point in points.dropFirst() {
                switch series.interpolation {
                case .linear: data += "L\(n(point.x)) \(n(point.y))"
                case .stepAfter: data += "H\(n(point.x))V\(n(point.y))"
                }
            }
            line += data
            guard series.isFilled else { continue }
            if let lower {
                area += data + Self.back(along: lower, series.interpolation, x: x, y: y) + "Z"
            } else {
                area += data + "V\(n(base))H\(n(first.x))Z"
            }
        }
    }

    /// The way along `points` from the last to the first.
    private static func back(
        along points: [ChartPoint], _ interpolation: LineSeries.Interpolation, x: AxisScale, y: AxisScale
    ) -> String {
        var points = interpolation == .stepAfter ? Decimation.changes(points) : points
        points = points.map { ChartPoint(x.position($0.x), y.position($0.y)) }
        points = Decimation.reduced(points, columnWidth: 1.5)
        let n = SVGCanvas.number
        guard let last = points.last else { return "" }
        var data = "L\(n(last.x)) \(n(last.y))"
        for point in points.dropLast().reversed() {
            switch interpolation {
            case .linear: data += "L\(n(point.x)) \(n(point.y))"
            case .stepAfter: data += "V\(n(point.y))H\(n(point.x))"
            }
        }
        return data
    }

    /// The stretches of `points` without a gap, each ascending in x.
    private static func runs(_ points: [ChartPoint]) -> [[ChartPoint]] {
        let placed = points.filter { $0.x.isFinite }
        let isAscending = zip(placed, placed.dropFirst()).allSatisfy { $0.x <= $1.x }
        let ordered =
            isAscending
            ? placed
            : placed.enumerated().sorted { ($0.element.x, $0.offset) < ($1.element.x, $1.offset) }.map(\.element)
        return ordered.split { !$0.y.isFinite }.map(Array.init)
    }
}

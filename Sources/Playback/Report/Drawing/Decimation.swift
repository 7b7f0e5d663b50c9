/// Fewer points that draw the same line.
///
/// Each column of the picture keeps its first, lowest, highest and last point (the M4 reduction: Jugel et al.,
/// "M4: A Visualization-Oriented Time Series Data Aggregation", VLDB 2014), which leaves the drawn pixels as they
/// were. The result holds at most four points for each column.
enum Decimation {
    /// `points`, ascending in x and finite, for columns `columnWidth` wide.
    static func reduced(_ points: [ChartPoint], columnWidth: Double) -> [ChartPoint] {
        guard points.count > 4, columnWidth > 0 else { return points }
        var result: [ChartPoint] = []
        var start = 0
        while start < points.count {
            let column = (points[start].x / columnWidth).rounded(.down)
            var end = start
            var lowest = start
            var highest = start
            while end + 1 < points.count, (points[end + 1].x / columnWidth).rounded(.down) == column {
                end += 1
                if points[end].y < points[lowest].y { lowest = end }
                if points[end].y > points[highest].y { highest = end }
            }
            var previous = -1
            for index in [start, min(lowest, highest), max(lowest, highest), end] where index != previous {
                result.append(points[index])
                previous = index
            }
            start = end + 1
        }
        return result
    }

    /// `points` of a line that runs in steps, without those that repeat the value before them.
    static func changes(_ points: [ChartPoint]) -> [ChartPoint] {
        points.indices.filter { index in
            index == 0 || index == points.count - 1 || points[index].y != points[index - 1].y
        }.map { points[$0] }
    }
}

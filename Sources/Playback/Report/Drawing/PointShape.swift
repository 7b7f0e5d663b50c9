/// The shapes of a scatter chart's points, so that series differ by more than colour: six shapes and eight colours, both
/// taken in turn, make 24 pairs.
enum PointShape: Int, CaseIterable {
    case circle, square, triangle, diamond, inverted, cross

    /// The shape of the series number `index`.
    init(series index: Int) { self = Self.allCases[index % Self.allCases.count] }

    /// Closed path data around a centre; all shapes look about equally large.
    func path(x: Double, y: Double, radius r: Double) -> String {
        let corners: [(Double, Double)]
        switch self {
        case .circle:
            let n = SVGCanvas.number
            return "M\(n(x - r)) \(n(y))a\(n(r)) \(n(r)) 0 1 0 \(n(2 * r)) 0a\(n(r)) \(n(r)) 0 1 0 \(n(-2 * r)) 0Z"
        case .square: corners = [(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]
        case .triangle: corners = [(0, -1.2), (1.1, 0.8), (-1.1, 0.8)]
        case .diamond: corners = [(0, -1.3), (1.1, 0), (0, 1.3), (-1.1, 0)]
        case .inverted: corners = [(0, 1.2), (1.1, -0.8), (-1.1, -0.8)]
        case .cross:
            corners = [
                (-0.4, -1.1), (0.4, -1.1), (0.4, -0.4), (1.1, -0.4), (1.1, 0.4), (0.4, 0.4),
                (0.4, 1.1), (-0.4, 1.1), (-0.4, 0.4), (-1.1, 0.4), (-1.1, -0.4), (-0.4, -0.4),
            ]
        }
        let n = SVGCanvas.number
        return "M" + corners.map { "\(n(x + $0.0 * r)) \(n(y + $0.1 * r))" }.joined(separator: "L") + "Z"
    }
}

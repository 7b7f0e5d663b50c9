/// Places labels beside their points so that they cover neither points nor each other.
///
/// Greedy: the points in order, each at the first free one of its candidates, which go round the point in growing
/// rings. A label away from its point gets a leader line; one without a free place is left out. The work is bounded:
/// at most ``limit`` labels are placed.
struct LabelPlacement {
    /// A point to label.
    struct Anchor: Hashable {
        var x: Double
        var y: Double
        var label: String
    }

    /// A label in its place.
    struct Label: Hashable {
        var text: String
        var box: Box
        var leader: Leader?
    }

    /// A line from a point to its label.
    struct Leader: Hashable {
        var fromX: Double
        var fromY: Double
        var toX: Double
        var toY: Double
    }

    /// More labels than this are unreadable anyway.
    static let limit = 120

    /// The labels that found a place, in the order of their points.
    private(set) var labels: [Label] = []

    /// Places the labels of `anchors`, whose points have the given radius, inside `area`.
    init(_ anchors: [Anchor], radius: Double, textSize: Double, within area: Box) {
        let points = anchors.map {
            Box(x: $0.x - radius - 1, y: $0.y - radius - 1, width: 2 * radius + 2, height: 2 * radius + 2)
        }
        var seen: Set<Anchor> = []
        for anchor in anchors where !anchor.label.isEmpty && labels.count < Self.limit {
            guard seen.insert(anchor).inserted else { continue }
            let text = TextMetrics.fitted(anchor.label, size: textSize, limit: area.width * 0.6)
            let width = TextMetrics.width(text, size: textSize)
            for (box, leader) in Self.candidates(anchor, width: width, height: textSize + 3, radius: radius) {
                guard box.x >= area.x, box.right <= area.right, box.y >= area.y - 6, box.bottom <= area.bottom - 1,
                    !points.contains(where: box.overlaps), !labels.contains(where: { $0.box.overlaps(box) })
                else { continue }
                labels.append(Label(text: text, box: box, leader: leader))
                break
            }
        }
    }

    private static func candidates(
        _ anchor: Anchor, width: Double, height: Double, radius: Double
    ) -> [(Box, Leader?)] {
        var result: [(Box, Leader?)] = []
        for (ring, distance) in [radius + 3, 20.0, 34, 50, 68].enumerated() {
            let diagonal = ring == 0 ? distance * 0.6 : distance * 0.8
            let directions: [(Double, Double)] = [
                (distance, 0), (-distance, 0), (0, -distance), (0, distance), (diagonal, -diagonal),
                (diagonal, diagonal), (-diagonal, -diagonal), (-diagonal, diagonal),
            ]
            for (dx, dy) in directions {
                let x = anchor.x + dx - (dx > 0 ? 0 : dx < 0 ? width : width / 2)
                let y = anchor.y + dy - (dy > 0 ? 0 : dy < 0 ? height : height / 2)
                let leader =
                    ring == 0
                    ? nil
                    : Leader(fromX: anchor.x, fromY: anchor.y, toX: anchor.x + dx * 0.95, toY: anchor.y + dy * 0.95)
                result.append((Box(x: x, y: y, width: width, height: height), leader))
            }
        }
        return result
    }
}

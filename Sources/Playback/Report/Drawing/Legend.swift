/// The key to colours and shapes, in rows that break where the width ends.
struct Legend {
    /// What stands before a name.
    enum Swatch {
        /// A stroke, for lines.
        case line(className: String)
        /// A filled square, for bars and areas.
        case square(className: String)
        /// The shape of a scatter chart's points.
        case shape(PointShape, color: Int)
    }

    /// A name with its swatch.
    struct Entry {
        var swatch: Swatch
        var name: String
    }

    /// The height of a row.
    static let rowHeight = 20.0
    private static let swatchWidth = 28.0
    private static let gap = 16.0

    let entries: [Entry]
    /// The free space at the left of the first row.
    var indent = 0.0
    /// The length of a row.
    let width: Double
    private var slots: [(x: Double, row: Int, name: String)] = []
    /// The number of rows, 0 when there is no entry.
    private(set) var rowCount = 0

    /// Lays `entries` out in rows of `width`, the first one indented.
    init(_ entries: [Entry], width: Double, indent: Double = 0) {
        self.entries = entries
        self.indent = indent
        self.width = width
        var x = indent
        var row = 0
        for entry in entries {
            let name = TextMetrics.fitted(entry.name, size: 13, limit: max(40, width - Self.swatchWidth))
            let needed = Self.swatchWidth + TextMetrics.width(name, size: 13)
            if x > 0, x + needed > width {
                x = 0
                row += 1
            }
            slots.append((x, row, name))
            x += needed + Self.gap
        }
        rowCount = entries.isEmpty ? 0 : row + 1
    }

    /// The height of all rows.
    var height: Double { Double(rowCount) * Self.rowHeight }

    /// Draws the rows with their upper left corner at `x` and `y`.
    func draw(on canvas: inout SVGCanvas, x: Double, y: Double) {
        for (entry, slot) in zip(entries, slots) {
            let left = x + slot.x
            let middle = y + (Double(slot.row) + 0.5) * Self.rowHeight
            switch entry.swatch {
            case .line(let className):
                canvas.line(left, middle, left + 22, middle, className)
            case .square(let className):
                canvas.rectangle(Box(x: left + 5, y: middle - 6, width: 12, height: 12), className)
            case .shape(let shape, let color):
                canvas.path(shape.path(x: left + 11, y: middle, radius: 5), "dot c\(color)")
            }
            let hint = slot.name == entry.name ? nil : entry.name
            canvas.text(slot.name, left + Self.swatchWidth, middle + 4.5, "key", hint: hint)
        }
    }
}

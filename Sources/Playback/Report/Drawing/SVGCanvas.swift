/// An SVG picture under construction. Colours come from the page's style sheet by class name.
struct SVGCanvas {
    /// Where text lies around its position.
    enum Anchor: String {
        case start, middle, end
    }

    /// The width of the picture in user units.
    let width: Double
    private var body = ""

    /// An empty picture `width` units wide.
    init(width: Double) { self.width = width }

    /// A coordinate: two digits at most, which is finer than a pixel can show.
    static func number(_ value: Double) -> String { DecimalText.trimmed(value.isFinite ? value : 0, digits: 1) }

    /// A straight line.
    mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ name: String) {
        let n = Self.number
        body += "<line x1=\"\(n(x1))\" y1=\"\(n(y1))\" x2=\"\(n(x2))\" y2=\"\(n(y2))\" class=\"\(name)\"/>\n"
    }

    /// A rectangle, with text that shows when the pointer rests on it.
    mutating func rectangle(_ box: Box, _ name: String, hint: String? = nil) {
        let n = Self.number
        body += "<rect x=\"\(n(box.x))\" y=\"\(n(box.y))\" width=\"\(n(max(0, box.width)))\" "
        body += "height=\"\(n(max(0, box.height)))\" class=\"\(name)\"" + closed("rect", hint)
    }

    /// A path from ready path data.
    mutating func path(_ data: String, _ name: String, hint: String? = nil) {
        guard !data.isEmpty else { return }
        body += "<path d=\"\(data)\" class=\"\(name)\"" + closed("path", hint)
    }

    /// One line of text whose baseline is at `y`.
    mutating func text(
        _ text: String, _ x: Double, _ y: Double, _ name: String, anchor: Anchor = .start, hint: String? = nil
    ) {
        let n = Self.number
        body += "<text x=\"\(n(x))\" y=\"\(n(y))\" class=\"\(name)\" text-anchor=\"\(anchor.rawValue)\">"
        if let hint { body += "<title>\(Markup.escaped(hint))</title>" }
        body += "\(Markup.escaped(text))</text>\n"
    }

    /// Hides what is drawn outside `box`, until ``endClip()``. A nested picture clips without needing an identifier
    /// that is unique in the page.
    mutating func beginClip(_ box: Box) {
        let n = Self.number
        let size = "width=\"\(n(box.width))\" height=\"\(n(box.height))\""
        body += "<svg x=\"\(n(box.x))\" y=\"\(n(box.y))\" \(size) "
        body += "viewBox=\"\(n(box.x)) \(n(box.y)) \(n(box.width)) \(n(box.height))\">\n"
    }

    /// Ends what ``beginClip(_:)`` began.
    mutating func endClip() { body += "</svg>\n" }

    /// Says that there is nothing to see in `plot`.
    mutating func noData(in plot: Box) {
        text("no data", plot.x + plot.width / 2, plot.y + plot.height / 2 + 4, "tick", anchor: .middle)
    }

    private func closed(_ element: String, _ hint: String?) -> String {
        guard let hint else { return "/>\n" }
        return "><title>\(Markup.escaped(hint))</title></\(element)>\n"
    }

    /// The finished picture, `height` units high, with its name and description for those who cannot see it.
    func svg(height: Double, name: String, title: String, description: String) -> String {
        let n = Self.number
        var result = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(n(width)) \(n(height))\" "
        result += "role=\"img\" class=\"\(name)\">\n<title>\(Markup.escaped(title))</title>\n"
        if !description.isEmpty { result += "<desc>\(Markup.escaped(description))</desc>\n" }
        return result + body + "</svg>\n"
    }
}

/// An upright rectangle; y grows downwards.
struct Box: Sendable, Hashable {
    /// The left edge.
    var x: Double
    /// The upper edge.
    var y: Double
    var width: Double
    var height: Double

    var right: Double { x + width }
    var bottom: Double { y + height }

    /// Whether the two share some area.
    func overlaps(_ other: Box) -> Bool {
        x < other.right && other.x < right && y < other.bottom && other.y < bottom
    }
}

/// A chart as an SVG file of its own, rather than a part of a page: it carries its size and its colours, light and dark,
/// written out so that programs without a browser's style engine draw it too.
package struct ChartDocument: Sendable {
    private let picture: String
    private let hasDescription: Bool

    /// - Parameters:
    ///   - chart: what to draw.
    ///   - layout: how it is laid out.
    ///   - title: What the chart shows, read out in place of the picture.
    ///   - description: More about it, for those who cannot see it.
    package init(_ chart: some Chart, layout: ChartLayout = .wide, title: String, description: String) {
        picture = chart.svg(layout: layout, title: title, description: description)
        hasDescription = !description.isEmpty
    }

    /// The file's text, in UTF-8.
    package func svg() -> String {
        // The name and the description come first, as readers of screens expect them.
        guard let tagEnd = picture.firstIndex(of: ">"),
            let names = picture.firstRange(of: hasDescription ? "</desc>\n" : "</title>\n")
        else { return picture }
        let (light, dark) = Self.palettes
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + picture[..<tagEnd] + size
        text += picture[tagEnd..<names.upperBound] + "<style>\n" + Self.shapes + Self.colors(light)
        text += "@media (prefers-color-scheme: dark) {\n" + Self.colors(dark) + "}\n</style>\n"
        return text + "<rect width=\"100%\" height=\"100%\" class=\"backing\"/>\n" + picture[names.upperBound...]
    }

    /// The picture's width and height in pixels, as its view box has them.
    private var size: String {
        guard let box = picture.firstMatch(of: /viewBox="0 0 ([0-9.]+) ([0-9.]+)"/) else { return "" }
        return " width=\"\(box.1)\" height=\"\(box.2)\""
    }

    /// The page's colours by name, for light surroundings and for dark ones.
    private static var palettes: (light: [String: String], dark: [String: String]) {
        let parts = Stylesheet.colors.split(separator: "@media", maxSplits: 1)
        func palette(_ text: Substring?) -> [String: String] {
            var colors: [String: String] = [:]
            for match in (text ?? "").matches(of: /--([a-z0-9]+): (#[0-9a-f]+);/) {
                colors[String(match.1)] = String(match.2)
            }
            return colors
        }
        return (palette(parts.first), palette(parts.last))
    }

    private static let shapes = """
        svg { font-family: system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; font-size: 13px; }
        .axis-title { font-weight: 600; }
        .label { paint-order: stroke; stroke-width: 4px; stroke-linejoin: round; }
        .marker { fill: none; stroke-width: 1.5; stroke-dasharray: 2 3; }
        .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
        .dashed { stroke-dasharray: 8 4; }
        .dotted { stroke-dasharray: 2 3; }
        .area { fill-opacity: 0.16; }
        .dot { fill-opacity: 0.85; }
        .band { fill-opacity: 0.32; }
        .whisker { fill: none; stroke-width: 2; }
        .hollow { stroke-width: 2; }
        .strip { fill-opacity: 0; }
        .strip:hover { fill-opacity: 0.08; }

        """

    /// The colours of everything that a chart is made of.
    private static func colors(_ palette: [String: String]) -> String {
        func color(_ name: String) -> String { palette[name] ?? "gray" }
        var text = """
            text, .strip { fill: \(color("text")); }
            .tick { fill: \(color("muted")); }
            .label, .dot { stroke: \(color("surface")); }
            .backing, .hollow { fill: \(color("surface")); }
            .grid { stroke: \(color("grid")); }
            .axis, .leader { stroke: \(color("muted")); }
            .marker { stroke: \(color("marker")); }

            """
        for index in 0..<PaletteIndex.count {
            text += ".line.c\(index), .whisker.c\(index), .hollow.c\(index) { stroke: \(color("c\(index)")); }\n"
            text += ".area.c\(index), .bar.c\(index), .dot.c\(index) { fill: \(color("c\(index)")); }\n"
        }
        for index in 0..<3 { text += ".band.b\(index) { fill: \(color("b\(index)")); }\n" }
        return text
    }
}

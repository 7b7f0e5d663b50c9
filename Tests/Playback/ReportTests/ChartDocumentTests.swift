import Foundation
import Testing

@testable import Report

@Suite("A chart as a file")
struct ChartDocumentTests {
    private func document(description: String = "Bit rates.") -> String {
        let chart = LineChart(
            x: .time(), y: Axis("Bit rate", unit: .bitsPerSecond),
            series: [LineSeries("a", [ChartPoint(0, 1e6), ChartPoint(10, 2e6)], isFilled: true)])
        return ChartDocument(chart, title: "A <chart>", description: description).svg()
    }

    @Test("is well-formed XML with a size", arguments: ["Bit rates & more.", ""])
    func wellFormed(description: String) throws {
        let text = document(description: description)
        try expectWellFormed(text)
        #expect(text.contains(/^<svg [^>]*width="960" height="[0-9.]+"/.anchorsMatchLineEndings()))
        #expect(text.contains(/<svg [^>]*>\n<title>A &lt;chart&gt;</))
    }

    @Test("has its colours written out, light and dark, and needs no page")
    func colors() {
        let text = document()
        #expect(!text.contains("var("))
        #expect(!text.contains("gray"))
        #expect(text.contains(/\.line\.c0[^{}]* { stroke: #005a94; }/))
        #expect(text.contains(/\.line\.c0[^{}]* { stroke: #2f8fe0; }/))
        #expect(text.contains("prefers-color-scheme: dark"))
    }

    /// One of each kind, with everything that they can show.
    private static let charts: [any Chart] = [
        StackedPanels(
            x: .time(),
            panels: [
                ChartPanel(
                    y: Axis("Bit rate", unit: .bitsPerSecond),
                    series: [
                        LineSeries("a", [ChartPoint(0, 1e6), ChartPoint(10, 2e6)], isFilled: true),
                        LineSeries("b", [ChartPoint(0, 2e6), ChartPoint(10, 1e6)], dash: .dashed),
                        LineSeries("c", [ChartPoint(0, 3e6), ChartPoint(10, 1e6)], dash: .dotted),
                    ])
            ], bands: [ChartBand("stall", intervals: [ChartBand.Interval(from: 2, to: 3)])],
            markers: [ChartMarker("start", at: 1)]),
        BarChart(categories: ["x", "y"], axis: Axis("Bytes"), series: [BarSeries("s", [1, 2])]),
        BarChart(categories: ["x"], axis: Axis("Bytes"), series: [BarSeries("s", [1])], orientation: .vertical),
        ScatterChart(
            x: Axis("x"), y: Axis("y"),
            series: (0..<9).map { ScatterSeries("s\($0)", [ScatterPoint(1, 1 + Double($0) / 1e3, label: "p\($0)")]) },
            front: [ChartPoint(1, 1), ChartPoint(2, 2)]),
        IntervalChart(
            axis: Axis("difference"),
            rows: [
                IntervalRow("clear", value: 1, interval: 0.5...1.5), IntervalRow("not", value: 0.1, interval: -1...1),
            ]),
    ]

    @Test("has a fill for every shape and a stroke for every line, since what has none is drawn black, or not at all")
    func rules() throws {
        var shapes: Set<String> = []
        for chart in Self.charts {
            let text = ChartDocument(chart, title: "A chart", description: "").svg()
            let style = try #require(text.firstMatch(of: /<style>\n((?:.|\n)*?)@media/)).1
            let rules = style.matches(of: /([^{}]+) \{([^{}]*)\}/).map { rule in
                let selectors = rule.1.split(separator: ",").map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
                return (selectors, String(rule.2))
            }
            for shape in text.matches(of: /<(rect|path|line)\b[^>]*\bclass="([^"]*)"/) {
                let classes = Set(shape.2.split(separator: " ").map(String.init))
                let declarations = rules.filter { selectors, _ in
                    selectors.contains { selector in
                        selector.hasPrefix(".")
                            && classes.isSuperset(of: selector.split(separator: ".").map(String.init))
                    }
                }.map(\.1).joined()
                let property = shape.1 == "line" ? "stroke: " : "fill: "
                #expect(declarations.contains(property), "\(shape.1) of class \(shape.2)")
                if declarations.contains("fill: none") {
                    #expect(declarations.contains("stroke: "), "\(shape.1) of class \(shape.2)")
                }
                if classes.contains("strip") { #expect(declarations.contains("fill-opacity: 0;")) }
                shapes.formUnion(classes)
            }
        }
        for name in ["strip", "whisker", "hollow", "dot", "bar", "band", "area", "line", "marker", "grid", "axis"] {
            #expect(shapes.contains(name), "nothing of class \(name) was drawn")
        }
    }
}

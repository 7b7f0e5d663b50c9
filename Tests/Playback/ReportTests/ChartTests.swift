import TestSupport
import Testing

@testable import Report

@Suite("Charts")
struct ChartTests {
    private static let axis = Axis("Level")

    @Test("stay small however long the series", arguments: [LineSeries.Interpolation.linear, .stepAfter])
    func decimation(interpolation: LineSeries.Interpolation) {
        var generator = SeededGenerator(seed: 1)
        let points = (0..<100_000).map { ChartPoint(Double($0) * 0.001, .random(in: 0...30, using: &generator)) }
        let chart = LineChart(
            x: .time(), y: Self.axis, series: [LineSeries("noise", points, interpolation: interpolation)])
        #expect(chart.svg(layout: .wide, title: "", description: "").utf8.count < 60_000)
    }

    @Test("tell 24 lines apart, in the picture and in its legend", arguments: ChartLayout.allCases)
    func strokes(layout: ChartLayout) {
        let series = (0..<24).map { LineSeries("rule \($0)", [ChartPoint(0, Double($0)), ChartPoint(1, 24)]) }
        let svg = LineChart(x: .time(), y: Self.axis, series: series)
            .svg(layout: layout, title: "", description: "")
        let classes = svg.matches(of: /<(line|path) [^>]*class="(line c[^"]*)"/).map { ($0.1, $0.2) }
        let keys = classes.filter { $0.0 == "line" }.map { String($0.1) }
        #expect(Set(keys).count == 24)
        #expect(classes.filter { $0.0 == "path" }.map { String($0.1) } == keys)
        #expect(keys[7] == "line c7" && keys[8] == "line c0 dashed" && keys[23] == "line c7 dotted")
    }

    @Test("tell 24 series of points apart, in the picture and in its legend")
    func shapes() {
        #expect(Set((0..<24).map { [PointShape(series: $0).rawValue, PaletteIndex.wrapped($0)] }).count == 24)
    }

    @Test("break lines by the number of their colour, whatever that is")
    func dashes() {
        #expect(
            [-8, -1, 0, 7, 8, 16, 24].map { LineSeries.Dash(series: $0) } == [
                .dotted, .dotted, .solid, .solid, .dashed, .dotted, .solid,
            ])
        for number in [Int.min, Int.max] { _ = LineSeries.Dash(series: number) }
    }

    @Test("keep the extremes of a long series")
    func extremes() {
        var points = (0..<10_000).map { ChartPoint(Double($0) * 0.01, 1) }
        points[5_003].y = 9
        points[7_777].y = -9
        let reduced = Decimation.reduced(points, columnWidth: 1.5)
        #expect(reduced.count < 300)
        #expect(reduced.contains(points[5_003]) && reduced.contains(points[7_777]))
        #expect(reduced.first == points.first && reduced.last == points.last)
        #expect(zip(reduced, reduced.dropFirst()).allSatisfy { $0.x < $1.x })
    }

    @Test("drop only repeated values from steps")
    func changes() {
        let points = [1.0, 1, 1, 2, 2, 1, 1].enumerated().map { ChartPoint(Double($0.offset), $0.element) }
        #expect(Decimation.changes(points).map(\.x) == [0, 3, 5, 6])
    }

    @Test("run level, then up or down, when a value holds until it changes")
    func steps() {
        let paths = [LineSeries.Interpolation.linear, .stepAfter].map { interpolation in
            var x = AxisScale(
                Axis("x", minimum: 0, maximum: 10), showing: Extent(), count: 5, includesZero: false, rounded: false)
            x.length = 100
            var y = AxisScale(
                Axis("y", minimum: 0, maximum: 10), showing: Extent(), count: 5, includesZero: true, rounded: true)
            y.origin = 100
            y.length = -100
            return LinePath(
                LineSeries(
                    "", [ChartPoint(0, 1), ChartPoint(5, 4), ChartPoint(7, .nan), ChartPoint(9, 2)],
                    interpolation: interpolation, isFilled: true), x: x, y: y)
        }
        #expect(paths[0].line == "M0 90L50 60M90 80h0.1")
        #expect(paths[1].line == "M0 90H50V60M90 80h0.1")
        #expect(paths[1].area == "M0 90H50V60V100H0ZM90 80h0.1V100H90Z")
    }

    @Test("merge bands that touch and keep short ones visible")
    func bands() {
        let band = ChartBand(
            "Stall",
            intervals: [
                .init(from: 10, to: 20), .init(from: 15, to: 30), .init(from: 50, to: 50.001), .init(from: 9, to: 8),
                .init(from: .nan, to: 3),
            ])
        let chart = LineChart(x: .time(maximum: 100), y: Self.axis, series: [], bands: [band])
        let svg = chart.svg(layout: .wide, title: "", description: "")
        #expect(svg.components(of: "<title>Stall</title></rect>") == 2)
        #expect(svg.contains("width=\"1.5\""))
    }

    @Test("draw upright bars lying where their lettering does not fit")
    func barsTurn() {
        let chart = BarChart(
            categories: (0..<8).map { "category \($0)" }, axis: Self.axis,
            series: [BarSeries("a", (0..<8).map(Double.init))], orientation: .vertical)
        let wide = chart.svg(layout: .wide, title: "", description: "")
        let narrow = chart.svg(layout: .narrow, title: "", description: "")
        #expect(wide.contains("class=\"key\" text-anchor=\"middle\">category 0<"))
        #expect(narrow.contains("class=\"key\" text-anchor=\"end\">category 0<"))
    }

    @Test("keep labels of crowded points off each other and inside the plot")
    func labelPlacement() {
        var generator = SeededGenerator(seed: 9)
        let area = Box(x: 40, y: 20, width: 600, height: 400)
        let anchors = (0..<200).map { index in
            LabelPlacement.Anchor(
                x: .random(in: 40...640, using: &generator), y: .random(in: 20...420, using: &generator),
                label: "point \(index)")
        }
        let labels = LabelPlacement(anchors, radius: 5, textSize: 13, within: area).labels
        #expect(labels.count > 40 && labels.count <= LabelPlacement.limit)
        for (index, label) in labels.enumerated() {
            #expect(label.box.x >= area.x && label.box.right <= area.right)
            #expect(!labels[..<index].contains { $0.box.overlaps(label.box) })
        }
    }

    @Test("say what they show to those who cannot see them", arguments: ChartLayout.allCases)
    func accessibility(layout: ChartLayout) {
        let svg = BarChart(categories: ["a"], axis: Self.axis, series: [BarSeries("s", [1])])
            .svg(layout: layout, title: "A & B", description: "More")
        #expect(
            svg.hasPrefix("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(layout == .wide ? 960 : 390) "))
        #expect(svg.contains("role=\"img\""))
        #expect(svg.contains("<title>A &amp; B</title>\n<desc>More</desc>"))
        #expect(svg.contains("<title>a, s: 1</title>"))
    }

    @Test("share one prefix on an axis and say the unit once")
    func units() {
        let chart = LineChart(
            x: .time(), y: Axis("Bit rate", unit: .bitsPerSecond),
            series: [LineSeries("r", [ChartPoint(0, 375_000), ChartPoint(10, 4_300_000)])])
        let svg = chart.svg(layout: .wide, title: "", description: "")
        #expect(svg.contains(">Bit rate (Mbit/s)<") && svg.contains(">Time (s)<"))
    }

    @Test("stack the first series of a panel: each stands on the one before, and the axis shows the sum")
    func stacking() {
        let series = [("a", 1.0), ("b", 2.0), ("c", 5.0)].map { name, value in
            LineSeries(
                name, [ChartPoint(0, value), ChartPoint(4, value)], interpolation: .stepAfter, isFilled: true)
        }
        let panel = ChartPanel(y: Self.axis, series: series, stacked: 2)
        #expect(panel.drawn.map { $0.series.points.map(\.y) } == [[1, 1], [3, 3], [5, 5]])
        #expect(panel.drawn.map { $0.base?.map(\.y) } == [nil, [1, 1], nil])
        #expect(panel.drawn.map(\.series.name) == ["a", "b", "c"])
        let svg = StackedPanels(x: .time(), panels: [panel]).svg(layout: .wide, title: "", description: "")
        // Under the pointer each has its own value.
        #expect(svg.contains("a: 1") && svg.contains("b: 2"))
        #expect(ChartPanel(y: Self.axis, series: [], stacked: 3).drawn.isEmpty)
    }

    @Test("say so when there is nothing to draw")
    func empty() {
        let charts: [any Chart] = [
            LineChart(x: .time(), y: Self.axis, series: [LineSeries("a", [ChartPoint(.nan, 1)])]),
            ScatterChart(x: Self.axis, y: Self.axis, series: []),
        ]
        for chart in charts { #expect(chart.svg(layout: .wide, title: "", description: "").contains(">no data<")) }
    }
}

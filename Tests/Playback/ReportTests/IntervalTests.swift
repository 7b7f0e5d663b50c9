import TestSupport
import Testing

@testable import Report

@Suite("Intervals")
struct IntervalTests {
    private let rows = [
        IntervalRow("bola-u", value: 0.3, interval: 0.1...0.5), IntervalRow("fixed", value: -0.1, interval: -0.3...0.1),
        IntervalRow("lone", value: 0.2, interval: nil), IntervalRow("none", value: .nan, interval: nil),
    ]

    @Test("are drawn filled where zero is outside, hollow where it is not, and say their numbers")
    func chart() {
        let svg = IntervalChart(axis: Axis("QoE"), rows: rows).svg(layout: .narrow, title: "t", description: "")
        #expect(svg.components(of: "class=\"dot c0\"") == 1)
        #expect(svg.components(of: "class=\"hollow c0\"") == 2)
        #expect(svg.components(of: "class=\"whisker c0\"") == 2)
        #expect(svg.contains("<title>bola-u: 0.3 (0.100 to 0.500)</title>"))
        #expect(!svg.contains("nan"))
    }

    @Test("are lines of text that fit the terminal, beside a line at zero", arguments: [0, 50, 80, 200])
    func text(columns: Int) {
        let lines = TextIntervals(rows, columns: columns).text().split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines.allSatisfy { $0.count <= max(columns, 50) })
        #expect(lines[0].contains("●") && lines[1].contains("○"))
        #expect(lines[0].hasPrefix("bola-u  ") && lines[0].hasSuffix("0.3 (0.100 to 0.500)"))
        #expect(lines[1].contains("├") && lines[1].contains("┤"))
    }

    @Test("of nothing are nothing, and of anything are something", arguments: [[], [Double.nan], [.infinity]])
    func nothing(values: [Double]) {
        let rows = values.map { IntervalRow("a", value: $0, interval: nil) }
        #expect(TextIntervals(rows, columns: 80).text().isEmpty)
        #expect(
            IntervalChart(axis: Axis("a"), rows: rows).svg(layout: .wide, title: "", description: "").contains(
                "no data"))
    }

    @Test("have one prefix and one count of digits")
    func ranges() {
        #expect(ReportUnit.bitsPerSecond.text(from: -20_000, to: 1_500_000) == "-0.02 to 1.50 Mbit/s")
        #expect(ReportUnit.percentage.text(from: 0.001, to: 0.0123) == "0.10 to 1.23 %")
        #expect(ReportUnit.none.text(from: .nan, to: 1) == DecimalText.missing)
    }
}

@Suite("What a line shows under the pointer")
struct SeriesReadingTests {
    private let points = [
        ChartPoint(0, 1), ChartPoint(10, 3), ChartPoint(20, .nan), ChartPoint(30, 5), ChartPoint(40, 5),
    ]

    @Test(
        "is the value before on steps, and between on straight lines",
        arguments: [
            (5.0, 1.0, 2.0), (0, 1, 1), (-1, nil, nil), (15, 3, nil), (25, nil, nil), (40, 5, 5), (41, nil, nil),
        ])
    func values(x: Double, steps: Double?, straight: Double?) {
        let series = [LineSeries.Interpolation.stepAfter, .linear].map { LineSeries("", points, interpolation: $0) }
        #expect(SeriesReading(series[0], name: "", unit: .none).value(at: x) == steps)
        #expect(SeriesReading(series[1], name: "", unit: .none).value(at: x) == straight)
    }
}

@Suite("Randomised CSV")
struct RandomisedCSVTests {
    @Test("reads back record by record, and halves of records are none")
    func roundTrip() {
        var generator = SeededGenerator(seed: 77)
        for _ in 0..<400 {
            let records = (0..<3).map { _ in
                (0..<Int.random(in: 1...4, using: &generator)).map { _ in
                    generator.anyText().replacing("\r", with: "")
                }
            }
            var writer = CSVWriter()
            for record in records { writer.append(record) }
            let bytes = Array(writer.text.utf8)
            var reader = CSVReader(bytes)
            for record in records { #expect(reader.next() == record) }
            #expect(reader.next() == nil && reader.offset == bytes.count)
            var half = CSVReader(Array(bytes.dropLast()))
            var count = 0
            while half.next() != nil { count += 1 }
            #expect(count == 2)
        }
    }
}

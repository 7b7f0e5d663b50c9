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
        #expect(text.contains(".line.c0 { stroke: #005a94; }"))
        #expect(text.contains(".line.c0 { stroke: #2f8fe0; }"))
        #expect(text.contains("prefers-color-scheme: dark"))
    }
}

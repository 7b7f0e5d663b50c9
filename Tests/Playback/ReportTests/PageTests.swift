import Foundation
import TestSupport
import Testing

@testable import Report

#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite("Pages")
struct PageTests {
    @Test("are well-formed, hold no number that is none, and come out the same each time, whatever goes in")
    func anything() throws {
        var generator = SeededGenerator(seed: 2024)
        for _ in 0..<120 {
            let report = generator.anyReport()
            let page = report.html()
            try expectWellFormed(page)
            #expect(page == report.html())
            let numbers = page.matches(of: /\s(?:x|y|x1|y1|x2|y2|width|height|viewBox|d)="([^"]*)"/)
            for match in numbers {
                let isNumeric = match.1.allSatisfy { $0.isNumber || " .-MLHVZahv=device,intalscw".contains($0) }
                #expect(isNumeric, "\(match.0)")
                #expect(!match.1.contains("nan") && !match.1.contains("inf"), "\(match.0)")
            }
        }
    }

    @Test("escape all text")
    func escaping() throws {
        let hostile = "<script>alert(\"&'\")</script>"
        let chart = LineChart(
            x: Axis(hostile), y: Axis(hostile, unit: ReportUnit(hostile)),
            series: [LineSeries(hostile, [ChartPoint(0, 1), ChartPoint(1, 2)])],
            bands: [ChartBand(hostile, intervals: [.init(from: 0, to: 1)])], markers: [ChartMarker(hostile, at: 0.5)])
        let table = ReportTable(caption: hostile, columns: [.text(hostile)], rows: [[.text(hostile)]])
        let page = Report(
            title: hostile, subtitle: hostile, commandLine: hostile,
            sections: [
                ReportSection(
                    hostile,
                    [
                        .paragraph(hostile), .code(hostile), .facts([ReportFact(hostile, hostile)]), .table(table),
                        .figure(ReportFigure(hostile, caption: hostile, chart: chart)),
                        .details(hostile, [.paragraph(hostile)]), .links([ReportLink(hostile, path: hostile)]),
                    ])
            ]
        ).html()
        try expectWellFormed(page)
        #expect(!page.contains("<script"))
    }

    @Test("refer to nothing outside")
    func selfContained() {
        var generator = SeededGenerator(seed: 3)
        let page = generator.anyReport().html()
        for reference in ["src=", "url(", "@import", "<link", "<script"] { #expect(!page.contains(reference)) }
    }

    @Test(
        "link to files beside them only",
        arguments: [
            ("traces/a b.jsonl", "traces/a%20b.jsonl"), ("é", "%C3%A9"),
            ("javascript:alert(1)", "javascript%3Aalert%281%29"),
            ("//example.com/x", ".//example.com/x"), ("", "."),
        ])
    func paths(path: String, reference: String) {
        #expect(ReportLink("x", path: path).reference == reference)
    }

    @Test(
        "link to the web only",
        arguments: [
            ("https://example.com/?a=1", true), ("HTTP://example.com", true), ("javascript:alert(1)", false),
            ("data:text/html,x", false), ("", false),
        ])
    func addresses(url: String, isLink: Bool) {
        #expect((ReportLink("x", url: url).reference != nil) == isLink)
    }

    @Test("set what stands between back-ticks as code")
    func code() {
        #expect(Markup.prose("run `a < b` now") == "run <code>a &lt; b</code> now")
        #expect(Markup.prose("a ` alone") == "a ` alone")
        #expect(Markup.prose("`x` and `") == "<code>x</code> and `")
    }
}

/// Fails when `page` is not well-formed XML.
func expectWellFormed(_ page: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let parser = XMLParser(data: Data(page.utf8))
    let isWellFormed = parser.parse()
    let error = parser.parserError.map { "\($0)" } ?? ""
    #expect(isWellFormed, "line \(parser.lineNumber): \(error)", sourceLocation: sourceLocation)
}

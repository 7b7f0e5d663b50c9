import TestSupport
import Testing

@testable import Report

@Suite("Tables")
struct TableTests {
    private let table = ReportTable(
        columns: [
            .text("profile"), .text("rule"), .number("mean", .bitsPerSecond, best: .highest),
            .number("stalls", best: .lowest), .number("ratio", .percentage, digits: 1),
        ],
        rows: [
            ["3g", "bola-u", 1_420_000, 0, .number(0.0125)],
            ["3g", "fixed", 900_000, 3, .number(.nan)],
            ["4g", "bola-u", 4_000_000, 0, .missing],
            ["4g", "fixed", 5_000_000, 0],
        ], groupColumn: 0)

    @Test("align in a terminal, with one unit a column and the best of each group marked")
    func text() {
        let expected = """
            profile  rule    mean (Mbit/s)   stalls   ratio (%)
            ───────  ──────  ──────────────  ───────  ─────────
            3g       bola-u           1.42*       0*        1.3
            3g       fixed            0.90        3           –

            4g       bola-u           4.00        0
            4g       fixed            5.00*       0

            """
        #expect(TextTable(table).text() == expected)
    }

    @Test("write CSV in base units with all digits")
    func csv() {
        let expected = [
            "profile,rule,mean (bit/s),stalls,ratio", "3g,bola-u,1420000,0,0.0125", "3g,fixed,900000,3,",
            "4g,bola-u,4000000,0,", "4g,fixed,5000000,0,", "",
        ].joined(separator: "\r\n")
        #expect(table.csv() == expected)
    }

    @Test("set the best value off in HTML, in each group by itself")
    func html() {
        let page = Report(title: "t", sections: [ReportSection("s", [.table(table)])]).html()
        #expect(page.contains("<td class=\"number best\"><strong>1.42</strong></td>"))
        #expect(page.contains("<td class=\"number best\"><strong>5.00</strong></td>"))
        #expect(page.components(of: "<strong>") == 3)
        #expect(page.components(of: "<tr class=\"group\">") == 1)
    }

    @Test("do not let a cell steer the terminal")
    func controlCharacters() {
        let text = TextTable(header: ["name"], rows: [["a\u{1B}[2Jb\nc"], ["x", "beyond the columns"], []]).text()
        #expect(text == "name\n───────\na [2Jb c\nx\n\n".replacing("───────", with: "────────"))
    }

    @Test(
        "quote CSV fields as RFC 4180 says",
        arguments: [
            ("plain", "plain"), ("a,b", "\"a,b\""), ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("two\r\nlines", "\"two\r\nlines\""),
            ("lone\rreturn", "\"lone\rreturn\""), ("", ""), (" space ", " space "), ("é", "é"),
        ])
    func quoting(value: String, field: String) {
        #expect(CSVWriter.field(value) == field)
    }

    @Test("read back from CSV as they were written")
    func csvRoundTrip() {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<300 {
            let width = Int.random(in: 1...4, using: &generator)
            let records = (0..<5).map { _ in (0..<width).map { _ in generator.anyText() } }
            var writer = CSVWriter(header: records[0])
            for record in records.dropFirst() { writer.append(record) }
            #expect(parsed(writer.text) == records)
        }
    }

    @Test(
        "write numbers with all their digits",
        arguments: [
            (4_200_000.0, "4200000"), (0.0125, "0.0125"), (-3, "-3"), (.nan, ""), (.infinity, ""), (1e300, "1e+300"),
        ])
    func numbers(value: Double, text: String) {
        #expect(CSVWriter.number(value) == text)
    }

    /// The records of RFC 4180 text.
    private func parsed(_ text: String) -> [[String]] {
        var records: [[String]] = []
        var record: [String] = []
        var field = String.UnicodeScalarView()
        var isQuoted = false
        var wasQuote = false
        for scalar in text.unicodeScalars {
            if isQuoted {
                if scalar == "\"" {
                    isQuoted = false
                    wasQuote = true
                } else {
                    field.append(scalar)
                }
                continue
            }
            switch scalar {
            case "\"":
                if wasQuote { field.append(scalar) }
                isQuoted = true
            case ",":
                record.append(String(field))
                field = .init()
            case "\r": break
            case "\n":
                records.append(record + [String(field)])
                record = []
                field = .init()
            default: field.append(scalar)
            }
            wasQuote = false
        }
        return records
    }
}

extension String {
    /// How often `part` occurs.
    func components(of part: String) -> Int { ranges(of: part).count }
}

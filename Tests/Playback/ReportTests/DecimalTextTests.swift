import Testing

@testable import Report

@Suite("Decimal text")
struct DecimalTextTests {
    @Test(
        "has exactly the digits asked for",
        arguments: [
            (0.0, 0, "0"), (-0.04, 1, "0.0"), (2.5, 0, "3"), (-2.5, 0, "-3"), (1.005, 1, "1.0"), (0.05, 3, "0.050"),
            (1_234.5678, 2, "1234.57"), (0.999, 2, "1.00"), (.nan, 2, "–"), (-.infinity, 0, "–"),
            (-.greatestFiniteMagnitude, 2, "-1.80e+308"), (1e15, 2, "1.00e+15"),
            (123_456_789_012_345, 12, "123456789012345"),
        ])
    func fixed(value: Double, digits: Int, text: String) {
        #expect(DecimalText.fixed(value, digits: digits) == text)
    }

    @Test("loses zeros at its end", arguments: [(2.50, "2.5"), (3.0, "3"), (100.0, "100"), (0.125, "0.125")])
    func trimmed(value: Double, text: String) {
        #expect(DecimalText.trimmed(value, digits: 3) == text)
    }

    @Test(
        "keeps about three significant digits",
        arguments: [(1_234.5, "1235"), (12.345, "12.3"), (0.01234, "0.0123"), (0.0, "0"), (9.999, "10")])
    func compact(value: Double, text: String) {
        #expect(DecimalText.compact(value) == text)
    }

    @Test(
        "with a unit takes the prefix that fits",
        arguments: [
            (4_200_000.0, ReportUnit.bitsPerSecond, "4.2 Mbit/s"), (999, .bytes, "999 B"), (1_500, .bytes, "1.5 kB"),
            (0.0125, .percentage, "1.25 %"), (12.34, .seconds, "12.3 s"), (3, .none, "3"),
            (.nan, .seconds, "–"),
        ])
    func units(value: Double, unit: ReportUnit, text: String) {
        #expect(unit.text(value) == text)
    }
}

import TestSupport
import Testing

@testable import Report

@Suite("Ticks")
struct TicksTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var lower: Double
        var upper: Double
        var count: Int
        var isTime = false
        var rounded = true
        var labels: [String]
        var testDescription: String { "\(lower)…\(upper) by \(count)" }
    }

    @Test(
        "are round numbers that cover the range",
        arguments: [
            Case(lower: 0, upper: 4.3, count: 5, labels: ["0", "1", "2", "3", "4", "5"]),
            Case(lower: 0, upper: 97, count: 5, labels: ["0", "20", "40", "60", "80", "100"]),
            Case(lower: 0, upper: 1, count: 5, labels: ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
            Case(lower: 0, upper: 0.3, count: 3, labels: ["0.0", "0.1", "0.2", "0.3"]),
            Case(lower: -4.2, upper: 33, count: 4, labels: ["-10", "0", "10", "20", "30", "40"]),
            Case(lower: 0, upper: 0.0125, count: 3, labels: ["0.000", "0.005", "0.010", "0.015"]),
            Case(lower: 33, upper: -4.2, count: 4, labels: ["-10", "0", "10", "20", "30", "40"]),
            Case(
                lower: 0, upper: 119, count: 10, isTime: true, rounded: false,
                labels: [
                    "0", "15", "30", "45", "60", "75", "90", "105",
                ]),
            Case(lower: 0, upper: 600, count: 5, isTime: true, labels: ["0", "120", "240", "360", "480", "600"]),
            Case(lower: 0, upper: 6, count: 6, isTime: true, labels: ["0", "1", "2", "3", "4", "5", "6"]),
            Case(lower: 0, upper: 0, count: 5, labels: ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
            Case(lower: 8, upper: 8, count: 5, labels: ["0", "2", "4", "6", "8", "10"]),
            Case(lower: -8, upper: -8, count: 5, labels: ["-10", "-8", "-6", "-4", "-2", "0"]),
            Case(lower: .nan, upper: 2, count: 2, labels: ["0", "1", "2"]),
            Case(lower: .infinity, upper: -.infinity, count: 2, labels: ["0.0", "0.5", "1.0"]),
        ])
    func roundNumbers(_ example: Case) {
        let ticks = Ticks(
            from: example.lower, to: example.upper, count: example.count, isTime: example.isTime,
            rounded: example.rounded)
        #expect(ticks.values.map(ticks.label) == example.labels)
    }

    @Test("hold for any two numbers")
    func anyRange() {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<5_000 {
            let ticks = Ticks(
                from: generator.anyDouble(), to: generator.anyDouble(),
                count: Int.random(in: -3...40, using: &generator),
                isTime: .random(using: &generator), rounded: .random(using: &generator))
            #expect(ticks.upper > ticks.lower && ticks.lower.isFinite && ticks.upper.isFinite)
            #expect(ticks.step > 0 && ticks.values.count <= 61)
            #expect(ticks.values.allSatisfy { $0.isFinite })
        }
    }
}

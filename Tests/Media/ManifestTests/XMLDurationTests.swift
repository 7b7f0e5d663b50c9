import TestSupport
import Testing

@testable import Manifest

struct XMLDurationTests {
    @Test(
        "reads ISO 8601 durations",
        arguments: [
            ("PT0S", 0), ("PT9.96S", 9.96), ("PT1H2M3.5S", 3723.5), ("PT634.566S", 634.566), ("P1D", 86_400),
            ("P1DT1H", 90_000), ("P0Y0M0DT0H3M30.000S", 210), ("PT1M", 60), ("PT0.0S", 0), ("P1Y2M", 36_720_000),
        ])
    func read(_ text: String, _ seconds: Double) {
        #expect(XMLDuration.seconds(text) == seconds)
    }

    @Test(
        "refuses what is none",
        arguments: [
            "", "P", "PT", "10", "10S", "PT10", "T10S", "-PT1S", "PT-1S", "PT1.S", "PT.5S", "PT1,5S", "PT1.5M",
            "PT1S1M", "PT1M1M", "P1S", "PT1D", "P1DT", "PTT1S", "pt1s", " PT1S", "PT1e3S", "PT1.2.3S", "PTnanS",
            "PT9999999999S", "PT１S", "PT" + String(repeating: "9", count: 400) + "S",
        ])
    func refuse(_ text: String) {
        #expect(XMLDuration.seconds(text) == nil)
    }

    @Test(
        "writes the shortest form",
        arguments: [
            (0, "PT0S"), (2, "PT2S"), (9.96, "PT9.96S"), (60, "PT1M0S"), (3600, "PT1H0S"), (3723.5, "PT1H2M3.5S"),
            (634.566, "PT10M34.566S"), (0.00001, "PT0.000010000000S"),
        ])
    func write(_ seconds: Double, _ text: String) {
        #expect(XMLDuration.text(seconds) == text)
    }

    @Test("what is written reads back as the same number")
    func roundTripRandomised() {
        var generator = SeededGenerator(seed: 8601)
        for round in 0..<fuzzRounds(default: 20_000) {
            let seconds =
                switch round % 4 {
                case 0: Double.random(in: 0..<100, using: &generator)
                case 1: Double(Int.random(in: 0..<100_000_000, using: &generator)) / 1000
                case 2: Double(Int.random(in: 0..<1_000_000, using: &generator)) * 1001 / 30_000
                default: Double.random(in: 0..<1e9, using: &generator)
                }
            #expect(XMLDuration.seconds(XMLDuration.text(seconds)) == seconds || seconds < 0.0001)
        }
    }
}

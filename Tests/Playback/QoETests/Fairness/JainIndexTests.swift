import Testing

@testable import QoE

@Suite("Jain's index")
struct JainIndexTests {
    struct Example: Sendable {
        var shares: [Double]
        var index: Double
    }

    @Test(
        "is (Σx)² / (n·Σx²)",
        arguments: [
            Example(shares: [5], index: 1),
            Example(shares: [3, 3, 3], index: 1),
            // Two of four share evenly: 2/4.
            Example(shares: [1, 1, 0, 0], index: 0.5),
            Example(shares: [7, 0, 0, 0], index: 0.25),
            // 6² / (3 · 14)
            Example(shares: [1, 2, 3], index: 36.0 / 42),
            // 10² / (2 · 68), whatever the unit.
            Example(shares: [8, 2], index: 100.0 / 136),
            Example(shares: [8e300, 2e300], index: 100.0 / 136),
            Example(shares: [8e-300, 2e-300], index: 100.0 / 136),
        ])
    func formula(_ example: Example) throws {
        let index = try #require(JainIndex.value(of: example.shares))
        #expect(abs(index - example.index) < 1e-12)
    }

    @Test("has no value without shares", arguments: [[], [0, 0], [1, -1], [1, .nan], [1, .infinity]])
    func undefined(_ shares: [Double]) {
        #expect(JainIndex.value(of: shares) == nil)
    }
}

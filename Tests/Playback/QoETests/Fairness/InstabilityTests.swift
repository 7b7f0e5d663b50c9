import Testing

@testable import QoE

@Suite("FESTIVE's instability")
struct InstabilityTests {
    struct Example: Sendable {
        var bitRates: [Double]
        var value: Double
    }

    @Test(
        "weighs switches by how late they came, over the bit rates before",
        arguments: [
            Example(bitRates: [4, 4, 4, 4], value: 0),
            // k = 3, weights 3, 2, 1: changes (8−8)·3 + (8−4)·2 + (4−4)·1 = 8; before: 8·2 + 4·1 + 4·0 = 20.
            Example(bitRates: [4, 4, 8, 8], value: 8.0 / 20),
            // The same switch a second later counts more: 4·3; before: 4·2 + 4·1 + 4·0 = 12.
            Example(bitRates: [4, 4, 4, 8], value: 12.0 / 12),
            // Down and up again: 3·3 + 3·2 + 0·1; before: 1·2 + 4·1 + 4·0.
            Example(bitRates: [4, 4, 1, 4], value: 15.0 / 6),
            // k = 1: the change over the bit rate before it.
            Example(bitRates: [4, 6], value: 0.5),
            // Only the last 20 steps count: one change of 2 at d = 19 has weight 1; before: 2·(19 + … + 1) + 4·0.
            Example(bitRates: [9, 1, 4] + Array(repeating: 2, count: 20), value: 2.0 / 380),
        ])
    func formula(_ example: Example) throws {
        let value = try #require(Instability.value(of: example.bitRates))
        #expect(abs(value - example.value) < 1e-12)
    }

    @Test("has no value where nothing can be compared", arguments: [[], [4], [0, 0, 0], [0, 3]])
    func undefined(_ bitRates: [Double]) {
        #expect(Instability.value(of: bitRates) == nil)
    }

    @Test("is averaged over the seconds that have twenty before them")
    func mean() throws {
        // In the 21st second the step lies 20 s back, with weight 1 over 2·(19 + … + 1) + 1·0; in the 22nd out of sight.
        let mean = try #require(Instability.mean(of: [1] + Array(repeating: 2, count: 21)))
        #expect(abs(mean - (1.0 / 380) / 2) < 1e-12)
    }

    @Test("is that of its end, where a session is shorter")
    func short() throws {
        // k = 2: (6−6)·2 + 2·1 = 2 over 6·1 + 4·0.
        #expect(try abs(#require(Instability.mean(of: [4, 6, 6])) - 2.0 / 6) < 1e-12)
        #expect(Instability.mean(of: [4]) == nil)
        #expect(Instability.mean(of: []) == nil)
    }
}

import Foundation
import NetworkEmulation

/// Random numbers that are the same in each run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// How often a randomised test repeats itself: `HEADWATER_FUZZ_ROUNDS` if set.
func fuzzRounds(default rounds: Int) -> Int {
    ProcessInfo.processInfo.environment["HEADWATER_FUZZ_ROUNDS"].flatMap { Int($0) } ?? rounds
}

/// A profile of (seconds, kb/s, milliseconds) each.
func profile(_ steps: (Double, Double, Double)...) -> BandwidthProfile {
    BandwidthProfile(
        name: "test",
        steps: steps.map { .init(duration: $0.0, bandwidth: $0.1 * 1000, latency: $0.2 / 1000) })
}

extension BandwidthProfile {
    /// A profile of up to 12 steps, some of them outages.
    static func random(using generator: inout SeededGenerator) -> BandwidthProfile {
        var steps = (0..<Int.random(in: 1...12, using: &generator)).map { _ in
            BandwidthProfile.Step(
                duration: Double.random(in: 0.1...5, using: &generator),
                bandwidth: Int.random(in: 0...3, using: &generator) == 0
                    ? 0 : Double.random(in: 1e5...5e6, using: &generator),
                latency: Double.random(in: 0...0.3, using: &generator))
        }
        steps[steps.count - 1].bandwidth += 1e5
        return BandwidthProfile(name: "random", steps: steps)
    }
}

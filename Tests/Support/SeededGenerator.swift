import Foundation

/// The same numbers for the same seed, on every run and every machine (SplitMix64).
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// How often a randomised test repeats itself: `HEADWATER_FUZZ_ROUNDS` if set to more than `rounds`, else that.
package func fuzzRounds(default rounds: Int) -> Int {
    max(rounds, ProcessInfo.processInfo.environment["HEADWATER_FUZZ_ROUNDS"].flatMap { Int($0) } ?? 0)
}

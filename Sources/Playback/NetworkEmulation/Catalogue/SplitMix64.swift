/// A small generator of random numbers whose sequence for a seed is the same on every machine: Steele, Lea and Flood,
/// "Fast splittable pseudorandom number generators", OOPSLA 2014.
package struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// Evenly distributed in 0..<`bound`, but for a bias below `bound`/2⁶⁴ (Lemire, "Fast random integer generation in an
    /// interval", 2019, without its rejection, so that each number takes one step of the sequence). `bound` is above zero.
    package mutating func index(below bound: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(bound)).high) }

    /// Evenly distributed in 0..<1, in steps of 2⁻⁵³.
    package mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// About normally distributed, mean 0 and deviation 1, within ±6: the sum of twelve uniform numbers less six
    /// (Irwin–Hall). Additions alone, since logarithm and cosine differ from one mathematics library to the next.
    package mutating func normal() -> Double {
        var sum = -6.0
        for _ in 0..<12 { sum += uniform() }
        return sum
    }
}

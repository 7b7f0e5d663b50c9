internal import Foundation

/// FESTIVE (Jiang, Sekar, Zhang, CoNEXT 2012): fair, efficient and stable sharing of a link by several players.
///
/// The harmonic mean of the latest throughputs says which way to go; the choice moves one version at a time, upwards the
/// later the higher it is; and it moves at all only when the gain in efficiency outweighs the loss of stability. Requests
/// are spread around a target level at random, here by a generator with a seed.
package struct FESTIVERule: RateDetermination {
    private let ladder: Ladder
    private let alpha: Double
    private let p: Double
    private let target: Double
    private let spread: Double
    private let seed: UInt64
    /// How many decisions the history of switches reaches back.
    private let memory: Int
    private var rates: HarmonicMean
    /// Whether each of the latest decisions was a switch; the latest last.
    private var switches: [Bool] = []
    /// Decisions since the latest switch, for the same version.
    private var held = 0
    private var latest: Int?

    /// Seconds of media for which a switch is remembered.
    private static let switchMemory = 20.0

    /// - Parameters:
    ///   - ladder: what is chosen from.
    ///   - alpha: α, the weight of efficiency against stability.
    ///   - p: the part of the throughput that a version may use.
    ///   - window: throughputs in the harmonic mean.
    ///   - target: level that requests wait for to be left, in seconds; nil for the paper's 15 s, or three quarters of
    ///     the ladder's buffer where that is less.
    ///   - seed: of the levels around the target, up to a segment away, that each request waits for.
    package init(
        ladder: Ladder, alpha: Double = 12, p: Double = 0.85, window: Int = 20, target: Double? = nil, seed: UInt64 = 1
    ) {
        self.ladder = ladder
        self.alpha = alpha
        self.p = p
        self.target = target.map { $0 * ladder.second } ?? min(15 * ladder.second, ladder.maxBuffer * 3 / 4)
        self.seed = seed
        spread = ladder.segmentDuration
        memory = Int(max(min(Self.switchMemory * ladder.second / ladder.segmentDuration, 1000), 1).rounded())
        rates = HarmonicMean(window: window)
    }

    package mutating func observe(_ transfer: TransferReport) {
        guard transfer.abandonedFor == nil, let rate = transfer.sample?.effectiveRate else { return }
        rates.add(rate)
    }

    package mutating func decide(_ input: RateDecisionInput) -> RateDecision {
        guard let before = input.previous, let throughput = rates.mean else {
            note(0)
            return RateDecision(index: 0, reason: .start)
        }
        let current = min(max(before, 0), ladder.top)
        if latest != current { held = 1 }
        let reference = reference(current, throughput)
        let isBetter =
            reference != current
            && score(reference, from: current, reference, throughput)
                < score(current, from: current, reference, throughput)
        let choice = isBetter ? reference : current
        note(choice)
        let level = target + spread * (2 * random(input.segment) - 1)
        let wait = input.buffer.isFinite ? max(input.buffer - level, 0) : 0
        return RateDecision(
            index: choice, wait: wait, throughput: throughput, reason: choice == reference ? .throughput : .hold)
    }

    /// The paper's b_ref: a step towards the highest version that the throughput carries, upwards from the k-th version
    /// only after k segments of it.
    private func reference(_ current: Int, _ throughput: Double) -> Int {
        let carried = ladder.bitRates.lastIndex { $0 <= p * throughput } ?? 0
        if carried < current { return current - 1 }
        return carried > current && held > current ? current + 1 : current
    }

    /// What choosing `index` costs: 2ⁿ for n switches lately, this one included, and α times how far it is from using what
    /// there is.
    private func score(_ index: Int, from current: Int, _ reference: Int, _ throughput: Double) -> Double {
        let count = switches.reduce(index == current ? 0 : 1) { $0 + ($1 ? 1 : 0) }
        let stability = exp2(Double(count))
        let efficiency = abs(ladder.bitRates[index] / min(throughput, ladder.bitRates[reference]) - 1)
        return stability + alpha * efficiency
    }

    private mutating func note(_ choice: Int) {
        let isSwitch = latest.map { $0 != choice } ?? false
        held = isSwitch || latest == nil ? 1 : held + 1
        latest = choice
        if switches.count == memory { switches.removeFirst() }
        switches.append(isSwitch)
    }

    /// A number from 0 to 1 for each segment (SplitMix64).
    private func random(_ segment: Int) -> Double {
        var mixed = seed &+ (UInt64(bitPattern: Int64(segment)) &+ 1) &* 0x9e37_79b9_7f4a_7c15
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return Double((mixed ^ (mixed >> 31)) >> 11) / Double(1 << 53)
    }
}

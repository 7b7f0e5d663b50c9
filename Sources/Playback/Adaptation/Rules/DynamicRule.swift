/// DYNAMIC (Spiteri, Sitaraman, Sparacio: "From theory to practice", MMSys 2018 §5): the throughput decides while the
/// buffer is low, BOLA while it is not.
///
/// Both rules see everything; a level of ten seconds divides them, and control changes hands only when the rule that
/// takes over would choose no worse for its side.
package struct DynamicRule: RateDetermination {
    private let threshold: Double
    private var bola: BOLARule
    private var throughput: ThroughputRule
    private var isBuffered = false
    /// What BOLA chose last.
    private var bolaChoice = 0

    /// Seconds of buffer from which on BOLA may decide.
    private static let level = 10.0

    /// - Parameters: as of ``BOLARule`` and ``ThroughputRule``.
    package init(ladder: Ladder, gammaP: Double = 5, buffer: Double? = nil, safety: Double = 0.9) {
        threshold = Self.level * ladder.second
        bola = BOLARule(ladder: ladder, variant: .utility, gammaP: gammaP, buffer: buffer)
        throughput = ThroughputRule(ladder: ladder, safety: safety)
    }

    package mutating func observe(_ transfer: TransferReport) {
        // BOLA goes on from its own choices, as in the authors' program, whichever rule was in charge.
        var transferOfChoice = transfer
        transferOfChoice.index = bolaChoice
        bola.observe(transferOfChoice)
        throughput.observe(transfer)
    }

    package mutating func decide(_ input: RateDecisionInput) -> RateDecision {
        let byBuffer = bola.decide(input)
        bolaChoice = byBuffer.index
        let byThroughput = throughput.decide(input)
        if isBuffered {
            if input.buffer < threshold, byBuffer.index < byThroughput.index { isBuffered = false }
        } else if input.buffer > threshold, byBuffer.index >= byThroughput.index {
            isBuffered = true
        }
        return isBuffered ? byBuffer : byThroughput
    }

    package var reconsiders: Bool { true }

    package mutating func reconsider(_ progress: TransferProgress) -> Int? { throughput.reconsider(progress) }

    package func assurance(_ progress: TransferProgress) -> Double { throughput.assurance(progress) }
}

/// DYNAMIC as players ship it (the same paper, §6): BOLA-E and the throughput rule take turns by the buffer's level
/// alone, and only the one in charge decides.
package struct DynamicDashRule: RateDetermination {
    private let (upper, lower): (Double, Double)
    private var bola: BOLAERule
    private var throughput: ThroughputRule
    private var isBuffered = false

    /// Seconds of buffer above which BOLA-E takes over, and below which the throughput does.
    private static let levels = (upper: 10.0, lower: 5.0)

    /// - Parameters: as of ``BOLAERule`` and ``ThroughputRule``.
    package init(ladder: Ladder, buffer: Double? = nil, safety: Double = 0.9, replaces: Bool = false) {
        (upper, lower) = (Self.levels.upper * ladder.second, Self.levels.lower * ladder.second)
        bola = BOLAERule(ladder: ladder, avoidsOscillation: false, buffer: buffer, replaces: replaces)
        throughput = ThroughputRule(ladder: ladder, safety: safety)
    }

    package mutating func observe(_ transfer: TransferReport) {
        bola.observe(transfer)
        throughput.observe(transfer)
    }

    package mutating func decide(_ input: RateDecisionInput) -> RateDecision {
        if isBuffered {
            if input.buffer < lower { isBuffered = false }
        } else if input.buffer > upper {
            isBuffered = true
        }
        guard isBuffered else {
            bola.note(idle: input.idle)
            return throughput.decide(input)
        }
        return bola.decide(input)
    }

    package var reconsiders: Bool { true }

    package mutating func reconsider(_ progress: TransferProgress) -> Int? {
        isBuffered ? bola.reconsider(progress) : throughput.reconsider(progress)
    }

    package func assurance(_ progress: TransferProgress) -> Double {
        isBuffered ? bola.assurance(progress) : throughput.assurance(progress)
    }

    package var replaces: Bool { bola.replaces }

    package mutating func replacement(
        _ input: RateDecisionInput, buffered: [BufferedSegment]
    ) -> SegmentReplacement? {
        isBuffered ? bola.replacement(input, buffered: buffered) : nil
    }
}

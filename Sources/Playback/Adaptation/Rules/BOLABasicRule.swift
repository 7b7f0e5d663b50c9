/// BOLA-BASIC (Spiteri et al., INFOCOM 2016): Lyapunov optimisation of utility and smoothness on the buffer's level alone.
package struct BOLABasicRule: RateDetermination {
    private let bola: BOLA
    private let controlParameter: Double

    /// - Parameters:
    ///   - gammaP: γp, how much smooth playback is worth against utility; above 0.
    ///   - buffer: the level, in seconds, that V is derived from; nil for the ladder's buffer.
    package init(ladder: Ladder, gammaP: Double = 5, buffer: Double? = nil) {
        bola = BOLA(ladder: ladder, gammaP: gammaP)
        controlParameter = bola.controlParameter(
            buffer: buffer ?? ladder.maxBuffer, segmentDuration: ladder.segmentDuration)
    }

    package mutating func decide(_ input: RateDecisionInput) -> RateDecision {
        if input.previous == nil { return RateDecision(index: 0, reason: .start) }
        return RateDecision(
            index: bola.choice(level: input.buffer, controlParameter: controlParameter), reason: .buffer)
    }
}

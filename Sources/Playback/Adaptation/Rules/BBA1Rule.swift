/// BBA-1 (Huang et al., SIGCOMM 2014 §5): BBA-0 over the real sizes of segments, with a reservoir that follows them.
package struct BBA1Rule: RateDetermination {
    private let top: Int
    private let map: ChunkMap

    /// - Parameters:
    ///   - ladder: what is chosen from.
    ///   - leastReservoir: in seconds; nil for two segments, or 90/240 of the ladder's buffer where that is less.
    ///   - mostReservoir: in seconds; nil for 140/240 of the ladder's buffer.
    package init(ladder: Ladder, leastReservoir: Double? = nil, mostReservoir: Double? = nil) {
        top = ladder.top
        map = ChunkMap(ladder: ladder, reservoir: (leastReservoir, mostReservoir))
    }

    package mutating func decide(_ input: RateDecisionInput) -> RateDecision {
        guard let previous = input.previous else { return RateDecision(index: 0, reason: .start) }
        return map.choice(ofSegment: input.segment, previous: min(max(previous, 0), top), buffer: input.buffer)
    }
}

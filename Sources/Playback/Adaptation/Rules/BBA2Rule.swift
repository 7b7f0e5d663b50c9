/// BBA-2 (Huang et al., SIGCOMM 2014 §6): BBA-1 after a start-up phase that climbs by what the buffer gains.
///
/// While it starts, each segment that arrives much faster than it plays lifts the choice by one version: eight times as
/// fast with an empty buffer, twice as fast with a full cushion, linear between. The phase ends when the buffer shrinks, or
/// when the chunk map would choose higher.
package struct BBA2Rule: RateDetermination {
    private let ladder: Ladder
    private let map: ChunkMap
    private var isStarting = true
    /// What the latest segment added to the buffer, less what was played meanwhile: the paper's ΔB.
    private var gain: Double?

    /// Parts of a segment that it must gain, with an empty buffer and with a full one.
    private static let emptyThreshold = 0.875
    private static let fullThreshold = 0.5

    /// - Parameters: as of ``BBA1Rule``.
    package init(ladder: Ladder, leastReservoir: Double? = nil, mostReservoir: Double? = nil) {
        self.ladder = ladder
        map = ChunkMap(ladder: ladder, reservoir: (leastReservoir, mostReservoir))
    }

    package mutating func observe(_ transfer: TransferReport) {
        guard transfer.abandonedFor == nil, transfer.elapsed.isFinite else { return }
        gain = ladder.segmentDuration - transfer.elapsed
    }

    package mutating func decide(_ input: RateDecisionInput) -> RateDecision {
        guard let before = input.previous else { return RateDecision(index: 0, reason: .start) }
        let previous = min(max(before, 0), ladder.top)
        let mapped = map.choice(ofSegment: input.segment, previous: previous, buffer: input.buffer)
        guard isStarting else { return mapped }
        let filled = input.buffer > 0 ? min(input.buffer / map.fullLevel, 1) : 0
        let threshold = Self.emptyThreshold - (Self.emptyThreshold - Self.fullThreshold) * filled
        let climbs = (gain ?? 0) > threshold * ladder.segmentDuration
        let choice = climbs ? min(previous + 1, ladder.top) : previous
        guard gain ?? 0 >= 0, mapped.index <= choice else {
            isStarting = false
            return mapped
        }
        return RateDecision(index: choice, reason: climbs ? .throughput : .hold)
    }
}

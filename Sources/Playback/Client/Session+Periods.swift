import Adaptation
import Presentation

/// How a session goes from one period to the next where its versions change (ISO/IEC 23009-1 §5.3.2).
extension Session {
    /// Media of `kind` in all periods that have some.
    static func contents(_ kind: MediaKind, of presentation: Presentation) -> [MediaStream.Content] {
        presentation.periods.enumerated().compactMap { index, sets in
            sets.first { $0.kind == kind }.map { MediaStream.Content(period: index, switchingSet: $0) }
        }
    }

    /// Where everything of its period has been fetched, lets a medium go on in the next one. A rule begins anew there,
    /// since it may choose among other versions, but knows how the latest transfers went.
    mutating func enterNextPeriod(_ index: Int) {
        guard streams[index].next >= streams[index].segmentCount,
            streams[index].enterNextPeriod(until: limit), index == 0
        else { return }
        ladder = Self.ladder(for: streams[0].tracks, maxBuffer: ladder.maxBuffer, utility: configuration.utility)
        guard streams[0].tracks.count > 1 else {
            streams[0].rule = nil
            return
        }
        streams[0].rule = configuration.rule.rule(for: ladder)
        for var transfer in streams[0].transfers {
            transfer.index = min(transfer.index, ladder.bitRates.count - 1)
            streams[0].rule?.observe(transfer)
        }
    }

    /// What a rule may choose among in one period.
    static func ladder(for tracks: [Track], maxBuffer: Double, utility: Utility) -> Ladder {
        let total = tracks[0].segments.reduce(0) { $0 + tracks[0].seconds($1.duration) }
        return Ladder(
            bitRates: tracks.map { Double(max($0.bandwidth, 1)) },
            segmentDuration: total / Double(max(tracks[0].segments.count, 1)), maxBuffer: maxBuffer, utility: utility,
            sizes: sizes(of: tracks))
    }

    /// Bits of every segment by segment and version; empty unless all are known.
    private static func sizes(of tracks: [Track]) -> [[Double]] {
        let count = tracks.map(\.segments.count).min() ?? 0
        guard tracks.allSatisfy({ $0.segments.prefix(count).allSatisfy { $0.bytes != nil } }) else { return [] }
        return (0..<count).map { segment in tracks.map { Double($0.segments[segment].bytes ?? 0) * 8 } }
    }
}

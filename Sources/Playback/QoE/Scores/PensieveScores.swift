import Foundation

/// QoE_lin: quality is the bit rate in Mbit/s, a second of stall costs 4.3, a change of quality its size; the mean over
/// segments. Mao, Netravali and Alizadeh, "Neural adaptive video streaming with Pensieve", SIGCOMM 2017,
/// table 1. The start-up does not count.
package struct LinearScore: Score {
    package static let name = "QoE_lin"
    package static let source = "Mao et al., SIGCOMM 2017, table 1"

    package init() {}

    package func value(of viewing: Viewing) -> ScoreValue {
        .number(viewing.meanScore(of: viewing.segments.map { Double($0.bitRate) / 1e6 }, rebuffering: 4.3))
    }
}

/// QoE_log: as ``LinearScore``, but quality is the natural logarithm of the bit rate over the ladder's lowest, and a second
/// of stall costs 2.66. From the same table.
package struct LogarithmicScore: Score {
    package static let name = "QoE_log"
    package static let source = "Mao et al., SIGCOMM 2017, table 1"

    package init() {}

    package func value(of viewing: Viewing) -> ScoreValue {
        switch viewing.relativeBitRates() {
        case .success(let rates): .number(viewing.meanScore(of: rates.map { log($0) }, rebuffering: 2.66))
        case .failure(let gap): .undefined(gap.reason)
        }
    }
}

/// QoE_hd: as ``LinearScore``, but quality favours high definition: 1, 2, 3, 12, 15, 20 for the six versions at 0.3, 0.75,
/// 1.2, 1.85, 2.85, 4.3 Mbit/s, and a second of stall costs 8. From the same table.
///
/// The paper gives values for its own ladder alone. Another ladder of six takes them by rank; for one of another length
/// there is no score.
package struct HDScore: Score {
    package static let name = "QoE_hd"
    package static let source = "Mao et al., SIGCOMM 2017, table 1"
    private static let qualities = [1.0, 2, 3, 12, 15, 20]

    package init() {}

    package func value(of viewing: Viewing) -> ScoreValue {
        let ladder = viewing.session.ladder.sorted()
        guard ladder.count == Self.qualities.count else {
            return .undefined("it is defined for ladders of six versions, and this one has \(ladder.count)")
        }
        let ranks = viewing.segments.map { segment in ladder.firstIndex(of: segment.bitRate) }
        guard ranks.allSatisfy({ $0 != nil }) else {
            return .undefined("a segment's bit rate is not in the head's ladder")
        }
        return .number(viewing.meanScore(of: ranks.map { Self.qualities[$0 ?? 0] }, rebuffering: 8))
    }
}

/// A measure of quality of experience over a whole session, computed from its trace alone.
package protocol Score: Sendable {
    /// As a table's heading and as a member of JSON: `QoE_lin`.
    static var name: String { get }
    /// Where the formula is from.
    static var source: String { get }

    /// - Returns: the score, or why this trace has none.
    func value(of viewing: Viewing) -> ScoreValue
}

/// What a score says of a trace.
package enum ScoreValue: Sendable, Hashable {
    /// A finite number.
    case number(Double)
    /// The trace lacks what the formula needs: which, in a few words.
    case undefined(String)

    /// The number, where there is one.
    package var number: Double? {
        guard case .number(let value) = self else { return nil }
        return value
    }
}

/// Every score.
package enum ScoreCatalogue {
    /// In the order of a table's columns.
    package static let all: [any Score] = [
        LinearScore(), LogarithmicScore(), HDScore(), YinScore(), BOLAScore(), SODAScore(), PufferScore(),
        StreamingQualityIndex(),
    ]

    /// The scores of a viewing, in the order of ``all``; what is not finite counts as undefined.
    package static func values(of viewing: Viewing) -> [ScoreValue] {
        all.map { score in
            guard !viewing.segments.isEmpty else { return .undefined("no segment arrived") }
            let value = score.value(of: viewing)
            if case .number(let number) = value, !number.isFinite { return .undefined("its numbers are out of range") }
            return value
        }
    }
}

extension Viewing {
    /// The mean over segments of `quality − switching·|change of quality| − rebuffering·stall`, the form that most
    /// published scores share. The first segment has no change; the start-up is no stall.
    func meanScore(of quality: [Double], rebuffering: Double, switching: Double = 1) -> Double {
        let sum = quality.reduce(0, +) - switching * Self.variation(of: quality) - rebuffering * stallDuration
        return sum / Double(quality.count)
    }

    /// Σ |qᵢ − qᵢ₋₁|.
    static func variation(of quality: [Double]) -> Double {
        zip(quality.dropFirst(), quality).reduce(0) { $0 + ($1.0 - $1.1).magnitude }
    }

    /// Bit rates of the segments as multiples of the ladder's lowest, or why there are none.
    func relativeBitRates() -> Result<[Double], ScoreGap> {
        guard let lowest = session.ladder.min() else { return .failure(ScoreGap("the trace's head names no ladder")) }
        guard lowest > 0, segments.allSatisfy({ $0.bitRate > 0 }) else {
            return .failure(ScoreGap("a bit rate is not above zero"))
        }
        return .success(segments.map { Double($0.bitRate) / Double(lowest) })
    }
}

/// What a trace lacks for a score.
struct ScoreGap: Error {
    var reason: String

    init(_ reason: String) { self.reason = reason }
}

/// MPC and RobustMPC (Yin et al., SIGCOMM 2015 §4): the best versions of the next segments under a predicted throughput,
/// of which the first is fetched; see ``MPCSearch``.
///
/// The prediction is the harmonic mean of the latest throughputs. RobustMPC divides it by 1 + the largest relative error
/// of the latest predictions.
package struct MPCRule: RateDetermination {
    private let ladder: Ladder
    private let search: MPCSearch
    private let isRobust: Bool
    private var prediction = ThroughputPrediction()

    /// - Parameters:
    ///   - ladder: what is chosen from.
    ///   - isRobust: whether the prediction is divided, as RobustMPC does.
    ///   - horizon: segments that are looked ahead.
    ///   - lambda: λ, what a change of quality costs, by its size.
    ///   - mu: μ, what a second of stall costs, in units of quality; nil for the highest version's, as in the paper.
    package init(ladder: Ladder, isRobust: Bool, horizon: Int = 5, lambda: Double = 1, mu: Double? = nil) {
        self.ladder = ladder
        self.isRobust = isRobust
        search = MPCSearch(ladder: ladder, horizon: horizon, lambda: lambda, mu: mu ?? Self.standardMu(ladder))
    }

    static func standardMu(_ ladder: Ladder) -> Double { ladder.qualities.max() ?? 0 }

    package mutating func observe(_ transfer: TransferReport) { prediction.observe(transfer) }

    package mutating func decide(_ input: RateDecisionInput) -> RateDecision {
        guard let throughput = isRobust ? prediction.lowerBound : prediction.throughput else {
            return RateDecision(index: 0, reason: .start)
        }
        let choice = search.choice(
            segment: input.segment, of: input.segmentCount, previous: min(max(input.previous ?? 0, 0), ladder.top),
            buffer: ladder.level(input.buffer), throughput: throughput)
        return RateDecision(index: choice, throughput: throughput, reason: .prediction)
    }
}

/// What MPC expects of the network (Yin et al., SIGCOMM 2015).
struct ThroughputPrediction: Sendable, Hashable {
    private var rates = HarmonicMean(window: Self.window)
    /// Of the latest predictions, relative to what came true; the latest last.
    private var errors: [Double] = []

    /// Throughputs, and errors, that count.
    private static let window = 5

    mutating func observe(_ transfer: TransferReport) {
        guard transfer.abandonedFor == nil, let rate = transfer.sample?.effectiveRate else { return }
        if let predicted = rates.mean {
            if errors.count == Self.window { errors.removeFirst() }
            errors.append(abs(predicted - rate) / rate)
        }
        rates.add(rate)
    }

    /// Bits/s; nil before the first transfer.
    var throughput: Double? { rates.mean }

    /// The throughput that is still reached if the prediction is off by as much as at worst lately.
    var lowerBound: Double? {
        guard let mean = rates.mean else { return nil }
        let bound = mean / (1 + (errors.max() ?? 0))
        return bound > 0 ? bound : nil
    }
}

extension Ladder {
    /// q(R) of each version, typically: the bit rate in Mb/s, as in the paper, where no other utility was chosen; else that.
    var qualities: [Double] {
        switch utility {
        case nil, .bitRate: bitRates.map { $0 * second / 1e6 }
        case .logarithmic, .quality: utilities
        }
    }

    /// The same of the versions of one segment.
    func qualities(ofSegment segment: Int) -> [Double] {
        segmentUtilities.indices.contains(segment) ? segmentUtilities[segment] : qualities
    }

    /// A level of buffer as one that there can be: from nothing to ``maxBuffer``.
    func level(_ buffer: Double) -> Double { buffer > 0 ? min(buffer, maxBuffer) : 0 }
}

internal import Foundation

/// SODA, "smoothness optimised dynamic adaptive" control (Chen et al., SIGCOMM 2024): a short horizon of time steps, on
/// which distortion, the buffer's distance from a target, and changes of distortion cost.
///
/// A step lasts as long as a segment plays, and fetches as many seconds of video as the predicted throughput carries in it.
/// Only sequences that climb or fall all the way are tried, as the paper does.
package struct SODARule: RateDetermination {
    private let ladder: Ladder
    private let beta: Double
    private let gamma: Double
    private let epsilon: Double
    private let safety: Double
    private let target: Double
    private let steps: Int
    /// v(r) of each version, typically: ln(r_max / r), as in the paper, where no other utility was chosen; else what is
    /// missing to the version that is worth most.
    private let distortions: [Double]
    private var estimator: ThroughputEstimator

    /// No prediction holds for longer, in seconds.
    private static let longestHorizon = 10.0

    /// - Parameters:
    ///   - ladder: what is chosen from.
    ///   - beta: β, what the buffer's squared distance from the target costs, per s².
    ///   - gamma: γ, what a squared change of distortion costs.
    ///   - epsilon: ε, the part of β that counts above the target; below 1.
    ///   - target: x̄, as a part of the ladder's buffer.
    ///   - horizon: K, steps ahead; fewer where they would last for more than ten seconds.
    ///   - safety: the part of the predicted throughput that is counted on.
    package init(
        ladder: Ladder, beta: Double = 8, gamma: Double = 32, epsilon: Double = 0.2, target: Double = 0.6,
        horizon: Int = 3, safety: Double = 0.75
    ) {
        self.ladder = ladder
        self.beta = beta
        self.gamma = gamma
        self.epsilon = epsilon
        self.safety = safety
        self.target = target * ladder.maxBuffer
        let most = (Self.longestHorizon * ladder.second / ladder.segmentDuration).rounded(.down)
        steps = Int(max(min(Double(horizon), most), 1))
        switch ladder.utility {
        case nil, .logarithmic: distortions = ladder.bitRates.map { log(ladder.bitRates[ladder.top] / $0) }
        case .bitRate, .quality: distortions = Self.distortions(of: ladder.utilities)
        }
        estimator = ThroughputEstimator(ladder: ladder)
    }

    private static func distortions(of utilities: [Double]) -> [Double] {
        let highest = utilities.max() ?? 0
        return utilities.map { highest - $0 }
    }

    package mutating func observe(_ transfer: TransferReport) {
        if let sample = transfer.sample, transfer.abandonedFor == nil { estimator.add(sample) }
    }

    package mutating func decide(_ input: RateDecisionInput) -> RateDecision {
        guard let throughput = estimator.throughput.map({ $0 * safety }), throughput > 0 else {
            return RateDecision(index: 0, reason: .start)
        }
        let previous = min(max(input.previous ?? 0, 0), ladder.top)
        // A plan counts in steps of time, not in segments: what the next segment is like holds for all of them.
        let distortions =
            ladder.segmentUtilities.isEmpty
            ? distortions : Self.distortions(of: ladder.utilities(ofSegment: input.segment))
        let plan = Plan(index: previous, level: ladder.level(input.buffer))
        let climb = best(
            from: plan, in: previous...ladder.top, climbs: true, distortions, throughput: throughput, steps: steps)
        let fall = best(
            from: plan, in: 0...previous, climbs: false, distortions, throughput: throughput, steps: steps)
        let choice = climb.cost < fall.cost ? climb.first : fall.first
        // No more than the next version above what the throughput carries.
        let cap = ladder.bitRates.firstIndex { $0 >= throughput } ?? ladder.top
        return RateDecision(
            index: min(choice, cap), throughput: throughput, reason: choice > cap ? .capped : .prediction)
    }

    /// Where a sequence has got to.
    private struct Plan {
        var index: Int
        var level: Double
    }

    /// The cheapest sequence of `steps` that goes on from `plan` within `range`: its first version and its cost, which is
    /// infinite where every sequence empties the buffer.
    private func best(
        from plan: Plan, in range: ClosedRange<Int>, climbs: Bool, _ distortions: [Double], throughput: Double,
        steps: Int
    ) -> (first: Int, cost: Double) {
        var best = (first: range.lowerBound, cost: Double.infinity)
        for index in range {
            let fetched = throughput * ladder.segmentDuration / ladder.bitRates[index]
            let level = plan.level + fetched - ladder.segmentDuration
            guard level >= 0 else { continue }
            let next = Plan(index: index, level: min(level, ladder.maxBuffer))
            let change = distortions[index] - distortions[plan.index]
            var cost =
                distortions[index] * fetched / ladder.second + beta * bufferCost(next.level) + gamma * change * change
            if steps > 1 {
                let rest = climbs ? index...range.upperBound : range.lowerBound...index
                cost +=
                    self.best(
                        from: next, in: rest, climbs: climbs, distortions, throughput: throughput, steps: steps - 1
                    ).cost
            }
            if cost < best.cost { best = (index, cost) }
        }
        return best
    }

    /// b(x): the squared distance from the target in s², above it only a part.
    private func bufferCost(_ level: Double) -> Double {
        let distance = (level - target) / ladder.second
        return distance * distance * (distance > 0 ? epsilon : 1)
    }
}

internal import Foundation

/// L2A, "Learn2Adapt" (Karagkioules et al., MMSys 2020), as its low-latency variant L2A-LL is in players, with a start-up
/// level fit for video on demand: online convex optimisation over the probabilities of versions.
///
/// Each segment's throughput moves the probabilities along the gradient of a Lagrangian, whose multiplier Q keeps account
/// of how much more was fetched than the network carried; the choice is the version nearest to their mean bit rate.
package struct L2ARule: RateDetermination {
    private let ladder: Ladder
    private let caution: Double
    private let stepSize: Double
    private let react: Double
    private let target: Double
    private var startUp: ThroughputRule
    private var latest: Double?
    /// Nil until the start-up level is reached.
    private var probabilities: [Double]?
    /// Q, in seconds.
    private var multiplier = 0.0

    /// - Parameters:
    ///   - ladder: what is chosen from.
    ///   - horizon: steps that the method takes to converge: sets the caution, horizon^0.99, and the size of a step.
    ///   - react: how strongly Q is raised when more was chosen than the latest throughput carries.
    ///   - target: level in seconds up to which the throughput decides; nil for 10 s, or half of the ladder's buffer where
    ///     that is less.
    package init(ladder: Ladder, horizon: Double = 4, react: Double = 2, target: Double? = nil) {
        self.ladder = ladder
        self.react = react
        self.target = target.map { $0 * ladder.second } ?? min(10 * ladder.second, ladder.maxBuffer / 2)
        caution = pow(horizon, 0.99)
        stepSize = max(horizon, caution * horizon.squareRoot())
        startUp = ThroughputRule(ladder: ladder)
    }

    package mutating func observe(_ transfer: TransferReport) {
        startUp.observe(transfer)
        guard transfer.abandonedFor == nil, let rate = transfer.sample?.effectiveRate else { return }
        latest = rate
    }

    package mutating func decide(_ input: RateDecisionInput) -> RateDecision {
        guard let before = input.previous, let throughput = latest else {
            return RateDecision(index: 0, reason: .start)
        }
        let previous = min(max(before, 0), ladder.top)
        guard let probabilities else {
            let decision = startUp.decide(input)
            if input.buffer >= target {
                self.probabilities = ladder.bitRates.indices.map { $0 == decision.index ? 1 : 0 }
                multiplier = caution
            }
            return decision
        }
        return RateDecision(
            index: learn(from: throughput, probabilities, previous), throughput: throughput, reason: .prediction)
    }

    /// A step of the method, with the bit rates as parts of the latest throughput.
    private mutating func learn(from throughput: Double, _ before: [Double], _ previous: Int) -> Int {
        let loads = ladder.bitRates.map { min($0 / throughput, Self.greatestLoad) }
        let duration = ladder.segmentDuration / ladder.second
        let gain = duration / (2 * stepSize) * (multiplier + caution)
        let after = Self.projected(zip(before, loads).map { $0 + ($1 > 1 ? -1 : 1) * gain * $1 })
        // The paper's constraint, linear around the step before.
        let load = zip(zip(after, before), loads).reduce(0) { $0 + (2 * $1.0.0 - $1.0.1) * $1.1 }
        multiplier = min(max(multiplier - duration + duration * load, 0), Self.greatestMultiplier)
        probabilities = after

        let mean = zip(after, ladder.bitRates).reduce(0) { $0 + $1.0 * $1.1 }
        var choice = 0
        for index in ladder.bitRates.indices
        where abs(ladder.bitRates[index] - mean) < abs(ladder.bitRates[choice] - mean) { choice = index }
        // It climbs one version at a time, and only to what the throughput carries.
        if choice > previous { choice = loads[previous + 1] <= 1 ? previous + 1 : previous }
        if loads[choice] >= 1 { multiplier = min(react * max(caution, multiplier), Self.greatestMultiplier) }
        return choice
    }

    /// Beyond these nothing changes any more; they keep an outage from making numbers that are none.
    private static let greatestLoad = 1e6
    private static let greatestMultiplier = 1e9

    /// The nearest point of the probability simplex (Chen and Ye, arXiv 1101.6081).
    private static func projected(_ point: [Double]) -> [Double] {
        // From the largest value down, so that nothing of 1 is lost beside large ones.
        let largest = point.max() ?? 0
        var sum = 0.0
        var shift = 0.0
        for (count, value) in point.map({ $0 - largest }).sorted(by: >).enumerated() {
            sum += value
            let candidate = (sum - 1) / Double(count + 1)
            if candidate >= value { break }
            shift = candidate
        }
        return point.map { max($0 - largest - shift, 0) }
    }
}

/// The search of model-predictive control (Yin et al., SIGCOMM 2015 §4): the versions of the next segments that maximise
/// Σ q(R) − λ·|q(R) − q(R')| − μ·stall, with q the bit rate in Mb/s, if the throughput stays what it is.
///
/// Exact, without trying all sequences: it goes forward segment by segment, and of all ways to the same version it keeps
/// only those that no other beats in both score and buffer, and that can still reach the best score known. Rounding is
/// monotonic, so that a way that is beaten here stays beaten to the last bit; what is chosen, ties included, is what trying
/// every sequence in ascending order and keeping the first best would choose.
package struct MPCSearch: Sendable, Hashable {
    private let ladder: Ladder
    private let qualities: [Double]
    private let lambda: Double
    /// Per unit of the ladder's time.
    private let mu: Double
    private let horizon: Int
    /// The level that a request never finds exceeded.
    private let fullLevel: Double
    /// The most that `steps` more segments after a version can score, were there no stalls: by steps, then versions.
    private let unstalled: [[Double]]

    /// A transfer is never taken to last longer, in seconds: sums stay numbers.
    private static let longestTransfer = 1e9
    /// What rounding may take from a bound, by its magnitude.
    private static let rounding = 1e-12

    /// - Parameters:
    ///   - horizon: segments that are looked ahead, the next one included; at least one.
    ///   - lambda: λ, what a change of bit rate costs, by its size.
    ///   - mu: μ, what a second of stall costs, in Mb/s.
    package init(ladder: Ladder, horizon: Int, lambda: Double, mu: Double) {
        self.ladder = ladder
        self.horizon = max(horizon, 1)
        self.lambda = lambda
        self.mu = mu / ladder.second
        fullLevel = max(ladder.maxBuffer - ladder.segmentDuration, 0)
        let qualities = ladder.bitRates.map { $0 * ladder.second / 1e6 }
        self.qualities = qualities
        var unstalled = [Array(repeating: 0.0, count: qualities.count)]
        for steps in 1..<max(horizon, 2) {
            unstalled.append(
                qualities.map { before in
                    zip(qualities, unstalled[steps - 1]).reduce(-.infinity) { best, next in
                        max(best, next.0 - lambda * abs(next.0 - before) + next.1)
                    }
                })
        }
        self.unstalled = unstalled
    }

    /// One way to fetch some segments.
    private struct Way {
        var score: Double
        var buffer: Double
        var version: Int
        var first: Int

        /// Whether `other` can never end better than this.
        func beats(_ other: Way) -> Bool {
            score >= other.score && buffer >= other.buffer && first <= other.first
        }
    }

    /// The version of `segment` that the best sequence begins with; the lowest of those that tie.
    ///
    /// - Parameters:
    ///   - count: how many segments there are.
    ///   - buffer: seconds buffered; not below zero.
    ///   - throughput: bits/s, above zero.
    package func choice(
        segment: Int, of count: Int, previous: Int, buffer: Double, throughput: Double
    ) -> Int {
        let left = count > segment ? count.subtractingReportingOverflow(segment).partialValue : 1
        let steps = left > 0 ? min(left, horizon) : horizon
        let times = transferTimes(segment: segment, steps: steps, throughput: throughput)
        let count = qualities.count
        let stalled = stalledBounds(steps: steps, times: times)
        let slack = Self.rounding * magnitude(steps: steps, times: times, buffer: buffer)
        let start = Way(score: 0, buffer: buffer, version: previous, first: 0)
        let goal = (0..<count).reduce(-.infinity) { best, version in
            var way = start
            for step in 0..<steps { way = self.way(way, to: version, taking: times[step * count + version]) }
            return max(best, way.score)
        }

        var ways = [start]
        var next: [Way] = []
        for step in 0..<steps {
            next.removeAll(keepingCapacity: true)
            let left = steps - step - 1
            let played = Double(left - 1) * ladder.segmentDuration
            for version in 0..<count {
                let group = next.count
                let time = times[step * count + version]
                for before in ways {
                    var way = self.way(before, to: version, taking: time)
                    if step == 0 { way.first = version }
                    if left > 0 {
                        let bound = min(
                            unstalled[left][version], stalled[step * count + version] + mu * (way.buffer + played))
                        if way.score + bound + slack < goal { continue }
                    }
                    if next[group...].contains(where: { $0.beats(way) }) { continue }
                    next.removeAll(from: group) { way.beats($0) }
                    next.append(way)
                }
            }
            swap(&ways, &next)
        }
        return ways.min { ($1.score, $0.first) < ($0.score, $1.first) }?.first ?? previous
    }

    /// How long each version of each segment takes to fetch: by step, then version.
    private func transferTimes(segment: Int, steps: Int, throughput: Double) -> [Double] {
        let longest = Self.longestTransfer * ladder.second
        var times: [Double] = []
        times.reserveCapacity(steps * qualities.count)
        for step in 0..<steps {
            for version in qualities.indices {
                let time = ladder.size(ofSegment: segment &+ step, version: version) / throughput
                times.append(time < longest ? time : longest)
            }
        }
        return times
    }

    /// A way that goes on with `version`, whose transfer takes `time`.
    private func way(_ way: Way, to version: Int, taking time: Double) -> Way {
        let quality = qualities[version]
        let change = lambda * abs(quality - qualities[way.version])
        return Way(
            score: way.score + (quality - change - mu * max(time - way.buffer, 0)),
            buffer: min(max(way.buffer - time, 0) + ladder.segmentDuration, fullLevel), version: version,
            first: way.first)
    }

    /// For each step and version, the most that the steps after it can score if all of their transfers' time counts as
    /// stalls. As stalls last no less than that time without what is buffered and arrives meanwhile, this bounds the score
    /// once that is added.
    private func stalledBounds(steps: Int, times: [Double]) -> [Double] {
        let count = qualities.count
        var bounds = Array(repeating: 0.0, count: steps * count)
        for step in stride(from: steps - 2, through: 0, by: -1) {
            let after = (step + 1) * count
            for before in 0..<count {
                var best = -Double.infinity
                for version in 0..<count {
                    let change = lambda * abs(qualities[version] - qualities[before])
                    best = max(
                        best, qualities[version] - change - mu * times[after + version] + bounds[after + version])
                }
                bounds[step * count + before] = best
            }
        }
        return bounds
    }

    /// No number that the bounds are summed from is larger.
    private func magnitude(steps: Int, times: [Double], buffer: Double) -> Double {
        let highest = qualities.last ?? 0
        let longest = (times.max() ?? 0) + ladder.segmentDuration
        return Double(steps) * (highest * (1 + lambda) + mu * longest) + mu * buffer
    }
}

extension Array {
    /// Removes what `isRemoved` says from `start` on, without keeping the order.
    fileprivate mutating func removeAll(from start: Int, where isRemoved: (Element) -> Bool) {
        var index = start
        while index < count {
            if isRemoved(self[index]) {
                swapAt(index, count - 1)
                removeLast()
            } else {
                index += 1
            }
        }
    }
}

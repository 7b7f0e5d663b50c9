/// The search of model-predictive control (Yin et al., SIGCOMM 2015 §4): the versions of the next segments that maximise
/// Σ q(R) − λ·|q(R) − q(R')| − μ·stall, with q the bit rate in Mb/s or the chosen utility, if the throughput stays what
/// it is.
///
/// Exact, without trying all sequences: it goes forward segment by segment, and of all ways to the same version it keeps
/// only those that no other beats in both score and buffer, and that can still reach the best score known. Rounding is
/// monotonic, so that a way that is beaten here stays beaten to the last bit; what is chosen, ties included, is what trying
/// every sequence in ascending order and keeping the first best would choose.
package struct MPCSearch: Sendable, Hashable {
    private let ladder: Ladder
    private let highestQuality: Double
    private let lambda: Double
    /// q(R) − λ·|q(R) − q(R')|, by R and then R', where segments do not differ.
    private let gains: [Double]
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
    ///   - ladder: what is chosen from.
    ///   - horizon: segments that are looked ahead, the next one included; at least one.
    ///   - lambda: λ, what a change of quality costs, by its size.
    ///   - mu: μ, what a second of stall costs, in units of quality.
    package init(ladder: Ladder, horizon: Int, lambda: Double, mu: Double) {
        self.init(ladder: ladder, qualities: ladder.qualities, horizon: horizon, lambda: lambda, mu: mu)
    }

    /// - Parameter qualities: q(R) of each version, for segments of which the ladder does not know their own.
    init(ladder: Ladder, qualities: [Double], horizon: Int, lambda: Double, mu: Double) {
        self.ladder = ladder
        self.horizon = max(horizon, 1)
        self.lambda = lambda
        self.mu = mu / ladder.second
        fullLevel = max(ladder.maxBuffer - ladder.segmentDuration, 0)
        highestQuality = ([qualities] + ladder.segmentUtilities).joined().reduce(0) { max($0, abs($1)) }
        gains = Self.gains(of: qualities, after: qualities, lambda: lambda)
        var unstalled = [Array(repeating: 0.0, count: qualities.count)]
        for steps in 1..<max(horizon, 2) {
            unstalled.append(Self.backUp(unstalled[steps - 1], gains: gains))
        }
        self.unstalled = unstalled
    }

    /// q(R) − λ·|q(R) − q(R')|, by R and then R'.
    private static func gains(of qualities: [Double], after before: [Double], lambda: Double) -> [Double] {
        qualities.flatMap { quality in before.map { quality - lambda * abs(quality - $0) } }
    }

    /// The gains of `steps` segments from `segment` on, and the most that the segments after each can score, were there no
    /// stalls: by step and version.
    private func gains(segment: Int, steps: Int) -> (gains: [[Double]], unstalled: [[Double]]) {
        guard !ladder.segmentUtilities.isEmpty else {
            return (Array(repeating: gains, count: steps), unstalled[..<steps].reversed())
        }
        let qualities = (-1..<steps).map { ladder.qualities(ofSegment: segment &+ $0) }
        let gains = zip(qualities.dropFirst(), qualities).map { Self.gains(of: $0, after: $1, lambda: lambda) }
        var unstalled = gains.map { _ in Array(repeating: 0.0, count: ladder.bitRates.count) }
        for step in stride(from: steps - 2, through: 0, by: -1) {
            unstalled[step] = Self.backUp(unstalled[step + 1], gains: gains[step + 1])
        }
        return (gains, unstalled)
    }

    /// The most that each version can be followed by, where `next` is what each version after it is worth.
    private static func backUp(_ next: [Double], gains: [Double]) -> [Double] {
        let count = next.count
        var values = Array(repeating: -Double.infinity, count: count)
        for version in 0..<count {
            for before in 0..<count {
                values[before] = max(values[before], gains[version * count + before] + next[version])
            }
        }
        return values
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
    ///   - segment: index of the segment, from 0.
    ///   - count: how many segments there are.
    ///   - previous: the version of the segment before; an index of the ladder.
    ///   - buffer: seconds buffered; not below zero.
    ///   - throughput: bits/s, above zero.
    package func choice(
        segment: Int, of count: Int, previous: Int, buffer: Double, throughput: Double
    ) -> Int {
        let left = count > segment ? count.subtractingReportingOverflow(segment).partialValue : 1
        let steps = left > 0 ? min(left, horizon) : horizon
        let times = transferTimes(segment: segment, steps: steps, throughput: throughput)
        let (gains, unstalled) = gains(segment: segment, steps: steps)
        let stalled = stalledBounds(times, gains)
        let slack = Self.rounding * magnitude(times, buffer: buffer)
        let start = Way(score: 0, buffer: buffer, version: previous, first: 0)
        let versions = ladder.bitRates.indices
        let goal = versions.reduce(-.infinity) { best, version in
            var way = start
            for step in 0..<steps { way = self.way(way, to: version, taking: times[step][version], gains[step]) }
            return max(best, way.score)
        }

        var ways = [start]
        var next: [Way] = []
        for step in 0..<steps - 1 {
            let left = steps - step - 1
            // What arrives while the rest is fetched but for its last segment.
            let arriving = Double(left - 1) * ladder.segmentDuration
            next.removeAll(keepingCapacity: true)
            for version in versions {
                let group = next.count
                let time = times[step][version]
                let (unstalled, stalled) = (unstalled[step][version], stalled[step][version])
                for before in ways {
                    var way = way(before, to: version, taking: time, gains[step])
                    if step == 0 { way.first = version }
                    let bound = min(unstalled, stalled + mu * (way.buffer + arriving))
                    if way.score + bound + slack >= goal { add(way, to: &next, from: group) }
                }
            }
            swap(&ways, &next)
        }
        return bestEnd(of: ways, times: times[steps - 1], gains[steps - 1], isOnly: steps == 1)
    }

    /// Adds a way to those to its version, which begin at `start`, unless one of them beats it, and removes those that it
    /// beats.
    private func add(_ way: Way, to ways: inout [Way], from start: Int) {
        var index = start
        while index < ways.count {
            if ways[index].beats(way) { return }
            if way.beats(ways[index]) {
                ways.swapAt(index, ways.count - 1)
                ways.removeLast()
            } else {
                index += 1
            }
        }
        ways.append(way)
    }

    /// The first version of the best that the last segment can make of `ways`.
    private func bestEnd(of ways: [Way], times: [Double], _ gains: [Double], isOnly: Bool) -> Int {
        var best = (score: -Double.infinity, first: 0)
        for before in ways {
            for version in times.indices {
                let score = way(before, to: version, taking: times[version], gains).score
                let first = isOnly ? version : before.first
                if score > best.score || score == best.score && first < best.first { best = (score, first) }
            }
        }
        return best.first
    }

    /// How long each version of each segment takes to fetch: by step, then version.
    private func transferTimes(segment: Int, steps: Int, throughput: Double) -> [[Double]] {
        let longest = Self.longestTransfer * ladder.second
        return (0..<steps).map { step in
            ladder.bitRates.indices.map { version in
                let time = ladder.size(ofSegment: segment &+ step, version: version) / throughput
                return time < longest ? time : longest
            }
        }
    }

    /// A way that goes on with `version`, whose transfer takes `time`.
    private func way(_ way: Way, to version: Int, taking time: Double, _ gains: [Double]) -> Way {
        let gain = gains[version * (ladder.top + 1) + way.version]
        return Way(
            score: way.score + (gain - mu * max(time - way.buffer, 0)),
            buffer: min(max(way.buffer - time, 0) + ladder.segmentDuration, fullLevel), version: version,
            first: way.first)
    }

    /// For each step and version, the most that the steps after it can score if all of their transfers' time counts as
    /// stalls. As stalls last no less than that time without what is buffered and arrives meanwhile, this bounds the score
    /// once that is added.
    private func stalledBounds(_ times: [[Double]], _ gains: [[Double]]) -> [[Double]] {
        var bounds = times.map { $0.map { _ in 0.0 } }
        for step in stride(from: times.count - 2, through: 0, by: -1) {
            let next = zip(bounds[step + 1], times[step + 1]).map { $0 - mu * $1 }
            bounds[step] = Self.backUp(next, gains: gains[step + 1])
        }
        return bounds
    }

    /// No number that the bounds are summed from is larger.
    private func magnitude(_ times: [[Double]], buffer: Double) -> Double {
        let longest = times.reduce(0) { max($0, $1.max() ?? 0) } + ladder.segmentDuration
        return Double(times.count) * (highestQuality * (1 + lambda) + mu * longest) + mu * buffer
    }
}

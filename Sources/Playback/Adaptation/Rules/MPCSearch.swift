/// The search of model-predictive control (Yin et al., SIGCOMM 2015 §4): the versions of the next segments that maximise
/// Σ q(R) − λ·|q(R) − q(R')| − μ·stall, with q the bit rate in Mb/s, if the throughput stays what it is.
///
/// Exact, without trying all sequences: it goes forward segment by segment, and of all ways to the same version it keeps
/// only those that no other beats in both score and buffer, and that can still reach the best score known. Rounding is
/// monotonic, so that a way that is beaten here stays beaten to the last bit; what is chosen, ties included, is what trying
/// every sequence in ascending order and keeping the first best would choose.
package struct MPCSearch: Sendable, Hashable {
    private let ladder: Ladder
    private let highestQuality: Double
    private let lambda: Double
    /// q(R) − λ·|q(R) − q(R')|, by R and then R'.
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
    ///   - lambda: λ, what a change of bit rate costs, by its size.
    ///   - mu: μ, what a second of stall costs, in Mb/s.
    package init(ladder: Ladder, horizon: Int, lambda: Double, mu: Double) {
        self.ladder = ladder
        self.horizon = max(horizon, 1)
        self.lambda = lambda
        self.mu = mu / ladder.second
        fullLevel = max(ladder.maxBuffer - ladder.segmentDuration, 0)
        let qualities = ladder.bitRates.map { $0 * ladder.second / 1e6 }
        highestQuality = qualities[ladder.top]
        gains = qualities.flatMap { quality in qualities.map { quality - lambda * abs(quality - $0) } }
        var unstalled = [Array(repeating: 0.0, count: qualities.count)]
        for steps in 1..<max(horizon, 2) {
            unstalled.append(Self.backUp(unstalled[steps - 1], gains: gains))
        }
        self.unstalled = unstalled
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
        let stalled = stalledBounds(times)
        let slack = Self.rounding * magnitude(times, buffer: buffer)
        let start = Way(score: 0, buffer: buffer, version: previous, first: 0)
        let versions = ladder.bitRates.indices
        let goal = versions.reduce(-.infinity) { best, version in
            max(best, times.reduce(start) { way($0, to: version, taking: $1[version]) }.score)
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
                let (unstalled, stalled) = (unstalled[left][version], stalled[step][version])
                for before in ways {
                    var way = way(before, to: version, taking: time)
                    if step == 0 { way.first = version }
                    let bound = min(unstalled, stalled + mu * (way.buffer + arriving))
                    if way.score + bound + slack >= goal { add(way, to: &next, from: group) }
                }
            }
            swap(&ways, &next)
        }
        return bestEnd(of: ways, times: times[steps - 1], isOnly: steps == 1)
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
    private func bestEnd(of ways: [Way], times: [Double], isOnly: Bool) -> Int {
        var best = (score: -Double.infinity, first: 0)
        for before in ways {
            for version in times.indices {
                let score = way(before, to: version, taking: times[version]).score
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
    private func way(_ way: Way, to version: Int, taking time: Double) -> Way {
        let gain = gains[version * (ladder.top + 1) + way.version]
        return Way(
            score: way.score + (gain - mu * max(time - way.buffer, 0)),
            buffer: min(max(way.buffer - time, 0) + ladder.segmentDuration, fullLevel), version: version,
            first: way.first)
    }

    /// For each step and version, the most that the steps after it can score if all of their transfers' time counts as
    /// stalls. As stalls last no less than that time without what is buffered and arrives meanwhile, this bounds the score
    /// once that is added.
    private func stalledBounds(_ times: [[Double]]) -> [[Double]] {
        var bounds = times.map { $0.map { _ in 0.0 } }
        for step in stride(from: times.count - 2, through: 0, by: -1) {
            let next = zip(bounds[step + 1], times[step + 1]).map { $0 - mu * $1 }
            bounds[step] = Self.backUp(next, gains: gains)
        }
        return bounds
    }

    /// No number that the bounds are summed from is larger.
    private func magnitude(_ times: [[Double]], buffer: Double) -> Double {
        let longest = times.reduce(0) { max($0, $1.max() ?? 0) } + ladder.segmentDuration
        return Double(times.count) * (highestQuality * (1 + lambda) + mu * longest) + mu * buffer
    }
}

import Adaptation
import TestSupport
import Testing

/// The search against trying every sequence.
@Suite("Randomised MPC search")
struct RandomisedMPCSearchTests {
    /// Where a session is, and what it plays.
    private struct State {
        var ladder: Ladder
        var horizon: Int
        var lambda: Double
        var mu: Double
        var segment: Int
        var previous: Int
        var buffer: Double
        var throughput: Double

        /// - Parameter isRound: few different values, so that many sequences tie.
        init(versions: Int, horizon: Int, isRound: Bool, _ generator: inout SeededGenerator) {
            func random(_ range: ClosedRange<Double>) -> Double {
                let value = Double.random(in: range, using: &generator)
                return isRound ? value.rounded(.up) : value
            }
            let rates = (0..<versions).map { _ in random(0.2...8) }.sorted()
            let duration = random(0.5...6)
            let sizes =
                Bool.random(using: &generator)
                ? [] : (0..<20).map { _ in rates.map { $0 * duration * 1e6 * random(0.5...2) } }
            // Of some, the quality of each segment is known; it need not ascend.
            let qualities =
                Int.random(in: 0..<3, using: &generator) > 0
                ? [] : (0..<20).map { _ in rates.map { _ in isRound ? 0.5 : random(0.3...0.999) } }
            ladder = Ladder(
                bitRates: rates.map { $0 * 1e6 }, segmentDuration: duration, maxBuffer: random(1...60),
                utility: qualities.isEmpty ? nil : .quality, qualities: qualities, sizes: sizes)
            self.horizon = horizon
            lambda = random(0...3)
            mu = random(0...9)
            segment = Int.random(in: 0..<20, using: &generator)
            previous = Int.random(in: 0..<versions, using: &generator)
            buffer = random(0...ladder.maxBuffer)
            throughput = random(0.1...10) * 1e6
        }

        var search: MPCSearch { MPCSearch(ladder: ladder, horizon: horizon, lambda: lambda, mu: mu) }

        func choice(_ search: MPCSearch) -> Int {
            search.choice(segment: segment, of: 20, previous: previous, buffer: buffer, throughput: throughput)
        }

        /// The first version of the first best of all sequences, in ascending order.
        func bruteForce() -> Int {
            func quality(_ segment: Int, _ version: Int) -> Double {
                guard ladder.utility == .quality else { return ladder.bitRates[version] / 1e6 }
                let isKnown = ladder.segmentUtilities.indices.contains(segment)
                return isKnown ? ladder.segmentUtilities[segment][version] : ladder.utilities[version]
            }
            let steps = min(horizon, 20 - segment)
            let full = max(ladder.maxBuffer - ladder.segmentDuration, 0)
            var best = (score: -Double.infinity, first: -1)
            func extend(_ step: Int, _ score: Double, _ buffer: Double, _ before: Int, _ first: Int) {
                if step == steps {
                    if score > best.score { best = (score, first) }
                    return
                }
                for version in ladder.bitRates.indices {
                    let value = quality(segment + step, version)
                    let time = ladder.size(ofSegment: segment + step, version: version) / throughput
                    let change = lambda * abs(value - quality(segment + step - 1, before))
                    let gain = value - change - mu * max(time - buffer, 0)
                    let after = min(max(buffer - time, 0) + ladder.segmentDuration, full)
                    extend(step + 1, score + gain, after, version, step == 0 ? version : first)
                }
            }
            extend(0, 0, buffer, previous, 0)
            return best.first
        }
    }

    @Test("chooses what trying every sequence would, ties included", arguments: [false, true])
    func equality(isRound: Bool) throws {
        var generator = SeededGenerator(seed: isRound ? 1 : 2)
        var choices: [Int: Int] = [:]
        for round in 0..<fuzzRounds(default: 300) * 10 {
            // The size of the standard problem now and then: it takes long to try everything.
            let versions = round % 100 == 0 ? 6 : Int.random(in: 1...4, using: &generator)
            let state = State(
                versions: versions, horizon: round % 100 == 0 ? 5 : Int.random(in: 1...5, using: &generator),
                isRound: isRound, &generator)
            let choice = state.choice(state.search)
            try #require(choice == state.bruteForce(), "\(state)")
            choices[choice, default: 0] += 1
        }
        #expect(choices.count >= 4)
    }

    @Test("a horizon that is longer than what is left of the media ends with them")
    func end() {
        // Two segments are left: as a horizon of two in the middle.
        let ladder = Ladder(megabits: 1, 2, 4)
        let short = MPCSearch(ladder: ladder, horizon: 2, lambda: 1, mu: 4)
        let long = MPCSearch(ladder: ladder, horizon: 5, lambda: 1, mu: 4)
        for tenths in 0..<100 {
            let buffer = Double(tenths) / 10
            let expected = short.choice(segment: 50, of: 100, previous: 1, buffer: buffer, throughput: 2e6)
            #expect(long.choice(segment: 98, of: 100, previous: 1, buffer: buffer, throughput: 2e6) == expected)
        }
    }
}

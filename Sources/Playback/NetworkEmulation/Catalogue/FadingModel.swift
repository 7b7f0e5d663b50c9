/// A stochastic model of a wireless link: a Markov chain over states of reception, and within a state log-normal fading
/// that is correlated from one step to the next.
///
/// A step lasts one second, as in the published logs. Everything is computed with additions, multiplications, divisions
/// and square roots, which IEEE 754 rounds alike everywhere: a seed gives the same profile on every machine.
struct FadingModel: Sendable {
    /// A state of reception.
    struct State: Sendable {
        /// The median bandwidth relative to the other states; 0 is an outage.
        var level: Double
        /// How long the state holds on average, in seconds (geometrically distributed).
        var dwell: Double
        /// Which states follow, by weight; a state does not follow itself.
        var successors: [(state: Int, weight: Double)]
        /// Latency on average, in seconds.
        var latency: Double
    }

    var states: [State]
    /// Standard deviation of the bandwidth's logarithm within a state.
    var deviation: Double
    /// Correlation of that logarithm between one second and the next: 0 to 1.
    var correlation: Double

    /// Steps of one second, `length` of them, whose bandwidths (whole kb/s) have the mean `mean` (bits/s) but for
    /// rounding.
    func steps(seed: UInt64, length: Int, mean: Double) -> [BandwidthProfile.Step] {
        var generator = SplitMix64(seed: seed)
        let innovation = (1 - correlation * correlation).squareRoot()
        var current = 0
        var fading = generator.normal()
        var steps: [BandwidthProfile.Step] = []
        steps.reserveCapacity(length)
        var sum = 0.0
        for _ in 0..<length {
            let state = states[current]
            fading = correlation * fading + innovation * generator.normal()
            let level = state.level * Self.exponential(deviation * fading)
            let latency = state.latency * (0.75 + 0.5 * generator.uniform())
            steps.append(.init(duration: 1, bandwidth: level, latency: (latency * 1000).rounded() / 1000))
            sum += level
            if generator.uniform() * state.dwell < 1 { current = successor(of: state, using: &generator) }
        }
        let scale = mean * Double(length) / sum
        for index in steps.indices {
            steps[index].bandwidth = (steps[index].bandwidth * scale / 1000).rounded() * 1000
        }
        return steps
    }

    private func successor(of state: State, using generator: inout SplitMix64) -> Int {
        var rest = generator.uniform() * state.successors.reduce(0) { $0 + $1.weight }
        for successor in state.successors {
            rest -= successor.weight
            if rest < 0 { return successor.state }
        }
        return state.successors[state.successors.count - 1].state
    }

    /// e to the power of `exponent` (within ±8), to about a per cent: (1 + x/1024)^1024 by ten squarings.
    private static func exponential(_ exponent: Double) -> Double {
        var power = 1 + exponent / 1024
        for _ in 0..<10 { power *= power }
        return power
    }
}

extension FadingModel {
    /// Like HSDPA in a moving vehicle. Riiser, Vigmostad, Griwodz and Halvorsen ("Commute path bandwidth traces from 3G
    /// networks", MMSys 2013) logged one to a few Mb/s on trams, trains, buses and ferries, with changes within seconds and
    /// gaps of several seconds, as in tunnels. Parameters were chosen to resemble that; they are no fit.
    static let hsdpa = FadingModel(
        states: [
            State(level: 1.0, dwell: 25, successors: [(1, 0.7), (2, 0.3)], latency: 0.09),
            State(level: 0.45, dwell: 12, successors: [(0, 0.5), (2, 0.2), (3, 0.3)], latency: 0.14),
            State(level: 1.8, dwell: 18, successors: [(0, 0.8), (1, 0.2)], latency: 0.07),
            State(level: 0.01, dwell: 4, successors: [(1, 1)], latency: 0.35),
        ], deviation: 0.35, correlation: 0.8)

    /// Like LTE on the move. Van der Hooft et al. ("HTTP/2-based adaptive streaming of HEVC video over 4G/LTE networks",
    /// IEEE Communications Letters 2016) logged from nothing to over 100 Mb/s, tens of Mb/s on average, with changes faster
    /// and wider than 3G's. The shape was chosen to resemble that; the default mean is a loaded cell's, since an idle
    /// one leaves rate adaptation nothing to do.
    static let lte = FadingModel(
        states: [
            State(level: 1.0, dwell: 15, successors: [(1, 0.45), (2, 0.45), (3, 0.1)], latency: 0.045),
            State(level: 0.3, dwell: 10, successors: [(0, 0.7), (3, 0.3)], latency: 0.06),
            State(level: 2.2, dwell: 12, successors: [(0, 0.9), (1, 0.1)], latency: 0.035),
            State(level: 0.08, dwell: 5, successors: [(1, 1)], latency: 0.11),
        ], deviation: 0.45, correlation: 0.65)

    /// Like a wireless LAN shared with neighbours: high and steady most of the time, with dips of a few seconds when
    /// others transmit or the rate control falls back, as studies of home networks describe (for instance Sui et al.,
    /// "Characterizing and improving WiFi latency in large-scale operational networks", MobiSys 2016). Parameters were
    /// chosen to resemble such dips.
    static let wirelessLAN = FadingModel(
        states: [
            State(level: 1.0, dwell: 30, successors: [(1, 0.6), (2, 0.4)], latency: 0.012),
            State(level: 0.4, dwell: 8, successors: [(0, 0.8), (2, 0.2)], latency: 0.025),
            State(level: 0.06, dwell: 3, successors: [(0, 0.5), (1, 0.5)], latency: 0.09),
        ], deviation: 0.18, correlation: 0.5)

    /// Like 5G on the move. Raca et al. ("Beyond throughput, the next generation: a 5G dataset with channel and context
    /// metrics", MMSys 2020) and Narayanan et al. ("Lumos5G: mapping and predicting commercial mmWave 5G throughput", IMC
    /// 2020) logged hundreds of Mb/s in good reception, falls by one or two orders of magnitude within a second where a
    /// body or a corner is in the way, long stretches on 4G, and gaps at handovers. The shape was chosen after those
    /// descriptions and is no fit; the default mean is far below an idle cell's, which leaves rate adaptation nothing to do.
    static let newRadio = FadingModel(
        states: [
            State(level: 1.0, dwell: 14, successors: [(1, 0.4), (2, 0.35), (3, 0.25)], latency: 0.022),
            State(level: 3.0, dwell: 9, successors: [(0, 0.6), (2, 0.1), (3, 0.3)], latency: 0.015),
            State(level: 0.25, dwell: 16, successors: [(0, 0.8), (3, 0.2)], latency: 0.045),
            State(level: 0.04, dwell: 2.5, successors: [(0, 0.4), (1, 0.2), (2, 0.4)], latency: 0.08),
        ], deviation: 0.5, correlation: 0.55)

    /// Like a DSL line: the modem's rate is fixed, and what is measured stays near it. The FCC's "Measuring fixed broadband"
    /// reports (from 2011 on) give DSL some tens of milliseconds and a speed near the advertised one that sinks little in the
    /// evening; within a household others take half of it for seconds to minutes, and a retrain of the modem is an outage
    /// of seconds. The shape was chosen after those descriptions and is no fit.
    static let subscriberLine = FadingModel(
        states: [
            State(level: 1.0, dwell: 60, successors: [(1, 0.55), (2, 0.4), (3, 0.05)], latency: 0.03),
            State(level: 0.85, dwell: 40, successors: [(0, 0.7), (2, 0.3)], latency: 0.038),
            State(level: 0.48, dwell: 20, successors: [(0, 0.8), (1, 0.2)], latency: 0.07),
            State(level: 0.005, dwell: 4, successors: [(0, 1)], latency: 0.1),
        ], deviation: 0.03, correlation: 0.6)
}

package import Adaptation
package import NetworkEmulation

/// Virtual time as the public simulator Sabre (Spiteri, Sitaraman, Sparacio, MMSys 2018) has it, for comparison with
/// published figures: one medium, playback from the first segment on, no thresholds, one request at a time, no TCP.
///
/// The rules are the same that play everywhere else; they count in milliseconds and bits per millisecond here, as the
/// original does, so that sums round alike. Its habits are kept: the first segment is the lowest version's whatever the
/// rule; an abandoned segment is asked of the rule anew, whatever version it was abandoned for; BOLA's basic variant holds
/// climbs back by the throughput.
package struct SabreModel: Sendable {
    private let movie: SabreMovie
    private let profile: BandwidthProfile
    private let ladder: Ladder
    private let maxBuffer: Double
    private let abandons: Bool

    /// - Parameters:
    ///   - maxBuffer: seconds that may be buffered, the segment that is about to be fetched included.
    ///   - abandons: whether rules may abandon transfers.
    package init(
        movie: SabreMovie, profile: BandwidthProfile, maxBuffer: Double, abandons: Bool,
        utility: Utility? = nil
    ) {
        self.movie = movie
        self.profile = profile
        self.maxBuffer = maxBuffer * 1000
        self.abandons = abandons
        ladder = Ladder(
            bitRates: movie.bitRates, segmentDuration: movie.segmentDuration, maxBuffer: maxBuffer * 1000,
            utility: utility, sizes: movie.sizes, second: 1000)
    }

    /// A step of a transfer, between two looks of the rule, lasts for at least so many bits and milliseconds.
    private static let stepBits = 12_000.0
    private static let stepTime = 50.0

    /// Plays the movie once.
    package func run(_ specification: RuleSpecification) -> SabreResult {
        var rule = specification.defaulting("cap", to: 1).rule(for: ladder)
        var network = SabreNetwork(profile)
        var buffer = SabreBuffer(
            segmentDuration: movie.segmentDuration, bitRates: movie.bitRates, utilities: ladder.utilities)
        var time = 0.0

        func report(_ segment: Int, _ version: Int, _ transfer: Transfer, abandonedFor: Int?) {
            let duration = transfer.time - transfer.latency
            rule.observe(
                TransferReport(
                    segment: segment, index: version, time: time, elapsed: transfer.time, buffer: buffer.level,
                    sample: TransferSample(bits: transfer.bits, duration: duration, latency: transfer.latency),
                    abandonedFor: abandonedFor))
        }

        let latency = network.latency()
        let first = Transfer(
            bits: movie.sizes[0][0], time: latency + network.transfer(movie.sizes[0][0]), latency: latency)
        buffer.append(0)
        buffer.startUp(first.time)
        time += first.time
        report(0, 0, first, abandonedFor: nil)

        var previous = 0
        var segment = 1
        while segment < movie.sizes.count {
            let full = max(buffer.level + movie.segmentDuration - maxBuffer, 0)
            if full > 0 {
                buffer.deplete(full)
                network.wait(full)
                time += full
            }
            let decision = rule.decide(
                RateDecisionInput(
                    time: time, segment: segment, segmentCount: movie.sizes.count, buffer: buffer.level,
                    previous: previous, idle: full))
            if decision.wait > 0 {
                buffer.deplete(decision.wait)
                network.wait(decision.wait)
                time += decision.wait
            }
            let size = movie.sizes[segment][decision.index]
            let (transfer, abandonedFor) = fetch(size, segment, decision.index, buffer.level, &network, &rule)
            buffer.deplete(transfer.time)
            time += transfer.time
            if abandonedFor == nil {
                buffer.append(decision.index)
                previous = decision.index
                segment += 1
            }
            report(abandonedFor == nil ? segment - 1 : segment, decision.index, transfer, abandonedFor: abandonedFor)
        }
        buffer.playOut()
        return SabreResult(buffer, movie: movie)
    }

    /// What a transfer was.
    private struct Transfer {
        var bits: Double
        /// Milliseconds in all, and those of them before the first bit.
        var time: Double
        var latency: Double
    }

    private func fetch(
        _ size: Double, _ segment: Int, _ version: Int, _ level: Double, _ network: inout SabreNetwork,
        _ rule: inout any RateDetermination
    ) -> (Transfer, abandonedFor: Int?) {
        let latency = network.latency()
        guard abandons, rule.reconsiders else {
            return (Transfer(bits: size, time: latency + network.transfer(size), latency: latency), nil)
        }
        var transfer = Transfer(bits: 0, time: latency, latency: latency)
        var leastTime = Self.stepTime - latency
        while transfer.bits < size {
            let step = network.step(size - transfer.bits, leastBits: Self.stepBits, leastTime: leastTime)
            leastTime = Self.stepTime
            transfer.bits += step.bits
            transfer.time += step.time
            guard transfer.bits < size else { break }
            let progress = TransferProgress(
                segment: segment, index: version, elapsed: transfer.time, latency: latency, received: transfer.bits,
                size: size, buffer: max(0, level - transfer.time))
            if let lower = rule.reconsider(progress) { return (transfer, lower) }
        }
        return (transfer, nil)
    }
}

/// What Sabre prints of a session, in its units.
package struct SabreResult: Sendable, Hashable {
    /// Bits per millisecond (kb/s), by time of the session, stalls and start-up included.
    package var bitRate: Double
    /// The same of the utility.
    package var utility: Double
    /// In seconds.
    package var stallTime: Double
    /// Over ``playTime``.
    package var stallRatio: Double
    package var stallCount: Int
    /// Sum of the changes of bit rate, in kb/s, and the same by time.
    package var bitRateChange: Double
    package var meanBitRateChange: Double
    /// Length of the session, in seconds.
    package var playTime: Double
    /// Utility less five for each segment's length of stall, by time (Spiteri et al., INFOCOM 2016 §III).
    package var score: Double

    private static let gammaP = 5.0

    init(_ buffer: SabreBuffer, movie: SabreMovie) {
        let scale = movie.segmentDuration / buffer.playTime
        bitRate = buffer.playedBitRate * scale
        utility = buffer.playedUtility * scale
        stallTime = buffer.stallTime / 1000
        stallRatio = buffer.stallTime / buffer.playTime
        stallCount = buffer.stallCount
        bitRateChange = buffer.bitRateChange
        meanBitRateChange = buffer.bitRateChange * scale
        playTime = buffer.playTime / 1000
        score = scale * (buffer.playedUtility - Self.gammaP * buffer.stallTime / movie.segmentDuration)
    }
}

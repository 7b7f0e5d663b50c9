/// BOLA-E (Spiteri, Sitaraman, Sparacio: "From theory to practice", MMSys 2018): BOLA with a virtual placeholder
/// buffer, which stands for what would be buffered had the rule been in charge all along, and an insufficient-buffer
/// rule. Its E-O variant accepts no version above what the throughput sustains.
package struct BOLAERule: RateDetermination {
    private let ladder: Ladder
    private let avoidsOscillation: Bool
    package let replaces: Bool
    private let bola: BOLA
    private let controlParameter: Double
    private var estimator: ThroughputEstimator
    private var lowBuffer = LowBufferGuard()
    /// Seconds of the virtual buffer; nil before the first decision that knows the throughput.
    private var placeholder: Double?
    private var latest = 0

    /// The level that a buffer is built up to before the lowest version is given up, in seconds, and what each version
    /// adds to the target (the paper's, and dash.js's, constants).
    private static let minimumBuffer = 10.0
    private static let bufferPerVersion = 2.0

    /// - Parameters:
    ///   - ladder: what is chosen from.
    ///   - avoidsOscillation: the E-O variant.
    ///   - buffer: the target level, in seconds; nil for the ladder's buffer.
    ///   - replaces: whether buffered segments of lower versions are replaced after a climb ("fast switching").
    package init(ladder: Ladder, avoidsOscillation: Bool, buffer: Double? = nil, replaces: Bool = false) {
        self.ladder = ladder
        self.replaces = replaces
        self.avoidsOscillation = avoidsOscillation
        let second = ladder.second
        let least = Self.minimumBuffer * second
        let target = max(
            least + Self.bufferPerVersion * second * Double(ladder.bitRates.count),
            buffer.map { $0 * second } ?? ladder.maxBuffer)
        // u(highest) is 1 above the lowest's in BOLA-E: utilities start at 1.
        let highest = 1 + (ladder.utilities.max() ?? 0)
        // A ladder of one version, or of equal ones, leaves nothing to choose: any factor will do.
        let gammaP = highest > 1 ? (highest - 1) / (target / least - 1) : 1
        bola = BOLA(ladder: ladder, gammaP: gammaP, lowestUtility: 1)
        controlParameter = least / gammaP
        estimator = ThroughputEstimator(ladder: ladder)
    }

    /// The level at which `index` begins to be worth more than every lower version.
    private func minimumLevel(of index: Int) -> Double {
        var level = 0.0
        let (rates, utilities) = (bola.bitRates, bola.utilities)
        for lower in 0..<index where rates[index] > rates[lower] {
            let weighted = rates[index] * utilities[lower] - rates[lower] * utilities[index]
            level = max(level, controlParameter * (bola.gammaP + weighted / (rates[index] - rates[lower])))
        }
        return level
    }

    private func maximumLevel(of index: Int) -> Double {
        bola.maximumLevel(of: index, controlParameter: controlParameter)
    }

    package mutating func decide(_ input: RateDecisionInput) -> RateDecision {
        guard input.previous != nil, let throughput = estimator.throughput, input.buffer.isFinite else {
            return RateDecision(index: 0, reason: .start)
        }
        let sustainable = estimator.sustainable(ladder, at: throughput)
        guard var placeholder else {
            self.placeholder = bounded(max(0, minimumLevel(of: sustainable) - input.buffer))
            return RateDecision(index: sustainable, throughput: throughput, reason: .throughput)
        }
        placeholder = bounded(placeholder + Self.time(input.idle))
        var decision = RateDecision(
            index: bola.choice(
                of: input.segment, level: input.buffer + placeholder, controlParameter: controlParameter),
            throughput: throughput, reason: .buffer)
        if decision.index > latest, decision.index > sustainable {
            decision.index = max(latest, sustainable)
            decision.reason = .capped
            if !avoidsOscillation { decision.index += 1 }
        }
        let excess = input.buffer + placeholder - maximumLevel(of: decision.index)
        if excess > 0 {
            // The virtual part goes first; only what is really buffered can be waited for.
            let virtual = min(excess, placeholder)
            placeholder -= virtual
            decision.wait = decision.index < ladder.top ? excess - virtual : 0
        }
        let safe = lowBuffer.limit(
            decision.index, ladder: ladder, buffer: input.buffer, latency: estimator.latency, throughput: throughput)
        if safe < decision.index {
            decision = RateDecision(index: safe, throughput: throughput, reason: .lowBuffer)
            placeholder = min(placeholder, max(0, minimumLevel(of: safe) - input.buffer))
        }
        self.placeholder = placeholder
        return decision
    }

    /// Time went by because the buffer was full, while another rule decided.
    mutating func note(idle: Double) { placeholder = placeholder.map { bounded($0 + Self.time(idle)) } }

    /// `seconds` of the virtual buffer, as far as they count: beyond the highest version's level nothing is decided
    /// otherwise, and sums stay numbers.
    private func bounded(_ seconds: Double) -> Double { min(seconds, maximumLevel(of: ladder.top)) }

    private static func time(_ seconds: Double) -> Double { seconds.isFinite ? max(seconds, 0) : 0 }

    package mutating func observe(_ transfer: TransferReport) {
        guard (0...ladder.top).contains(transfer.index) else { return }
        if transfer.isReplacement {
            // Nothing was added to the buffer: it tells of the network alone.
            if let sample = transfer.sample { estimator.add(sample) }
            return
        }
        latest = transfer.index
        if let lower = transfer.abandonedFor {
            // Something went wrong: the placeholder falls to what the lower version needs.
            let wanted = lower > 0 ? minimumLevel(of: min(lower, ladder.top)) : Self.minimumBuffer * ladder.second
            if let placeholder { self.placeholder = min(placeholder, max(0, wanted - transfer.buffer)) }
            return
        }
        if let sample = transfer.sample { estimator.add(sample) }
        guard var placeholder, transfer.buffer.isFinite, transfer.elapsed.isFinite else { return }
        let levelBefore = transfer.buffer + transfer.elapsed
        // No larger than makes sense for what was fetched, and no smaller, as it may be when others decided.
        placeholder = min(placeholder, max(0, maximumLevel(of: transfer.index) - levelBefore))
        if transfer.buffer > 0 { placeholder = max(placeholder, minimumLevel(of: transfer.index) - levelBefore) }
        self.placeholder = bounded(placeholder)
    }

    /// Fast switching (the same paper): of the segments that are buffered in a lower version than the next one would be
    /// fetched in, the first that can be here in time, as long as the throughput sustains that version and the level stays
    /// above the one that a buffer is built up to.
    package mutating func replacement(
        _ input: RateDecisionInput, buffered: [BufferedSegment]
    ) -> SegmentReplacement? {
        guard replaces, placeholder != nil, let throughput = estimator.throughput else { return nil }
        var decision = self
        let version = min(decision.decide(input).index, estimator.sustainable(ladder, at: throughput))
        for segment in buffered where segment.index < version {
            let bits = ladder.size(ofSegment: segment.segment, version: version)
            let time = estimator.latency + bits / throughput
            guard time < segment.lead else { continue }
            guard input.buffer - time >= Self.minimumBuffer * ladder.second else { return nil }
            return SegmentReplacement(segment: segment.segment, index: version)
        }
        return nil
    }

    package var reconsiders: Bool { true }

    package mutating func reconsider(_ progress: TransferProgress) -> Int? {
        let time = progress.elapsed - progress.latency
        let remaining = progress.size - progress.received
        guard time > 0, progress.received > 0, remaining > 0, (0...ladder.top).contains(progress.index) else {
            return nil
        }
        // What arrives while the new request's first byte is awaited would not have to be fetched.
        let worth = remaining - progress.latency * (progress.received / time)
        guard worth > 0 else { return nil }
        let level = max(0, progress.buffer + (placeholder ?? 0) - progress.latency)
        return bola.abandonment(
            of: progress.segment, in: progress.index, size: progress.size, remaining: worth, level: level,
            controlParameter: controlParameter)
    }

    package func assurance(_ progress: TransferProgress) -> Double {
        guard (0...ladder.top).contains(progress.index) else { return 0 }
        // At worst nothing arrives while a new request's first byte is awaited.
        return bola.assurance(
            of: progress.segment, in: progress.index, size: progress.size,
            remaining: progress.size - progress.received,
            level: max(0, progress.buffer + (placeholder ?? 0) - progress.latency), controlParameter: controlParameter)
    }
}

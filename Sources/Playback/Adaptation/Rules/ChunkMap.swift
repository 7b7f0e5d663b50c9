/// BBA-1's chunk map (Huang et al., SIGCOMM 2014 §5): from the buffer's level to the size of segment that it can afford.
///
/// Flat at the average size of the lowest version up to a reservoir, linear up to that of the highest at nine tenths of
/// the buffer. The reservoir follows the media: it is what the buffer would lose over the next segments if the network
/// carried just the lowest version's bit rate.
struct ChunkMap: Sendable, Hashable {
    private let ladder: Ladder
    private let smallest: Double
    private let largest: Double
    private let lowestReservoir: Double
    private let highestReservoir: Double
    /// How many segments ahead the reservoir looks.
    private let lookahead: Int
    /// What the buffer loses by the lowest version of all segments before each, in seconds.
    private let losses: [Double]
    /// The level from which on the map gives the largest size.
    let fullLevel: Double

    /// - Parameter reservoir: its bounds in seconds; nil for the paper's 8 s, which are two of its segments, but no more of
    ///   the buffer than BBA-0's 90/240, and 140/240 of the buffer.
    init(ladder: Ladder, reservoir: (least: Double?, most: Double?)) {
        self.ladder = ladder
        let most = reservoir.most.map { $0 * ladder.second } ?? ladder.maxBuffer * 140 / 240
        highestReservoir = most
        let least = min(2 * ladder.segmentDuration, ladder.maxBuffer * 90 / 240)
        lowestReservoir = min(reservoir.least.map { $0 * ladder.second } ?? least, most)
        fullLevel = ladder.maxBuffer * 0.9
        // Twice the buffer, as the paper's 480 s.
        lookahead = Int(min(max(2 * ladder.maxBuffer / ladder.segmentDuration, 1), 1e6).rounded())
        var losses = [0.0]
        losses.reserveCapacity(ladder.sizes.count + 1)
        var totals = (smallest: 0.0, largest: 0.0)
        for sizes in ladder.sizes {
            losses.append((losses.last ?? 0) + sizes[0] / ladder.bitRates[0] - ladder.segmentDuration)
            totals.smallest += sizes[0]
            totals.largest += sizes[ladder.top]
        }
        self.losses = losses
        let count = Double(ladder.sizes.count)
        smallest = count > 0 ? totals.smallest / count : ladder.bitRates[0] * ladder.segmentDuration
        largest = count > 0 ? totals.largest / count : ladder.bitRates[ladder.top] * ladder.segmentDuration
    }

    /// Seconds below which the lowest version of `segment` is fetched.
    func reservoir(before segment: Int) -> Double {
        let first = min(max(segment, 0), losses.count - 1)
        let last = min(first + lookahead, losses.count - 1)
        return min(max(losses[last] - losses[first], lowestReservoir), highestReservoir)
    }

    /// Algorithm 1 over sizes: the choice changes when the map crosses the size of the segment's next higher or lower
    /// version.
    func choice(ofSegment segment: Int, previous: Int, buffer: Double) -> RateDecision {
        let reservoir = reservoir(before: segment)
        if buffer <= reservoir { return RateDecision(index: 0, reason: .buffer) }
        if buffer >= fullLevel { return RateDecision(index: ladder.top, reason: .buffer) }
        let mapped = smallest + (largest - smallest) * (buffer - reservoir) / (fullLevel - reservoir)
        func size(_ version: Int) -> Double { ladder.size(ofSegment: segment, version: version) }
        let versions = 0...ladder.top
        if mapped >= size(min(previous + 1, ladder.top)) {
            return RateDecision(index: versions.last { size($0) < mapped } ?? 0, reason: .buffer)
        }
        if mapped <= size(max(previous - 1, 0)) {
            return RateDecision(index: versions.first { size($0) > mapped } ?? ladder.top, reason: .buffer)
        }
        return RateDecision(index: previous, reason: .hold)
    }
}

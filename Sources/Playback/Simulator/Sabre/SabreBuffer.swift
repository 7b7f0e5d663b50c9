import Foundation

/// Sabre's buffer and what it measures: a queue of whole segments, played from the first on. Times are milliseconds.
struct SabreBuffer: Sendable {
    private let segmentDuration: Double
    private let bitRates: [Double]
    private let utilities: [Double]
    /// Versions of the segments that wait, the one that is being played first.
    private var queue: [Int] = []
    /// Where the queue begins in `queue`.
    private var first = 0
    /// Of the first segment, played already.
    private var played = 0.0
    private var latestPlayed: Int?

    private(set) var playTime = 0.0
    private(set) var stallTime = 0.0
    private(set) var stallCount = 0
    private(set) var playedUtility = 0.0
    private(set) var playedBitRate = 0.0
    private(set) var bitRateChange = 0.0

    init(segmentDuration: Double, bitRates: [Double], utilities: [Double]) {
        self.segmentDuration = segmentDuration
        self.bitRates = bitRates
        self.utilities = utilities
    }

    private var count: Int { queue.count - first }
    var level: Double { segmentDuration * Double(count) - played }

    mutating func append(_ version: Int) { queue.append(version) }

    /// Time before anything is played.
    mutating func startUp(_ time: Double) { playTime += time }

    /// Plays for `time`, or stands still once nothing is left.
    mutating func deplete(_ time: Double) {
        guard count > 0 else {
            stallTime += time
            playTime += time
            return
        }
        var time = time
        if played > 0 {
            if time + played < segmentDuration {
                played += time
                playTime += time
                return
            }
            time -= segmentDuration - played
            playTime += segmentDuration - played
            pop()
        }
        while time > 0, count > 0 {
            begin(queue[first])
            if time >= segmentDuration {
                time -= segmentDuration
                playTime += segmentDuration
                pop()
            } else {
                played = time
                playTime += time
                time = 0
            }
        }
        if time > 0 {
            stallTime += time
            playTime += time
            stallCount += 1
        }
    }

    /// Plays what is left.
    mutating func playOut() { deplete(level) }

    private mutating func pop() {
        first += 1
        played = 0
    }

    private mutating func begin(_ version: Int) {
        playedUtility += utilities[version]
        playedBitRate += bitRates[version]
        if let latestPlayed, latestPlayed != version {
            bitRateChange += abs(bitRates[version] - bitRates[latestPlayed])
        }
        latestPlayed = version
    }
}

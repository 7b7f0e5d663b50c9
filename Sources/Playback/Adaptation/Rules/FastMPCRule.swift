internal import Foundation
internal import Synchronization

/// FastMPC (Yin et al., SIGCOMM 2015 §5): MPC by table. Level of the buffer, version before and predicted throughput fall
/// into bins; each bin's choice is worked out once, for segments of nominal size.
package struct FastMPCRule: RateDetermination {
    private let ladder: Ladder
    private let table: FastMPCTable
    private var prediction = ThroughputPrediction()

    /// - Parameters: as of ``MPCRule``; `bins` is how many there are of levels, and of throughputs.
    package init(ladder: Ladder, horizon: Int = 5, lambda: Double = 1, mu: Double? = nil, bins: Int = 100) {
        self.ladder = ladder
        table = .table(
            FastMPCTable.Parameters(
                bitRates: ladder.bitRates, qualities: ladder.qualities, segmentDuration: ladder.segmentDuration,
                maxBuffer: ladder.maxBuffer,
                second: ladder.second, horizon: horizon, lambda: lambda, mu: mu ?? MPCRule.standardMu(ladder),
                bins: max(bins, 1)))
    }

    package mutating func observe(_ transfer: TransferReport) { prediction.observe(transfer) }

    package mutating func decide(_ input: RateDecisionInput) -> RateDecision {
        guard let throughput = prediction.throughput else { return RateDecision(index: 0, reason: .start) }
        let choice = table.choice(
            previous: min(max(input.previous ?? 0, 0), ladder.top), buffer: ladder.level(input.buffer),
            throughput: throughput)
        return RateDecision(index: choice, throughput: throughput, reason: .prediction)
    }
}

/// FastMPC's table for one ladder, shared by all sessions that play it.
///
/// A bin is worked out when it is first asked for: few of them ever are, and what is in them depends on nothing else.
final class FastMPCTable: Sendable {
    /// All that a table depends on.
    struct Parameters: Sendable, Hashable {
        var bitRates: [Double]
        /// q(R) of each version, typically: what segments differ by is not in a table.
        var qualities: [Double]
        var segmentDuration: Double
        var maxBuffer: Double
        var second: Double
        var horizon: Int
        var lambda: Double
        var mu: Double
        var bins: Int
    }

    private let parameters: Parameters
    private let search: MPCSearch
    /// The logarithm of the throughput that the bins begin at, and the width of one.
    private let lowest: Double
    private let width: Double
    /// Choices by level, version before and throughput; below zero where none is known yet.
    private let cells: Mutex<[Int16]>

    /// Throughputs from half the lowest version's bit rate to twice the highest's have bins of their own.
    private static let margin = 2.0

    private init(_ parameters: Parameters) {
        self.parameters = parameters
        let ladder = Ladder(
            bitRates: parameters.bitRates, segmentDuration: parameters.segmentDuration,
            maxBuffer: parameters.maxBuffer, second: parameters.second)
        search = MPCSearch(
            ladder: ladder, qualities: parameters.qualities, horizon: parameters.horizon, lambda: parameters.lambda,
            mu: parameters.mu)
        lowest = log(ladder.bitRates[0] / Self.margin)
        width = (log(ladder.bitRates[ladder.top] * Self.margin) - lowest) / Double(parameters.bins)
        cells = Mutex(Array(repeating: -1, count: parameters.bins * parameters.bins * ladder.bitRates.count))
    }

    /// The choice of the bin that these fall into, made for its middle.
    func choice(previous: Int, buffer: Double, throughput: Double) -> Int {
        let bins = Double(parameters.bins)
        let level = Self.bin(buffer / parameters.maxBuffer * bins, of: parameters.bins)
        let rate = Self.bin((log(throughput) - lowest) / width, of: parameters.bins)
        let cell = (level * parameters.bitRates.count + previous) * parameters.bins + rate
        let known = cells.withLock { $0[cell] }
        if known >= 0 { return Int(known) }
        let choice = search.choice(
            segment: 0, of: parameters.horizon, previous: previous,
            buffer: (Double(level) + 0.5) / bins * parameters.maxBuffer,
            throughput: exp(lowest + (Double(rate) + 0.5) * width))
        cells.withLock { $0[cell] = Int16(clamping: choice) }
        return choice
    }

    private static func bin(_ position: Double, of count: Int) -> Int {
        position > 0 ? Int(min(position, Double(count - 1))) : 0
    }

    private static let tables = Mutex<[Parameters: FastMPCTable]>([:])
    /// Tables that are kept; with more ladders than that at a time all are forgotten.
    private static let mostTables = 16

    static func table(_ parameters: Parameters) -> FastMPCTable {
        tables.withLock { tables in
            if let table = tables[parameters] { return table }
            if tables.count >= mostTables { tables.removeAll() }
            let table = FastMPCTable(parameters)
            tables[parameters] = table
            return table
        }
    }
}

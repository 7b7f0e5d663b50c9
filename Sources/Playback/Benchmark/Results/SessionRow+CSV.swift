import QoE
import Report

/// A session as a record of a CSV file, and back without loss: a run that is resumed reads what it wrote.
extension SessionRow {
    /// The names of ``csvFields``.
    package static let csvHeader = [
        "url", "mode", "profile", "seed", "rule", "client", "mean_bit_rate", "startup_delay", "stall_count",
        "stall_duration", "stall_ratio", "switch_count", "mean_switch", "segment_count", "qoe", "played", "duration",
        "bytes", "outcome", "error", "mean_ssim", "wasted_bytes",
    ]

    /// The fields of the session's record; bit rates in bits/s, times in seconds, sizes in bytes. Means, ratios and scores
    /// are empty where no segment arrived.
    package var csvFields: [String] {
        func quality(_ value: Double) -> String { summary.hasQuality ? CSVWriter.number(value) : "" }
        return [
            identity.url, identity.mode.rawValue, identity.profile, String(identity.seed), identity.rule,
            String(identity.client), quality(summary.meanBitRate),
            summary.startupDelay.map { CSVWriter.number($0) } ?? "", String(summary.stallCount),
            CSVWriter.number(summary.stallDuration), quality(summary.stallRatio), String(summary.switchCount),
            quality(summary.meanSwitch), String(summary.segmentCount), quality(summary.qoe),
            CSVWriter.number(summary.played), CSVWriter.number(summary.duration), String(summary.bytes),
            summary.outcome,
            failure ?? "", summary.meanSSIM.map { CSVWriter.number($0) } ?? "", String(summary.wastedBytes),
        ]
    }

    /// The session whose record has the given fields; nil when they are not such a record.
    package init?(csvFields fields: [String]) {
        guard fields.count == Self.csvHeader.count, let mode = BenchmarkMode(rawValue: fields[1]),
            let seed = UInt64(fields[3]), let client = Int(fields[5]), let stallCount = Int(fields[8]),
            let switchCount = Int(fields[11]), let segmentCount = Int(fields[13]), let bytes = Int(fields[17]),
            let wastedBytes = Int(fields[21])
        else { return nil }
        let numbers = [6, 9, 10, 12, 14, 15, 16].compactMap { place in
            // Where no segment arrived there is nothing of which these could be told.
            segmentCount == 0 && fields[place].isEmpty && [6, 10, 12, 14].contains(place) ? 0 : Double(fields[place])
        }
        guard numbers.count == 7, numbers.allSatisfy(\.isFinite) else { return nil }
        let startup = Double(fields[7])
        guard startup != nil || fields[7].isEmpty else { return nil }
        let ssim = Double(fields[20])
        guard ssim != nil || fields[20].isEmpty else { return nil }
        var summary = SummaryAccumulator().summary(endingAt: numbers[6], played: numbers[5], outcome: fields[18])
        (summary.meanBitRate, summary.stallDuration, summary.stallRatio) = (numbers[0], numbers[1], numbers[2])
        (summary.meanSwitch, summary.qoe, summary.startupDelay) = (numbers[3], numbers[4], startup)
        (summary.stallCount, summary.switchCount, summary.segmentCount) = (stallCount, switchCount, segmentCount)
        (summary.bytes, summary.wastedBytes, summary.meanSSIM) = (bytes, wastedBytes, ssim)
        let identity = SessionIdentity(
            mode: mode, url: fields[0], rule: fields[4], profile: fields[2], seed: seed, client: client)
        self.init(identity: identity, summary: summary, failure: fields[19].isEmpty ? nil : fields[19])
    }
}

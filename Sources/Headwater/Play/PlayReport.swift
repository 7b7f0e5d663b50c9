import Client
import Foundation
import Player
import QoE
import Report

/// What `headwater play` says at its end.
struct PlayReport {
    var url: String
    var rule: String?
    var profile: String?
    var result: PlayerResult
    /// How caches answered, where any said so.
    var cache: CacheCount?

    /// The error of a session that failed.
    var failure: CommandError? {
        guard case .failed(let message) = result.outcome else { return nil }
        let isDamage = if case .damaged? = result.failure { true } else { false }
        return CommandError(isDamage ? .dataError : .unavailable, message)
    }

    /// One JSON document: what was played, and how it was.
    func json() throws -> String {
        struct Document: Encodable {
            var url: String
            var rule: String?
            var profile: String?
            var summary: PlaybackSummary
            var cache: CacheCount?
            var error: String?
        }
        let document = Document(
            url: url, rule: rule, profile: profile, summary: result.summary, cache: cache,
            error: failure?.description)
        return try JSONText.document(document) + "\n"
    }

    /// A table with a line for each thing measured.
    var text: String {
        let summary = result.summary
        var rows = [
            ["outcome", summary.outcome, ""],
            ["played", decimal(summary.played, 2), "s"],
            ["mean bit rate", quality(summary.meanBitRate / 1e6, 3), "Mbit/s"],
            ["start-up delay", summary.startupDelay.map { decimal($0, 3) } ?? DecimalText.missing, "s"],
            ["stalls", "\(summary.stallCount)", ""],
            ["stalled", decimal(summary.stallDuration, 3), "s"],
            ["stall ratio", quality(summary.stallRatio * 100, 2), "%"],
        ]
        if let ssim = summary.meanSSIM { rows.append(["mean SSIM", decimal(ssim, 4), ""]) }
        if rule != nil {
            rows += [
                ["switches", "\(summary.switchCount)", ""],
                ["mean change of bit rate", quality(summary.meanSwitch / 1e6, 3), "Mbit/s"],
                ["segments", "\(summary.segmentCount)", ""],
            ]
        }
        rows += [
            ["QoE (linear)", quality(summary.qoe, 3), ""],
            ["received", decimal(Double(summary.bytes) / 1e6, 3), "MB"],
        ]
        if summary.wastedBytes > 0 {
            rows.append(["received in vain", decimal(Double(summary.wastedBytes) / 1e6, 3), "MB"])
        }
        if let cache {
            rows += [["cache hits", "\(cache.hits)", ""], ["cache misses", "\(cache.misses)", ""]]
        }
        return TextTable(header: ["measure", "value", "unit"], alignments: [.left, .right, .left], rows: rows).text()
    }

    private func decimal(_ value: Double, _ digits: Int) -> String { DecimalText.fixed(value, digits: digits) }

    /// A mean, ratio or score; there is none of a session without segments.
    private func quality(_ value: Double, _ digits: Int) -> String {
        result.summary.hasQuality ? decimal(value, digits) : DecimalText.missing
    }
}

/// Responses by what the cache next to the client said of them.
struct CacheCount: Sendable, Hashable, Encodable {
    var hits = 0
    var misses = 0
}

import Foundation
import QoE
package import Report

/// Results as a table for people, and as JSON and CSV for programs: one row a session.
extension BenchmarkResults {
    /// Rule × profile, one row a session.
    package var table: ReportTable {
        let modes = Set(sessions.map(\.identity.mode)).count > 1
        let clients = sessions.contains { $0.identity.client > 1 }
        let presentations = hasSeveralPresentations
        let isMeasured = sessions.contains { $0.summary.meanSSIM != nil }
        var columns: [TableColumn] = presentations ? [.text("presentation")] : []
        columns += [.text("profile"), .text("rule")]
        if modes { columns.append(.text("mode")) }
        if clients { columns.append(.number("client", digits: 0)) }
        columns += [
            .number("bit rate", .bitsPerSecond, best: .highest)
        ]
        if isMeasured { columns.append(.number("SSIM", digits: 4, best: .highest)) }
        columns += [
            .number("start-up", .seconds, digits: 2, best: .lowest),
            .number("stalls", digits: 0, best: .lowest),
            .number("stalled", .seconds, digits: 2, best: .lowest),
            .number("stall ratio", .percentage, digits: 1, best: .lowest),
            .number("switches", digits: 0),
            .number("QoE", digits: 3, best: .highest),
            .text("outcome"),
        ]
        let rows = sessions.map { session -> [TableCell] in
            let (identity, summary) = (session.identity, session.summary)
            var cells: [TableCell] = presentations ? [.text(identity.presentation)] : []
            cells += [.text(identity.profile), .text(identity.rule)]
            if modes { cells.append(.text(identity.mode.rawValue)) }
            if clients { cells.append(.number(Double(identity.client))) }
            // A session without a segment has done neither well nor badly by any measure.
            func quality(_ value: Double) -> TableCell { summary.hasQuality ? .number(value) : .missing }
            cells.append(quality(summary.meanBitRate))
            if isMeasured { cells.append(summary.meanSSIM.map { .number($0) } ?? .missing) }
            return cells + [
                summary.startupDelay.map { .number($0) } ?? .missing,
                quality(Double(summary.stallCount)), quality(summary.stallDuration), quality(summary.stallRatio),
                quality(Double(summary.switchCount)), quality(summary.qoe), .text(summary.outcome),
            ]
        }
        return ReportTable(columns: columns, rows: rows, groupColumn: presentations ? 1 : 0)
    }

    /// RFC 4180, one row a session; bit rates in bits/s, times in seconds, sizes in bytes.
    package var csv: String {
        var writer = CSVWriter(header: SessionRow.csvHeader)
        for session in sessions { writer.append(session.csvFields) }
        return writer.text
    }

    /// One JSON document; members sorted, so that equal results give equal bytes.
    package func json() throws -> String {
        struct Document: Encodable {
            struct Row: Encodable {
                var url: String
                var mode: BenchmarkMode
                var profile: String
                var seed: UInt64
                var rule: String
                var client: Int
                var summary: PlaybackSummary
                /// Why it failed.
                var error: String?
            }
            struct SharedLink: Encodable {
                var url: String
                var mode: BenchmarkMode
                var profile: String
                var seed: UInt64
                var rule: String
                var sharing: LinkSharing
            }
            var seed: UInt64
            var sessions: [Row]
            /// Only where clients shared links.
            var sharedLinks: [SharedLink]?
            var comparisons: [Comparison]
        }
        let rows = sessions.map {
            Document.Row(
                url: $0.identity.url, mode: $0.identity.mode, profile: $0.identity.profile, seed: $0.identity.seed,
                rule: $0.identity.rule, client: $0.identity.client, summary: $0.summary, error: $0.failure)
        }
        let links = sessions.compactMap { session in
            session.sharing.map {
                Document.SharedLink(
                    url: session.identity.url, mode: session.identity.mode, profile: session.identity.profile,
                    seed: session.identity.seed, rule: session.identity.rule, sharing: $0)
            }
        }
        return try JSONText.document(
            Document(seed: seed, sessions: rows, sharedLinks: links.isEmpty ? nil : links, comparisons: comparisons))
    }
}

import Foundation
import NetworkEmulation
import QoE
package import Report

/// Results as a table for people, and as JSON and CSV for programs: one row a session.
extension BenchmarkResults {
    /// Rule × profile, one row a session.
    package var table: ReportTable {
        let modes = Set(sessions.map(\.mode)).count > 1
        let clients = sessions.contains { $0.client > 1 }
        let presentations = hasSeveralPresentations
        var columns: [TableColumn] = presentations ? [.text("presentation")] : []
        columns += [.text("profile"), .text("rule")]
        if modes { columns.append(.text("mode")) }
        if clients { columns.append(.number("client", digits: 0)) }
        columns += [
            .number("bit rate", .bitsPerSecond, best: .highest),
            .number("start-up", .seconds, digits: 2, best: .lowest),
            .number("stalls", digits: 0, best: .lowest),
            .number("stalled", .seconds, digits: 2, best: .lowest),
            .number("stall ratio", .percentage, digits: 1, best: .lowest),
            .number("switches", digits: 0),
            .number("QoE", digits: 3, best: .highest),
            .text("outcome"),
        ]
        let rows = sessions.map { session -> [TableCell] in
            let summary = session.summary
            var cells: [TableCell] = presentations ? [.text(session.presentation)] : []
            cells += [.text(session.profile.name), .text(session.rule)]
            if modes { cells.append(.text(session.mode.rawValue)) }
            if clients { cells.append(.number(Double(session.client))) }
            return cells + [
                .number(summary.meanBitRate), summary.startupDelay.map { .number($0) } ?? .missing,
                .number(Double(summary.stallCount)), .number(summary.stallDuration), .number(summary.stallRatio),
                .number(Double(summary.switchCount)), .number(summary.qoe), .text(summary.outcome),
            ]
        }
        return ReportTable(columns: columns, rows: rows, groupColumn: presentations ? 1 : 0)
    }

    /// RFC 4180, one row a session; bit rates in bits/s, times in seconds, sizes in bytes.
    package var csv: String {
        var writer = CSVWriter(header: [
            "url", "mode", "profile", "rule", "client", "mean_bit_rate", "startup_delay", "stall_count",
            "stall_duration",
            "stall_ratio", "switch_count", "mean_switch", "segment_count", "qoe", "played", "duration", "bytes",
            "outcome",
        ])
        for session in sessions {
            let summary = session.summary
            let numbers = [
                summary.stallDuration, summary.stallRatio, Double(summary.switchCount), summary.meanSwitch,
                Double(summary.segmentCount), summary.qoe, summary.played, summary.duration, Double(summary.bytes),
            ]
            writer.append(
                [
                    session.url, session.mode.rawValue, session.profile.name, session.rule, String(session.client),
                    CSVWriter.number(summary.meanBitRate), summary.startupDelay.map { CSVWriter.number($0) } ?? "",
                    String(summary.stallCount),
                ] + numbers.map { CSVWriter.number($0) } + [summary.outcome])
        }
        return writer.text
    }

    /// A name for the file of each session's trace, in the order of ``sessions``: no two are equal, and each is one plain
    /// part of a path, whatever the names of presentations and profiles hold.
    package var traceNames: [String] {
        var uses: [String: Int] = [:]
        return sessions.map { session in
            let parts = [session.presentation, session.mode.rawValue, session.profile.name, session.rule]
            let plain = parts.joined(separator: "_").utf8.map { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "="):
                    Character(Unicode.Scalar(byte))
                default: Character("-")
                }
            }
            // File systems take 255 bytes; a leading dot would hide the file.
            let stem = String(plain.prefix(200).drop { $0 == "." }) + (session.client > 1 ? "_\(session.client)" : "")
            uses[stem, default: 0] += 1
            // Two presentations of one name, or names that differ only in what is not kept. A plus is never in a stem.
            return stem + (uses[stem] == 1 ? "" : "+\(uses[stem] ?? 1)") + ".jsonl"
        }
    }

    /// One JSON document; members sorted, so that equal results give equal bytes.
    package func json() throws -> String {
        struct Document: Encodable {
            struct Row: Encodable {
                var url: String
                var mode: BenchmarkMode
                var profile: String
                var rule: String
                var client: Int
                var summary: PlaybackSummary
                /// Why it failed.
                var error: String?
            }
            var seed: UInt64
            var sessions: [Row]
        }
        let rows = sessions.map {
            Document.Row(
                url: $0.url, mode: $0.mode, profile: $0.profile.name, rule: $0.rule, client: $0.client,
                summary: $0.summary, error: $0.failure)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(Document(seed: seed, sessions: rows))
        return String(decoding: data, as: UTF8.self)
    }
}

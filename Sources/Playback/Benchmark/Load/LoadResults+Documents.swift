import Adaptation
import Client
import Foundation
import NetworkEmulation
import QoE
package import Report

/// The results as JSON and as tables.
extension LoadResults {
    /// One JSON document; bit rates in bits/s, times in seconds, sizes in bytes, ratios from 0 to 1.
    package func json() throws -> String {
        try JSONText.document(Document(self))
    }

    private struct Document: Encodable {
        struct Session: Encodable {
            var client: Int
            var start: Double
            var instability: Double?
            var summary: PlaybackSummary
            var error: String?
        }
        struct Outcomes: Encodable {
            var completed: Int
            var stopped: Int
            var failed: Int
            var notBegun: Int
            var stalled: Int
        }
        struct Requests: Encodable {
            var count: Int
            var failed: Int
            var perSecond: Double
            var segmentTime: LatencySummary?
            var timeToFirstByte: LatencySummary?
            var failures: [Tally]
        }

        var url: String
        var rule: String
        var profile: String?
        var seed: UInt64?
        var clients: Int
        var stagger: Double
        var duration: Double
        var outcomes: Outcomes
        var meanBitRate: Spread?
        var startupDelay: Spread?
        var stallRatio: Spread?
        var qoe: Spread?
        var stallCount: Int
        var switchCount: Int
        var sharing: LinkSharing
        var requests: Requests
        var bytes: Int
        var throughput: Double
        var process: ProcessUsage
        var failures: [Tally]
        var sessions: [Session]

        init(_ results: LoadResults) {
            url = results.plan.url
            rule = results.plan.configuration.rule.description
            profile = results.plan.profile?.name
            seed = results.plan.profile == nil ? nil : results.plan.seed
            clients = results.plan.clients
            stagger = results.stagger
            duration = results.duration
            outcomes = Outcomes(
                completed: results.count("completed"), stopped: results.count("stopped"),
                failed: results.count("failed"), notBegun: results.notBegun, stalled: results.stalledSessions)
            meanBitRate = results.meanBitRate
            startupDelay = results.startupDelay
            stallRatio = results.stallRatio
            qoe = results.qoe
            stallCount = results.stallCount
            switchCount = results.switchCount
            sharing = results.sharing
            requests = Requests(
                count: results.requests, failed: results.failedRequests, perSecond: results.requestsPerSecond,
                segmentTime: results.segmentTime.summary, timeToFirstByte: results.firstByteTime.summary,
                failures: results.requestFailures)
            bytes = results.bytes
            throughput = results.throughput
            process = results.usage
            failures = results.failures
            sessions = results.sessions.map {
                Session(
                    client: $0.client, start: $0.activity.start, instability: $0.activity.instability,
                    summary: $0.summary, error: $0.failure)
            }
        }
    }

    /// What was measured of all sessions together.
    package var table: ReportTable {
        var rows: [(String, String, String)] = [
            ("sessions completed", "\(count("completed"))", ""), ("sessions failed", "\(count("failed"))", ""),
        ]
        if count("stopped") + notBegun > 0 {
            rows += [("sessions stopped", "\(count("stopped"))", ""), ("sessions not begun", "\(notBegun)", "")]
        }
        rows += [
            ("mean bit rate", fixed(meanBitRate?.mean, 3, 1e-6), "Mbit/s"),
            ("start-up delay, median", fixed(startupDelay?.median, 3), "s"),
            ("start-up delay, 95 %", fixed(startupDelay?.p95, 3), "s"),
            ("sessions that stalled", "\(stalledSessions)", ""), ("stalls", "\(stallCount)", ""),
            ("mean stall ratio", fixed(stallRatio?.mean, 2, 100), "%"), ("QoE (linear), mean", fixed(qoe?.mean, 3), ""),
            ("fairness of bit rates (Jain)", fixed(sharing.bitRateFairness, 4), ""),
            ("fairness of throughput (Jain)", fixed(sharing.throughputFairness, 4), ""),
            ("instability (FESTIVE)", fixed(sharing.instability, 4), ""),
            ("switches a minute", fixed(sharing.switchesPerMinute, 2), ""),
        ]
        if plan.profile != nil { rows.append(("utilisation of the link", fixed(sharing.utilisation, 1, 100), "%")) }
        rows += [
            ("requests", "\(requests)", ""), ("requests failed", "\(failedRequests)", ""),
            ("requests a second", fixed(requestsPerSecond, 1), ""),
            ("throughput", fixed(throughput, 3, 1e-6), "Mbit/s"), ("received", fixed(Double(bytes), 3, 1e-6), "MB"),
            ("duration", fixed(duration, 2), "s"),
            ("processor time of the clients", fixed(usage.cpuSeconds, 2), "s"),
            ("memory of the clients, at most", fixed(Double(usage.peakMemory), 1, 1e-6), "MB"),
        ]
        return ReportTable(
            columns: [.text("measure"), .number("value"), .text("unit")],
            rows: rows.map { [.text($0.0), .text($0.1), .text($0.2)] })
    }

    /// How long segments took.
    package var latencyTable: ReportTable {
        let times = [("segment", segmentTime.summary), ("first byte", firstByteTime.summary)]
        return ReportTable(
            columns: [
                .text("time"), .number("segments"), .number("mean", .milliseconds, digits: 1),
                .number("p50", .milliseconds, digits: 1), .number("p95", .milliseconds, digits: 1),
                .number("p99", .milliseconds, digits: 1), .number("max", .milliseconds, digits: 1),
            ],
            rows: times.compactMap { name, summary in
                summary.map { summary in
                    let values = [summary.mean, summary.p50, summary.p95, summary.p99, summary.maximum]
                    return [.text(name), .number(Double(summary.count))] + values.map { .number($0 * 1000) }
                }
            })
    }

    private func fixed(_ value: Double?, _ digits: Int, _ factor: Double = 1) -> String {
        value.map { DecimalText.fixed($0 * factor, digits: digits) } ?? DecimalText.missing
    }
}

import Adaptation
import AsyncHTTPClient
import Benchmark
import Client
import Foundation
import Logging
import NIOCore
import NetworkEmulation
import Player
import QoE
import Report
import Synchronization

/// The two things that edges are for, shown by viewers who play at once.
struct DemoScene: Sendable {
    /// Viewers at once.
    var viewers: Int
    /// How long they watch, in seconds.
    var duration: Double
    var logger: Logger

    /// What left the origin while the viewers watched.
    struct Load: Sendable {
        var viewers: Int
        /// Bytes that the viewers received, and that left the origin, when they asked it themselves.
        var direct: (received: Int, origin: Double)
        /// The same when they asked edges, whose caches were empty of what they watched.
        var edges: (received: Int, origin: Double)

        var table: ReportTable {
            ReportTable(
                columns: [
                    .text("\(viewers) viewers"), .number("viewers received", .bytes), .number("origin sent", .bytes),
                    .number("origin sent / received", .percentage, digits: 0),
                ],
                rows: [("without edges", direct), ("through two edges", edges)].map { name, bytes in
                    [
                        .text(name), .number(Double(bytes.received)), .number(bytes.origin),
                        .number(bytes.origin / Double(max(bytes.received, 1))),
                    ]
                })
        }
    }

    /// Viewers watch from the origin, then the same number through edges; nothing shapes their links.
    func originLoad(direct origin: ChildServer, edges: [ChildServer]) async throws -> Load {
        // A version that nothing before has asked for, so that the edges fetch it now.
        func measure(_ servers: [ChildServer]) async throws -> (received: Int, origin: Double) {
            let before = try await sentBytes(of: origin)
            let sessions = try await watch(
                (0..<viewers).map { servers[$0 % servers.count].url }, rule: "fixed:bitrate=1000")
            let after = try await sentBytes(of: origin)
            return (sessions.reduce(0) { $0 + $1.summary.bytes }, after - before)
        }
        return Load(viewers: viewers, direct: try await measure([origin]), edges: try await measure(edges))
    }

    /// What became of viewers when the origin was killed.
    struct Failure: Sendable {
        /// When it was killed, in seconds from their start.
        var killed: Double
        var direct: SessionResult
        var throughEdge: SessionResult

        var table: ReportTable {
            ReportTable(
                columns: [
                    .text("viewer"), .text("outcome"), .number("shown", .seconds, digits: 1),
                    .number("stalls", digits: 0), .number("stalled", .seconds, digits: 1),
                ],
                rows: [("straight from the origin", direct), ("through an edge", throughEdge)].map { name, session in
                    [
                        .text(name), .text(session.summary.outcome), .number(session.summary.played),
                        .number(Double(session.summary.stallCount)), .number(session.summary.stallDuration),
                    ]
                })
        }
    }

    /// Two viewers watch what others watched before, one from the origin and one through an edge; half-way the origin is
    /// killed.
    func originFailure(origin: ChildServer, edge: ChildServer) async throws -> Failure {
        let killed = duration / 2
        async let sessions = watch([origin.url, edge.url], rule: "fixed:bitrate=1000", maxBuffer: 6, patience: 4)
        try await Task.sleep(for: .seconds(killed))
        try origin.kill()
        let results = try await sessions
        return Failure(killed: killed, direct: results[0], throughEdge: results[1])
    }

    /// Plays the clip from each of `servers` at once.
    private func watch(
        _ servers: [String], rule: String, maxBuffer: Double = 10, patience: Double = 30
    ) async throws -> [SessionResult] {
        let configuration = SessionConfiguration(
            rule: try RuleSpecification(rule), duration: duration, maxBuffer: maxBuffer, patience: patience)
        return try await withThrowingTaskGroup(of: (Int, SessionResult).self) { group in
            for (index, server) in servers.enumerated() {
                group.addTask { (index, try await play(from: server, rule: rule, configuration)) }
            }
            var results: [(Int, SessionResult)] = []
            for try await result in group { results.append(result) }
            return results.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func play(
        from server: String, rule: String, _ configuration: SessionConfiguration
    ) async throws -> SessionResult {
        let url = server + "/manifests/demo.mpd"
        let trace = Mutex<[TraceEvent]>([])
        let result = try await PlaybackHTTPClient.withClient { httpClient in
            let presentation = try await ManifestLoader(httpClient: httpClient, logger: logger).presentation(at: url)
            return try await Player(
                presentation: presentation, url: url, configuration: configuration, httpClient: httpClient,
                logger: logger
            ).run(onTrace: { event in trace.withLock { $0.append(event) } })
        }
        return SessionResult(
            mode: .real, url: url, rule: rule,
            profile: BandwidthProfile(
                name: "unshaped", steps: [.init(duration: duration, bandwidth: 1e9, latency: 0)]),
            client: 1, summary: result.summary, trace: trace.withLock { $0 })
    }

    /// What a server's metrics say that it has sent, in bytes.
    private func sentBytes(of server: ChildServer) async throws -> Double {
        let name = "headwater_http_sent_bytes_total "
        let response = try await HTTPClient.shared.execute(
            HTTPClientRequest(url: server.adminURL + "/metrics"), timeout: .seconds(5))
        let text = String(buffer: try await response.body.collect(upTo: 1 << 20))
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(name) }),
            let value = Double(line.dropFirst(name.count))
        else { throw CommandError(.software, "\(server.adminURL)/metrics does not count the bytes sent") }
        return value
    }
}

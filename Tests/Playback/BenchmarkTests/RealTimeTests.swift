import Adaptation
import Logging
import NetworkEmulation
import Player
import Presentation
import QoE
import Simulator
import Testing

@testable import Benchmark

private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// What real seconds show: `make test` runs it when all else is done, since a machine that is busy with other things
/// shows something else.
@Suite("Runs over HTTP and in virtual time")
struct RealTimeTests {
    /// A cell whose result leaves a margin for a machine that is a little late.
    struct Cell: Sendable, CustomTestStringConvertible {
        var rule: String
        var profile: BandwidthProfile
        var stalls: Int
        var testDescription: String { "\(rule), \(profile.name)" }
    }

    /// The version of 600 kb/s is well below what 1.2 Mb/s sustain, that of 1600 kb/s well above. The outage of 5 s finds
    /// at most 3 s buffered, and 5 s later everything arrives at twice the speed of playback.
    @Test(
        "come to the same",
        arguments: [
            Cell(rule: "throughput", profile: profile(named: "steady", (60, 1200, 20)), stalls: 0),
            Cell(
                rule: "fixed:bitrate=600", profile: profile(named: "outage", (2, 1200, 20), (5, 0, 20), (60, 1200, 20)),
                stalls: 1),
        ])
    func agreement(cell: Cell) async throws {
        let media = try SyntheticMedia(bitRates: [200_000, 600_000, 1_600_000], count: 12, minBufferTime: 1)
        let results = try await MediaServer.withServer(media.files) { server in
            let presentation = media.presentation(at: server.url)
            let plan = BenchmarkPlan(
                url: server.url + "manifest.mpd", rules: [try RuleSpecification(cell.rule)], profiles: [cell.profile],
                maxBuffer: 3)
            let sizes = try await PlaybackHTTPClient.withClient {
                try await SegmentSizesLoader(httpClient: $0, logger: logger).sizes(of: presentation)
            }
            let simulated = try await SimulatedRuns(plan: plan, presentation: presentation, sizes: sizes).all()
            let real = try await RealRuns(plan: plan, presentation: presentation, logger: logger).all()
            return BenchmarkResults(seed: 1, sessions: simulated + real)
        }
        for session in results.sessions {
            #expect(session.summary.outcome == "completed")
            #expect(session.summary.stallCount == cell.stalls)
            #expect(session.choices.count == 12)
        }
        let agreement = try #require(results.agreements.first)
        #expect(abs(agreement.bitRateDifference) < 0.05)
        #expect(agreement.stallCountDifference == 0)
    }
}

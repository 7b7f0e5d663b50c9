import Adaptation
import Foundation
import NetworkEmulation
import Presentation
import QoE
import Report
import Simulator
import Testing

@testable import Benchmark

@Suite("Runs in virtual time")
struct SimulatedRunsTests {
    private func results(rules: String = "all", profiles: String, seed: UInt64) async throws -> [SessionResult] {
        let presentation = anyPresentation(count: 60)
        let plan = BenchmarkPlan(
            url: "http://127.0.0.1:8081/manifests/film.mpd", rules: try RuleSpecification.list(rules),
            profiles: try ProfileCatalogue.list(profiles, seed: seed), seed: seed)
        let runs = try SimulatedRuns(
            plan: plan, presentation: presentation,
            sizes: try SegmentSizes(of: presentation, initializationBytes: 1000))
        return try await runs.all()
    }

    @Test("of one seed give the same bytes, on however many cores: table, documents, traces and page")
    func determinism() async throws {
        let (first, second) = (
            try await results(profiles: "all", seed: 7), try await results(profiles: "all", seed: 7)
        )
        let documents = [first, second].map { BenchmarkResults(seed: 7, sessions: $0) }
        #expect(documents[0].csv == documents[1].csv)
        #expect(try documents[0].json() == documents[1].json())
        #expect(first.map(\.identity) == second.map(\.identity))
        for (left, right) in zip(first, second) { #expect(left.trace == right.trace) }
        #expect(
            BenchmarkReport(first, seed: 7, commandLine: "headwater bench").report.html()
                == BenchmarkReport(second, seed: 7, commandLine: "headwater bench").report.html())
    }

    @Test("of another seed differ where a profile is random, and only there")
    func seeds() async throws {
        let (first, second) = (
            try await results(rules: "throughput", profiles: "4g,square", seed: 1),
            try await results(rules: "throughput", profiles: "4g,square", seed: 2)
        )
        #expect(first[0].trace != second[0].trace)
        #expect(first[1].summary == second[1].summary)
    }

    @Test("come in the order of the matrix, whichever ends first, and from any place in it")
    func order() async throws {
        let presentation = anyPresentation(count: 30)
        let plan = BenchmarkPlan(
            url: "http://h/film.mpd", rules: try RuleSpecification.list("fixed,bola-u"),
            profiles: try ProfileCatalogue.list("square,outage,spike", seed: 1))
        let runs = try SimulatedRuns(
            plan: plan, presentation: presentation,
            sizes: try SegmentSizes(of: presentation, initializationBytes: 0))
        let sessions = try await runs.all()
        #expect(sessions.map(\.profile.name) == ["square", "square", "outage", "outage", "spike", "spike"])
        #expect(sessions.map(\.rule) == ["fixed", "bola-u", "fixed", "bola-u", "fixed", "bola-u"])
        #expect(sessions.map(\.identity) == plan.sessions(in: .simulated))
        var rest: [Int] = []
        try await runs.run(from: 4, finish: { index, _ in index }, emit: { rest.append($0) })
        #expect(rest == [4, 5])
    }

    @Test("begin each trace with what was played and how, and end it")
    func traces() async throws {
        for session in try await results(profiles: "step-down,4g", seed: 3) {
            guard case .session(let head)? = session.trace.first, case .end? = session.trace.last else {
                Issue.record("a trace of \(session.rule) has no head or no end")
                continue
            }
            #expect(head.simulated)
            #expect(head.seed == 3)
            #expect(head.rule == session.rule)
            #expect(head.profile == session.profile.name)
            #expect(head.ladder == [300_000, 900_000, 2_000_000])
            #expect(PlaybackSummary(of: session.trace).meanBitRate == session.summary.meanBitRate)
        }
    }
}

@Suite("Sizes from a server")
struct ForeignSizesTests {
    /// What a server may say in segments.json about one track of one segment.
    @Test(
        "that cannot be are refused, before any arithmetic on them",
        arguments: [(-1, 10), (10, -1), (Int.min, 10), (10, Int.max), (Int.max, Int.max), ((1 << 40) + 1, 10)])
    func impossible(initialization: Int, segment: Int) {
        let presentation = anyPresentation(bitRates: [300_000], count: 1)
        let index = SegmentIndex(tracks: [
            SegmentIndex.Track(
                id: "video0", kind: .video, bandwidth: 300_000, timescale: 1000, initializationBytes: initialization,
                segments: [SegmentIndex.Segment(number: 1, start: 0, duration: 2000, bytes: segment, bitRate: 0)])
        ])
        #expect(throws: SimulationError.self) { try SegmentSizes(index, for: presentation) }
    }

    @Test("that are merely absurd end in a session that gives up, not in a trap", arguments: [1 << 40, 1 << 39, 0])
    func absurd(bytes: Int) async throws {
        var presentation = anyPresentation(bitRates: [300_000, 900_000], count: 3)
        for track in 0..<2 {
            for segment in 0..<3 { presentation.switchingSets[0].tracks[track].segments[segment].bytes = bytes }
        }
        let plan = BenchmarkPlan(
            url: "http://h/film.mpd", rules: try RuleSpecification.list("all"), profiles: [profile((1, 1, 10))])
        let sessions = try await SimulatedRuns(
            plan: plan, presentation: presentation,
            sizes: try SegmentSizes(of: presentation, initializationBytes: 0)
        ).all()
        #expect(sessions.count == plan.rules.count)
        for session in sessions { #expect(session.summary.meanBitRate.isFinite && session.summary.qoe.isFinite) }
    }
}

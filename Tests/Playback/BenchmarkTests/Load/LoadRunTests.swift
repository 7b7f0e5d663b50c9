import Adaptation
import Client
import Foundation
import Logging
import NetworkEmulation
import Player
import Presentation
import QoE
import Report
import Synchronization
import Testing

@testable import Benchmark

private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

@Suite("Many clients at once")
struct LoadRunTests {
    private func plan(
        clients: Int, stagger: Double? = 0, maxBuffer: Double = 30, profile: BandwidthProfile? = nil
    ) throws -> LoadPlan {
        LoadPlan(
            url: "http://h/film.mpd", clients: clients, stagger: stagger,
            configuration: SessionConfiguration(rule: try RuleSpecification("throughput"), maxBuffer: maxBuffer),
            profile: profile, seed: 7)
    }

    @Test("share a link: all complete, every segment is counted, and no more arrives than the link carries")
    func shared() async throws {
        let media = try SyntheticMedia(bitRates: [200_000, 400_000], count: 8, minBufferTime: 0.5)
        let traces = Mutex<[Int: [TraceEvent]]>([:])
        let results = try await MediaServer.withServer(media.files) { server in
            try await LoadRun(
                plan: try plan(clients: 8, stagger: 0.03, profile: profile((60, 2000, 5))),
                presentation: media.presentation(at: server.url), logger: logger
            ).run(sink: { client in
                TraceSink(
                    write: { event in traces.withLock { $0[client, default: []].append(event) } },
                    close: { traces.withLock { $0[client]?.append(.startup(time: -1)) } })
            })
        }
        #expect(results.sessions.map(\.client) == Array(1...8))
        #expect(results.count("completed") == 8 && results.failures.isEmpty && results.notBegun == 0)
        let fairness = try #require(results.sharing.bitRateFairness)
        #expect(fairness > 0.125 && fairness <= 1)
        if let utilisation = results.sharing.utilisation { #expect(utilisation > 0 && utilisation < 1.1) }
        // What the traces tell, and each was closed once.
        let all = traces.withLock { $0 }
        #expect(all.count == 8 && all.values.allSatisfy { $0.last == .startup(time: -1) })
        let requests = all.values.joined().compactMap { if case .request(let request) = $0 { request } else { nil } }
        let segments = requests.filter { $0.outcome == RequestRecord.complete && $0.segment != nil }
        #expect(results.requests == requests.count)
        #expect(results.segmentTime.count == segments.count && segments.count == 64)
        #expect(results.firstByteTime.count == segments.count)
        #expect(results.bytes == requests.reduce(0) { $0 + $1.bytes })
        for session in results.sessions {
            #expect(PlaybackSummary(of: (all[session.client] ?? []).dropLast()) == session.summary)
        }
        let document = try JSONSerialization.jsonObject(with: Data(results.json().utf8)) as? [String: Any]
        #expect((document?["sessions"] as? [Any])?.count == 8)
        #expect(document?["profile"] as? String == "test")
        let page = LoadReport(results, commandLine: "headwater play").report.html()
        for text in ["Jain", "clients 1 to 2", "p99", "link"] { #expect(page.contains(text)) }
    }

    @Test("need no link, and then nothing is said of its use")
    func unlimited() async throws {
        let media = try SyntheticMedia(bitRates: [200_000], count: 2, minBufferTime: 0.5)
        let results = try await MediaServer.withServer(media.files) { server in
            try await LoadRun(
                plan: try plan(clients: 40), presentation: media.presentation(at: server.url), logger: logger
            ).run()
        }
        #expect(results.count("completed") == 40)
        #expect(results.segmentTime.count == 80)
        #expect(results.sharing.bitRateFairness == 1 && results.sharing.utilisation == nil)
    }

    @Test("end when told to, with what was measured until then; some have not even begun")
    func stopped() async throws {
        let media = try SyntheticMedia(bitRates: [200_000], count: 200, minBufferTime: 0.5)
        let results = try await MediaServer.withServer(media.files) { server in
            let plan = try plan(clients: 4, stagger: 1000, maxBuffer: 2)
            let run = LoadRun(plan: plan, presentation: media.presentation(at: server.url), logger: logger)
            let (began, stop) = AsyncStream.makeStream(of: LoadStatus.self)
            let work = Task { try await run.run(onStatus: { stop.yield($0) }) }
            for await status in began where status.running == 1 { break }
            work.cancel()
            return try await work.value
        }
        #expect(results.count("stopped") == 1 && results.notBegun == 3)
        #expect(results.failures.isEmpty)
    }

    @Test("that fail are counted, with the reason")
    func failures() async throws {
        let media = try SyntheticMedia(bitRates: [200_000], count: 2, minBufferTime: 0.5)
        let results = try await MediaServer.withServer(media.files.filter { $0.key != "a0/2.m4s" }) { server in
            try await LoadRun(
                plan: try plan(clients: 3), presentation: media.presentation(at: server.url), logger: logger
            ).run()
        }
        #expect(results.count("failed") == 3)
        #expect(results.failures.map(\.count) == [3])
        #expect(results.requestFailures.first?.reason == "status 404")
        #expect(results.failedRequests >= 3)
        #expect(results.sharing.bitRateFairness == nil)
    }

    @Test("start one after the other so that all of them spread over one segment")
    func stagger() throws {
        let presentation = anyPresentation(count: 10, seconds: 2)
        #expect(try plan(clients: 1000, stagger: nil).stagger(for: presentation) == 0.002)
        #expect(try plan(clients: 4, stagger: 3).stagger(for: presentation) == 3)
        #expect(try plan(clients: 1).length(of: presentation) == 20)
    }

    @Test("values are spread by the nearest rank")
    func spread() throws {
        let spread = try #require(LoadResults.Spread(of: [4, 1, 3, 2]))
        #expect(spread.mean == 2.5 && spread.median == 2 && spread.p95 == 4)
        #expect(spread.minimum == 1 && spread.maximum == 4)
        #expect(LoadResults.Spread(of: []) == nil)
    }
}

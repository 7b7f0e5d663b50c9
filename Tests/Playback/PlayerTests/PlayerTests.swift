import Client
import Presentation
import QoE
import Synchronization
import Testing

@testable import Player

@Suite("Player")
struct PlayerTests {
    /// Runs `body` with a fixture whose server answers by `script` where that says something, else with the files.
    private func withFixture(
        _ script: @escaping @Sendable (ScriptedRequest, Fixture) -> ScriptedReply? = { _, _ in nil },
        body: (Presentation) async throws -> Void
    ) async throws {
        let files = try Fixture(baseURLs: [])
        try await ScriptedServer.run {
            script($0, files) ?? files.reply(to: $0)
        } body: { authority in
            try await body(Fixture(baseURLs: ["http://\(authority)/"]).presentation)
        }
    }

    @Test("A presentation plays to its end, and the trace tells the same as the summary")
    func plays() async throws {
        try await withFixture { presentation in
            let run = try await play(presentation)
            #expect(run.result.outcome == .completed)
            #expect(run.failures.isEmpty)
            // Two initialization segments and four segments each of video and audio.
            #expect(run.requests.count == 10)
            #expect(run.requests.allSatisfy { $0.status == 200 && $0.firstByte ?? 0 >= $0.time && $0.bytes > 0 })
            #expect(run.result.summary.segmentCount == 4)
            #expect(run.result.summary.meanBitRate == 400_000)
            #expect(PlaybackSummary(of: run.trace) == run.result.summary)
            guard case .session(let head)? = run.trace.first, case .end? = run.trace.last else {
                Issue.record("a trace begins with its session and ends with its end")
                return
            }
            #expect(head.rule == "fixed")
            #expect(head.ladder == [400_000, 800_000])
        }
    }

    @Test("A version that is nowhere is replaced by a lower one")
    func missingVersion() async throws {
        try await withFixture { request, _ in
            request.path.hasPrefix("/high/") ? .status(404) : nil
        } body: { presentation in
            let run = try await play(presentation, rule: "fixed:bitrate=800")
            #expect(run.result.outcome == .completed)
            #expect(Set(run.failures) == ["status 404"])
            #expect(run.result.summary.meanBitRate == 400_000)
        }
    }

    @Test("A presentation whose segments do not exist fails at once, and names what is missing")
    func missingSegments() async throws {
        try await withFixture { request, _ in
            request.path.hasSuffix(".m4s") ? .status(404) : nil
        } body: { presentation in
            let run = try await play(presentation)
            guard case .failed(let message) = run.result.outcome else {
                Issue.record("it cannot end otherwise")
                return
            }
            #expect(message.contains("segment 1"))
            #expect(message.contains("no server has it in any version"))
            #expect(run.result.failure == .status(404))
        }
    }

    @Test(
        "What goes wrong once is made good by asking again",
        arguments: [
            (ScriptedReply.truncated([1, 2, 3], promised: 5000), "truncated"),
            (.status(503), "status 503"), (.status(302), "status 302"),
            (.body([]), "damaged: segment 2 of low"),
            (.body([0, 0, 0, 8, 0x6D, 0x6F, 0x6F, 0x66]), "damaged: segment 2 of low"),
            (.reset, "connection: "),
        ])
    func transient(reply: ScriptedReply, outcome: String) async throws {
        try await withFixture { request, _ in
            // A client may repeat a request by itself when the connection ends without an answer.
            let times = if case .reset = reply { 2 } else { 1 }
            return request.path == "/low/2.m4s" && request.repetition < times ? reply : nil
        } body: { presentation in
            let run = try await play(presentation)
            #expect(run.result.outcome == .completed)
            #expect(run.failures.allSatisfy { $0.hasPrefix(outcome) }, "\(run.failures)")
            if case .reset = reply {} else { #expect(run.failures.count == 1) }
        }
    }

    @Test("A segment in the wrong place is damage that names the segment")
    func damage() async throws {
        try await withFixture { request, files in
            ["/low/2.m4s", "/high/2.m4s"].contains(request.path)
                ? files.files[request.path.replacing("2", with: "3")].map { .body($0) } : nil
        } body: { presentation in
            let run = try await play(presentation, patience: 0.1)
            guard case .failed(let message) = run.result.outcome else {
                Issue.record("it cannot end otherwise")
                return
            }
            let expected = "segment 2 of high: it starts at 0.480 s, the manifest says 0.240 s"
            #expect(message.contains("damaged: " + expected))
            #expect(run.result.failure == .damaged(expected))
        }
    }

    @Test(
        "A segment that stays damaged in one version comes in another; caches are asked to look at their origin before")
    func damagedVersion() async throws {
        let asked = Mutex<[String?]>([])
        try await withFixture { request, files in
            guard request.path == "/high/2.m4s" else { return nil }
            asked.withLock { $0.append(request.fields["cache-control"]) }
            return files.files["/high/3.m4s"].map { .body($0) }
        } body: { presentation in
            let run = try await play(presentation, rule: "fixed:bitrate=800")
            #expect(run.result.outcome == .completed)
            #expect(run.failures.count == 2 && run.failures.allSatisfy { $0.hasPrefix("damaged: segment 2 of high") })
            let video = run.requests.filter {
                $0.media == "video" && $0.segment != nil && $0.outcome == RequestRecord.complete
            }
            #expect(video.map(\.track) == ["high", "low", "high", "high"])
        }
        #expect(asked.withLock { $0 } == [nil, "no-cache"])
    }

    @Test("When a server dies, the next base URL takes over")
    func failOver() async throws {
        // A port that was free a moment ago, where nobody listens.
        let dead = try await ScriptedServer.run({ _ in .silence }, body: { $0 })
        let files = try Fixture(baseURLs: [])
        try await ScriptedServer.run(files.reply) { authority in
            let presentation = try Fixture(baseURLs: ["http://\(dead)/", "http://\(authority)/"]).presentation
            let run = try await play(presentation)
            #expect(run.result.outcome == .completed)
            #expect(run.failures.allSatisfy { $0 == "connection: connection refused" })
            #expect((1...2).contains(run.failures.count))
        }
    }

    @Test("A server that falls silent is given up for the next")
    func silence() async throws {
        let files = try Fixture(baseURLs: [])
        try await ScriptedServer.run { _ in
            .silence
        } body: { silent in
            try await ScriptedServer.run(files.reply) { authority in
                let presentation = try Fixture(baseURLs: ["http://\(silent)/", "http://\(authority)/"]).presentation
                let run = try await play(presentation, stallTimeout: 0.2)
                #expect(run.result.outcome == .completed)
                #expect(run.failures.allSatisfy { $0 == "timeout" })
            }
        }
    }

    @Test("Byte ranges are asked for, and must be answered", arguments: [true, false])
    func byteRanges(isAnswered: Bool) async throws {
        let fixture = try Fixture(baseURLs: [])
        let whole = try #require(fixture.files["/audio/init.mp4"])
        let parts = try (1...4).map { try #require(fixture.files["/audio/\($0).m4s"]) }
        let file = whole + parts.flatMap { $0 }
        try await ScriptedServer.run { _ in
            isAnswered ? .ranged(file) : .body(file)
        } body: { authority in
            var presentation = try Fixture(baseURLs: ["http://\(authority)/"]).presentation
            presentation.switchingSets.removeFirst()
            var start = Int64(whole.count)
            presentation.switchingSets[0].tracks[0].initialization = MediaResource(
                path: "a.mp4", byteRange: 0...start - 1)
            for (index, part) in parts.enumerated() {
                presentation.switchingSets[0].tracks[0].segments[index].resource = MediaResource(
                    path: "a.mp4", byteRange: start...start + Int64(part.count) - 1)
                start += Int64(part.count)
            }
            let run = try await play(presentation, patience: 0.1)
            if isAnswered {
                #expect(run.result.outcome == .completed)
                #expect(run.requests.allSatisfy { $0.status == 206 && $0.media == "audio" })
            } else {
                let failure = RequestFailure.damaged("the server sends the whole file instead of a byte range")
                #expect(run.result.failure == failure)
            }
        }
    }

    @Test("Requests go where the authority map leads, and the trace keeps the real URL")
    func authorityMap() async throws {
        let files = try Fixture(baseURLs: [])
        let hosts = Mutex<Set<String>>([])
        try await ScriptedServer.run { request in
            hosts.withLock { _ = $0.insert(request.host ?? "") }
            return files.reply(to: request)
        } body: { authority in
            let presentation = try Fixture(baseURLs: ["http://video.example/"]).presentation
            let run = try await play(presentation, authorityMap: ["video.example": authority])
            #expect(run.result.outcome == .completed)
            #expect(run.requests.allSatisfy { $0.url.hasPrefix("http://video.example/") })
            #expect(hosts.withLock { $0 } == ["video.example"])
        }
    }

    @Test("What Cache-Status says is in the trace")
    func cacheStatus() async throws {
        try await withFixture { request, files in
            files.files[request.path].map { .body($0, fields: ["Cache-Status": "edge; hit; ttl=30"]) }
        } body: { presentation in
            let run = try await play(presentation)
            #expect(run.requests.allSatisfy { $0.cacheStatus == "edge; hit; ttl=30" })
        }
    }

    @Test("A player whose task is cancelled stops and tells what was")
    func cancellation() async throws {
        try await ScriptedServer.run { _ in
            .silence
        } body: { authority in
            let presentation = try Fixture(baseURLs: ["http://\(authority)/"]).presentation
            let task = Task { try await play(presentation) }
            task.cancel()
            let run = try await task.value
            #expect(run.result.outcome == .stopped)
            #expect(run.result.summary.outcome == "stopped")
        }
    }
}

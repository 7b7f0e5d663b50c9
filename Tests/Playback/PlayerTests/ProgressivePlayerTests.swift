import Client
import QoE
import Synchronization
import Testing

@testable import Player

@Suite("Progressive player")
struct ProgressivePlayerTests {
    private func play(_ url: String, patience: Double = 30, duration: Double? = nil) async throws -> Run {
        let trace = Mutex<[TraceEvent]>([])
        let result = try await PlaybackHTTPClient.withClient { client in
            try await ProgressivePlayer(
                url: url, threshold: 0.2, duration: duration, patience: patience, httpClient: client,
                logger: quietLogger
            ).run(onTrace: { event in trace.withLock { $0.append(event) } })
        }
        return Run(result: result, trace: trace.withLock { $0 })
    }

    @Test("A file plays, wherever its header is", arguments: [true, false])
    func plays(headerFirst: Bool) async throws {
        let file = MovieFile.bytes(seconds: 0.5, mediaSize: 200_000, headerFirst: headerFirst)
        try await ScriptedServer.run { _ in
            .ranged(file)
        } body: { authority in
            let run = try await play("http://\(authority)/film.mp4")
            #expect(run.result.outcome == .completed)
            #expect(run.result.summary.played == 0.5)
            #expect(run.result.summary.bytes == file.count)
            #expect(run.requests.map(\.outcome) == [RequestRecord.complete])
            let summary = PlaybackSummary(of: run.trace)
            #expect(summary.meanBitRate == run.result.summary.meanBitRate)
            #expect(summary == run.result.summary)
        }
    }

    @Test("Playback may end before the file does")
    func limited() async throws {
        let file = MovieFile.bytes(seconds: 100, mediaSize: 200_000, headerFirst: true)
        try await ScriptedServer.run { _ in
            .ranged(file)
        } body: { authority in
            let run = try await play("http://\(authority)/film.mp4", duration: 0.3)
            #expect(run.result.outcome == .completed)
            #expect(run.result.summary.played == 0.3)
        }
    }

    @Test("A broken connection is gone on from where it broke")
    func continuation() async throws {
        let file = MovieFile.bytes(seconds: 0.5, mediaSize: 200_000, headerFirst: true)
        let ranges = Mutex<[String?]>([])
        try await ScriptedServer.run { request in
            // The first request is the probe's, the second one the download.
            ranges.withLock { $0.append(request.range) }
            return request.repetition == 1
                ? .truncated(Array(file.prefix(90_000)), promised: file.count)
                : .ranged(file, fields: ["ETag": "\"a\""])
        } body: { authority in
            let run = try await play("http://\(authority)/film.mp4")
            #expect(run.result.outcome == .completed)
            #expect(run.requests.map(\.outcome) == ["truncated", RequestRecord.complete])
            #expect(run.result.summary.bytes == file.count)
            #expect(ranges.withLock { $0 } == ["bytes=0-65535", nil, "bytes=90000-"])
        }
    }

    @Test("A file that changed under way is a failure")
    func changed() async throws {
        let file = MovieFile.bytes(seconds: 0.5, mediaSize: 200_000, headerFirst: true)
        try await ScriptedServer.run { request in
            switch request.repetition {
            case 0: .ranged(file)
            case 1: .truncated(Array(file.prefix(90_000)), promised: file.count)
            default: .body(file)
            }
        } body: { authority in
            let run = try await play("http://\(authority)/film.mp4")
            #expect(run.result.failure == .damaged("the file changed, or the server cannot go on at byte 90000"))
            guard case .failed(let message) = run.result.outcome else {
                Issue.record("it cannot end otherwise")
                return
            }
            #expect(message.hasPrefix("http://\(authority)/film.mp4: damaged"))
        }
    }

    @Test(
        "What cannot be played is refused with a reason",
        arguments: [
            (ScriptedReply.status(404), PlayerError.Code.notFound), (.status(500), .refused),
            (.ranged([]), .unusable), (.body([]), .unusable), (.ranged(Array("hello, world".utf8)), .unusable),
            (.body(MovieFile.bytes(seconds: 1, mediaSize: 200_000, headerFirst: false)), .unusable),
            (.ranged(MovieFile.bytes(seconds: 0, mediaSize: 100, headerFirst: true)), .unusable),
            (.reset, .unreachable),
        ])
    func refusals(reply: ScriptedReply, code: PlayerError.Code) async throws {
        try await ScriptedServer.run { _ in
            reply
        } body: { authority in
            let error = await #expect(throws: PlayerError.self) { try await play("http://\(authority)/x") }
            #expect(error?.code == code)
            #expect(error?.description.hasPrefix("http://\(authority)/x: ") == true, "\(error as Any)")
        }
    }
}

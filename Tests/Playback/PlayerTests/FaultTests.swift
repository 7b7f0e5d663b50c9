import Client
import Presentation
import QoE
import Testing

@testable import Player

/// An edge fails in the middle of a session: playback goes on through the other one, and the trace tells why.
@Suite("Faults in mid-session")
struct FaultTests {
    /// What an edge does from some segment on.
    enum Fault: String, CaseIterable {
        case killed, stalled, silent, reset, resetWithinBody, truncated, emptyBody, wrongLength, missing, failing

        func reply(for body: [UInt8]) -> ScriptedReply {
            let part = Array(body.prefix(body.count / 2))
            return switch self {
            case .killed: .kill
            case .stalled: .stalled(part, promised: body.count)
            case .silent: .silence
            case .reset: .reset
            case .resetWithinBody: .resetWithin(part, promised: body.count)
            case .truncated: .truncated(part, promised: body.count)
            case .emptyBody: .body([])
            case .wrongLength: .body(part)
            case .missing: .status(404)
            case .failing: .status(503)
            }
        }

        var isSilence: Bool { self == .stalled || self == .silent }

        /// How the outcomes of requests to that edge begin.
        var outcomes: [String] {
            switch self {
            // The other medium's request may be the one that finds nobody listening.
            case .killed: ["truncated", "connection: "]
            case .stalled, .silent: ["timeout"]
            case .reset: ["connection: "]
            case .resetWithinBody: ["truncated", "connection: "]
            case .truncated: ["truncated"]
            case .emptyBody, .wrongLength: ["damaged: segment "]
            case .missing: ["status 404"]
            case .failing: ["status 503"]
            }
        }
    }

    @Test("playback goes on through the other edge, and the trace tells why", arguments: Fault.allCases)
    func edge(fault: Fault) async throws {
        let files = try Fixture(baseURLs: [])
        try await ScriptedServer.run { request in
            let isBroken = ["/2.m4s", "/3.m4s", "/4.m4s"].contains { request.path.hasSuffix($0) }
            return isBroken ? fault.reply(for: files.files[request.path] ?? []) : files.reply(to: request)
        } body: { broken in
            try await ScriptedServer.run(files.reply) { sound in
                let presentation = try Fixture(baseURLs: ["http://\(broken)/", "http://\(sound)/"]).presentation
                let run = try await play(presentation, stallTimeout: fault.isSilence ? 3 : 20)
                #expect(run.result.outcome == .completed)
                #expect(run.result.summary.played == 1)
                #expect(run.result.summary.segmentCount == 4)
                let failed = run.requests.filter { $0.outcome != RequestRecord.complete }
                #expect(!failed.isEmpty)
                for request in failed {
                    #expect(request.url.hasPrefix("http://\(broken)/"))
                    #expect(
                        fault.outcomes.contains { request.outcome.hasPrefix($0) }, "\(request.outcome)")
                    #expect(request.lastByte == nil || request.outcome.hasPrefix("damaged"))
                    // The same again came from the other edge.
                    let repeated = run.requests.filter {
                        $0.track == request.track && $0.segment == request.segment && $0.time >= request.time
                            && $0.outcome == RequestRecord.complete
                    }
                    #expect(repeated.map { $0.url.hasPrefix("http://\(sound)/") } == [true])
                }
            }
        }
    }

    @Test("a version that one edge lost comes from the other, in the same version")
    func lostRung() async throws {
        let files = try Fixture(baseURLs: [])
        try await ScriptedServer.run { request in
            request.path.hasPrefix("/high/") && request.path != "/high/1.m4s" ? .status(404) : files.reply(to: request)
        } body: { broken in
            try await ScriptedServer.run(files.reply) { sound in
                let presentation = try Fixture(baseURLs: ["http://\(broken)/", "http://\(sound)/"]).presentation
                let run = try await play(presentation, rule: "fixed:bitrate=800")
                #expect(run.result.outcome == .completed)
                #expect(Set(run.failures) == ["status 404"])
                #expect(run.result.summary.meanBitRate == 800_000)
                #expect(run.result.summary.switchCount == 0)
            }
        }
    }

    @Test("one segment that no edge has in its version is replaced by a lower one, and only that")
    func missingSegment() async throws {
        let files = try Fixture(baseURLs: [])
        @Sendable func reply(to request: ScriptedRequest) -> ScriptedReply {
            request.path == "/high/3.m4s" ? .status(404) : files.reply(to: request)
        }
        try await ScriptedServer.run(reply) { first in
            try await ScriptedServer.run(reply) { second in
                let presentation = try Fixture(baseURLs: ["http://\(first)/", "http://\(second)/"]).presentation
                let run = try await play(presentation, rule: "fixed:bitrate=800")
                #expect(run.result.outcome == .completed)
                #expect(run.failures == ["status 404", "status 404"])
                let video = run.requests.filter {
                    $0.media == "video" && $0.segment != nil && $0.outcome == RequestRecord.complete
                }
                #expect(video.map(\.track) == ["high", "high", "low", "high"])
                #expect(run.result.summary.switchCount == 2)
            }
        }
    }

    @Test("when both edges fail the session ends after its patience, and says which segment and why")
    func bothEdges() async throws {
        let files = try Fixture(baseURLs: [])
        @Sendable func reply(to request: ScriptedRequest) -> ScriptedReply {
            request.path == "/low/2.m4s" ? .status(503) : files.reply(to: request)
        }
        try await ScriptedServer.run(reply) { first in
            try await ScriptedServer.run(reply) { second in
                let presentation = try Fixture(baseURLs: ["http://\(first)/", "http://\(second)/"]).presentation
                let run = try await play(presentation, patience: 0.1)
                guard case .failed(let message) = run.result.outcome else {
                    Issue.record("it cannot end otherwise")
                    return
                }
                #expect(message.contains("video segment 2 ("))
                #expect(message.hasSuffix("status 503"))
                #expect(run.result.failure == .status(503))
            }
        }
    }
}

import Foundation
import QoE
import Testing

/// What `headwater play --json` prints.
private struct PlayDocument: Decodable {
    var url: String
    var rule: String?
    var profile: String?
    var summary: PlaybackSummary
    var error: String?

    init(_ output: CommandOutput) throws {
        self = try JSONDecoder().decode(PlayDocument.self, from: Data(output.standardOutput.utf8))
    }
}

@Suite("headwater play")
struct PlayCommandTests {
    private func withOrigin(_ body: @Sendable (String) async throws -> Void) async throws {
        let library = try await SampleLibrary.path()
        try await withServer(["origin", "--library", library, "--listen", "127.0.0.1:0"]) { server in
            try await body(server.url)
        }
    }

    @Test("A presentation plays, and its trace tells what the summary says")
    func plays() async throws {
        try await withOrigin { origin in
            try await withTemporaryDirectory { folder in
                let url = origin + "/manifests/clip.mpd"
                let file = folder + "/trace.jsonl"
                let output = try await headwater(
                    "play", url, "--rule", "throughput", "--duration", "2s", "--trace", file, "--json")
                #expect(output.status == 0, "\(output.standardError)")
                let document = try PlayDocument(output)
                #expect(document.url == url)
                #expect(document.rule == "throughput")
                #expect(document.error == nil)
                #expect(document.summary.outcome == "completed")
                #expect(document.summary.played == 2)
                #expect(document.summary.segmentCount == 1)
                let trace = try TraceEvent.events(inLines: String(contentsOfFile: file, encoding: .utf8), of: file)
                #expect(PlaybackSummary(of: trace) == document.summary)
            }
        }
    }

    @Test("A session may begin inside of a presentation, and tell the server who it is")
    func startAt() async throws {
        try await withOrigin { origin in
            try await withTemporaryDirectory { folder in
                let file = folder + "/trace.jsonl"
                let output = try await headwater(
                    "play", origin + "/manifests/clip.mpd", "--start-at", "1s", "--duration", "500ms", "--cmcd",
                    "header",
                    "--trace", file, "--json")
                #expect(output.status == 0, "\(output.standardError)")
                #expect(try PlayDocument(output).summary.played == 0.5)
                let trace = try TraceEvent.events(inLines: String(contentsOfFile: file, encoding: .utf8), of: file)
                guard case .session(let head)? = trace.first else {
                    Issue.record("a trace begins with its session")
                    return
                }
                #expect(head.startAt == 1)
                #expect(head.duration == 0.5)
                #expect(PlaybackSummary(of: trace) == (try PlayDocument(output).summary))
            }
            let output = try await headwater("play", origin + "/manifests/clip.mpd", "--start-at", "1h")
            #expect(output.status == 65)
            #expect(output.standardError.contains("the start is at 3600 s, but the presentation ends at 5.312 s"))
        }
    }

    @Test("Through a profile, the bandwidth is the profile's")
    func profile() async throws {
        try await withOrigin { origin in
            let output = try await headwater(
                "play", origin + "/manifests/clip.mpd", "--profile", "constant:bandwidth=1000", "--rule", "fixed",
                "--duration", "2s", "--json")
            #expect(output.status == 0, "\(output.standardError)")
            let document = try PlayDocument(output)
            #expect(document.profile == "constant:bandwidth=1000")
            // The lowest version and the sound of two seconds are some 800 kbit.
            #expect(document.summary.startupDelay ?? 0 > 0.3)
        }
    }

    @Test("One file plays while it arrives")
    func progressive() async throws {
        try await withOrigin { origin in
            let url = origin + "/manifests/clip.mpd"
            let noFile = try await headwater("play", "--progressive", url, "--json")
            #expect(noFile.status == 65)
            #expect(noFile.standardOutput.isEmpty)
        }
        try await withTemporaryDirectory { library in
            try FileManager.default.createDirectory(
                atPath: library + "/media/samples", withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: sampleClip, toPath: library + "/media/samples/clip.mp4")
            try await withServer(["origin", "--library", library, "--listen", "127.0.0.1:0"]) { server in
                let output = try await headwater(
                    "play", "--progressive", server.url + "/media/samples/clip.mp4", "--duration", "1s")
                #expect(output.status == 0, "\(output.standardError)")
                #expect(output.standardOutput.contains("completed"))
                #expect(!output.standardOutput.contains("switches"))
            }
        }
    }

    @Test("A manifest whose segments are gone ends with one line that names a segment")
    func missingSegments() async throws {
        let library = try await SampleLibrary.path()
        try await withTemporaryDirectory { copy in
            try FileManager.default.createDirectory(atPath: copy + "/media", withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: library + "/manifests", toPath: copy + "/manifests")
            try await withServer(["origin", "--library", copy, "--listen", "127.0.0.1:0"]) { server in
                let output = try await headwater("play", server.url + "/manifests/clip.mpd", "--json")
                #expect(output.status == 69)
                let document = try PlayDocument(output)
                #expect(document.summary.outcome == "failed")
                #expect(document.error?.contains("no server has it in any version") == true)
                let errors = output.standardError.split(separator: "\n").filter { $0.hasPrefix("headwater: error:") }
                #expect(errors.count == 1)
                #expect(errors.first?.contains("/media/clip/") == true)
            }
        }
    }

    @Test(
        "What cannot be played ends with one line and an exit code",
        arguments: [
            (["http://127.0.0.1:1/x.mpd"], 69, "connection refused"), (["x.mpd"], 64, "no URL"),
            (["http://127.0.0.1:1/x.mpd", "--rule", "none"], 64, "no rule"),
            (["http://127.0.0.1:1/x.mpd", "--profile", "/none"], 66, "/none"),
            (["http://127.0.0.1:1/x.mpd", "--trace", "/none/x"], 73, "/none/x"),
            (["http://127.0.0.1:1/x.mpd", "--ca", "/none/x.pem"], 65, "/none/x.pem"),
            (["http://127.0.0.1:1/x.mpd", "--http", "3"], 64, "--http"),
            (["--progressive", "http://127.0.0.1:1/x", "--start-at", "1s"], 64, "--start-at"),
            (["--progressive", "http://127.0.0.1:1/x", "--cmcd", "query"], 64, "--cmcd"),
            (["http://127.0.0.1:1/x.mpd", "--duration", "x"], 64, "duration"),
        ] as [([String], Int32, String)])
    func refusals(arguments: [String], status: Int32, text: String) async throws {
        let output = try await command(headwaterExecutable, ["play"] + arguments)
        #expect(output.status == status)
        #expect(output.standardError.contains(text), "\(output.standardError)")
        #expect(output.standardOutput.isEmpty)
    }

    @Test("What a server has that is no manifest ends with an exit code", arguments: [("/none.mpd", 66), ("", 65)])
    func notManifest(name: String, status: Int32) async throws {
        let library = try await SampleLibrary.path()
        let segments = try #require(
            FileManager.default.enumerator(atPath: library + "/media")?.compactMap { $0 as? String }
                .first { $0.hasSuffix("init.mp4") })
        try await withOrigin { origin in
            let output = try await headwater("play", origin + (name.isEmpty ? "/media/" + segments : name))
            #expect(output.status == status)
            #expect(output.standardError.split(separator: "\n").count == 1, "\(output.standardError)")
        }
    }
}

import Foundation
import Testing

@Suite("headwater demo")
struct DemoCommandTests {
    @Test("Goes the whole path of a video, from a file to a report, and leaves nothing running")
    func wholePath() async throws {
        try await withTemporaryDirectory { folder in
            let source = folder + "/film.mp4"
            let made = try await command(
                "ffmpeg",
                [
                    "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=640x360:r=25:d=16", "-f", "lavfi", "-i",
                    "sine=r=48000:d=16", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", source,
                ])
            try #require(made.status == 0, "\(made.standardError)")
            let report = folder + "/report"
            let demo = try await headwater(
                "demo", "--source", source, "--library", folder + "/library", "--report", report, "--duration", "4s",
                "--viewers", "2")
            #expect(demo.status == 0, "\(demo.standardError)")
            for step in ["Ingest", "Serve", "Play", "Benchmark in virtual time", "Edges", "Failure"] {
                #expect(demo.standardOutput.contains("── \(step)"))
            }
            #expect(demo.standardOutput.hasSuffix("report: \(report)/index.html\n"))
            for file in ["index.html", "simulated/index.html", "real/results.json", "traces/play.jsonl"] {
                #expect(FileManager.default.fileExists(atPath: report + "/" + file), "\(file)")
            }
            // The servers that it printed are gone.
            let urls = demo.standardOutput.matches(of: /listening on (http:\S+), admin/).map { String($0.1) }
            #expect(urls.count == 3)
            for url in urls {
                #expect(try await command("curl", ["-s", "-m", "5", "-o", "/dev/null", url]).status == 7)
            }
        }
    }

    @Test("A clip that is not there ends it with the status of the step that misses it")
    func missingSource() async throws {
        try await withTemporaryDirectory { folder in
            let demo = try await headwater(
                "demo", "--source", folder + "/none.mp4", "--library", folder, "--report", folder + "/report")
            #expect(demo.status == 66)
            #expect(demo.standardError.contains("none.mp4"))
        }
    }
}

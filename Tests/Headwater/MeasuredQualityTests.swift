import Foundation
import QoE
import Testing

@Suite("Measured quality from end to end")
struct MeasuredQualityTests {
    /// Ingests a small film with two versions, measured or not, and serves it.
    private func withFilm(
        measured: Bool, _ body: @Sendable (_ manifest: String, _ folder: String) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { folder in
            let film = "\(folder)/film.mp4"
            let source = "testsrc2=s=192x108:r=25:d=6"
            let made = try await command(
                "ffmpeg",
                ["-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", source, "-c:v", "libx264", "-bf", "2", film])
            try #require(made.status == 0, "\(made.standardError)")
            let ladder = "\(folder)/ladder.json"
            try Data(#"[{"height": 54}, {"height": 108}]"#.utf8).write(to: URL(filePath: ladder))
            let ingested = try await command(
                headwaterExecutable,
                ["ingest", film, "--library", "\(folder)/library", "--ladder", ladder, "--segment-duration", "1s"]
                    + (measured ? ["--quality", "ssim"] : []))
            try #require(ingested.status == 0, "\(ingested.standardError)")
            #expect(ingested.standardOutput.contains("SSIM") == measured)
            try await withServer(["origin", "--library", "\(folder)/library", "--listen", "127.0.0.1:0"]) { server in
                try await body("\(server.url)/manifests/film.mpd", folder)
            }
        }
    }

    @Test("it is in traces of real and of simulated sessions, in tables and in scores, and decides")
    func measured() async throws {
        try await withFilm(measured: true) { url, folder in
            let output = try await headwater(
                "bench", url, "--both", "--rules", "bola-u,mpc,soda", "--profiles", "constant:bandwidth=4000",
                "--duration", "3s", "--utility", "quality", "--csv", "\(folder)/rows.csv")
            try #require(output.status == 0, "\(output.standardError)")
            #expect(output.standardOutput.contains("SSIM"))
            let rows = try String(contentsOfFile: "\(folder)/rows.csv", encoding: .utf8).components(separatedBy: "\r\n")
            let column = try #require(rows[0].split(separator: ",").firstIndex(of: "mean_ssim"))
            let qualities = rows[1...6].compactMap { row in
                Double(row.split(separator: ",", omittingEmptySubsequences: false)[column])
            }
            #expect(qualities.count == 6 && qualities.allSatisfy { $0 > 0.4 && $0 < 1 })

            let trace = "\(folder)/trace.jsonl"
            let played = try await headwater(
                "play", url, "--rule", "bola-u", "--utility", "quality", "--duration", "2s", "--trace", trace)
            try #require(played.status == 0, "\(played.standardError)")
            #expect(played.standardOutput.contains("mean SSIM"))
            let events = try TraceEvent.events(inLines: String(contentsOfFile: trace, encoding: .utf8), of: trace)
            let segments = Viewing(of: events).segments
            #expect(segments.count >= 2 && segments.allSatisfy { $0.ssim != nil })
            let scored = try await headwater("score", trace, "--json")
            let object = try #require(
                try JSONSerialization.jsonObject(with: Data(scored.standardOutput.utf8)) as? [[String: Any]])
            let scores = try #require(object.first?["scores"] as? [String: Double])
            #expect(scores["Puffer"] != nil && scores["SQI"] != nil)
        }
    }

    @Test("where it was not measured, an error says what to do")
    func missing() async throws {
        try await withFilm(measured: false) { url, _ in
            let output = try await headwater("play", url, "--utility", "quality", "--duration", "1s")
            #expect(output.status == 65)
            #expect(output.standardError.contains("ingest with --quality ssim"))
            #expect(output.standardError.split(whereSeparator: \.isNewline).count == 1)
            let simulated = try await headwater(
                "bench", url, "--rules", "mpc", "--profiles", "square", "--utility", "quality")
            #expect(simulated.status == 65)
            #expect(simulated.standardError.contains("ingest with --quality ssim"))
        }
    }

    @Test("a segments.json that is gone takes nothing but the quality")
    func gone() async throws {
        try await withFilm(measured: true) { url, folder in
            let media = "\(folder)/library/media/film"
            let fingerprint = try #require(try FileManager.default.contentsOfDirectory(atPath: media).first)
            try FileManager.default.removeItem(atPath: "\(media)/\(fingerprint)/segments.json")
            let output = try await headwater("play", url, "--duration", "1s", "--json")
            #expect(output.status == 0, "\(output.standardError)")
            #expect(!output.standardOutput.contains("meanSSIM"))
        }
    }
}

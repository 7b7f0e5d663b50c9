import Foundation
import QoE
import Testing

@Suite("headwater score and export-p1203")
struct ScoreCommandTests {
    /// One segment at 1 Mbit/s, shown after half a second, without a stall.
    private static func lines() throws -> [String] {
        let head = SessionRecord(
            url: "u", rule: "fixed", profile: "3g", duration: 4, ladder: [1_000_000, 2_000_000],
            versions: [
                VersionRecord(
                    id: "v", media: "video", bitRate: 1_000_000, codecs: "avc1.64001F", width: 1280, height: 720,
                    frameRate: 25)
            ])
        let request = RequestRecord(
            time: 0, media: "video", track: "v", segment: 1, duration: 4, bitRate: 1_000_000, url: "u", bytes: 500_000,
            firstByte: nil, lastByte: 0.5, status: nil, cacheStatus: nil, outcome: "complete")
        let events: [TraceEvent] = [
            .session(head), .request(request), .startup(time: 0.5),
            .end(EndRecord(time: 4.5, played: 4, outcome: "completed")),
        ]
        return try events.map { try $0.line() }
    }

    private func withTrace(
        _ lines: [String], _ body: @Sendable (String, String) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { folder in
            let file = folder + "/trace.jsonl"
            try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: URL(filePath: file))
            try await body(file, folder)
        }
    }

    @Test("prints a table, JSON and CSV")
    func formats() async throws {
        try await withTrace(try Self.lines()) { file, folder in
            let csv = folder + "/scores.csv"
            let table = try await headwater("score", file, file, "--csv", csv)
            #expect(table.status == 0, "\(table.standardError)")
            #expect(table.standardOutput.contains("QoE_lin"))
            #expect(table.standardOutput.contains("QoE_hd –: it is defined for ladders of six versions"))
            let rows = try String(contentsOfFile: csv, encoding: .utf8).components(separatedBy: "\r\n")
            #expect(rows.count == 4)
            #expect(rows[0] == "trace,rule,profile,QoE_lin,QoE_log,QoE_hd,Yin,BOLA,SODA,Puffer,SQI")
            // 1000 − 3000 · 0.5 for Yin's.
            #expect(rows[1] == "\(file),fixed,3g,1,0,,-500,0,0,,")
            let json = try await headwater("score", file, "--json")
            let object = try #require(
                try JSONSerialization.jsonObject(with: Data(json.standardOutput.utf8)) as? [[String: Any]])
            let scores = try #require(object.first?["scores"] as? [String: Double])
            #expect(scores["QoE_lin"] == 1 && scores["Yin"] == -500 && scores["Puffer"] == nil)
            #expect((object.first?["undefined"] as? [String: String])?["Puffer"]?.contains("ssim") == true)
        }
    }

    @Test("writes P.1203's input")
    func export() async throws {
        try await withTrace(try Self.lines()) { file, folder in
            let output = folder + "/p1203.json"
            let result = try await headwater(
                "export-p1203", file, "--display", "1280x720", "--device", "mobile", "--output", output)
            #expect(result.status == 0, "\(result.standardError)")
            let input = try JSONDecoder().decode(P1203Input.self, from: Data(contentsOf: URL(filePath: output)))
            #expect(input.video.segments.map(\.bitrate) == [1000])
            #expect(input.stalling.stalling == [[0, 0.5]])
            #expect(input.general.device == "mobile")
            let wrong = try await headwater("export-p1203", file, "--display", "1280")
            #expect(wrong.status == 64)
        }
    }

    @Test(
        "ends with one line and status 65 on what is no whole trace",
        arguments: [
            ([], "begins with an event of type session"), (["{}"], "line 1"), (["\u{0}\u{1}"], "line 1"),
            (["cut"], "breaks off"), (["torn"], "breaks off"),
        ])
    func badTraces(lines: [String], words: String) async throws {
        var whole = try Self.lines()
        switch lines.first {
        case "cut": whole.removeLast()
        case "torn": whole[3] = String(whole[3].prefix(12))
        default: whole = lines
        }
        // What a writer leaves that is killed has no line end.
        let text = whole.joined(separator: "\n")
        try await withTemporaryDirectory { folder in
            let file = folder + "/trace.jsonl"
            try Data(text.utf8).write(to: URL(filePath: file))
            for command in ["score", "export-p1203"] {
                let result = try await headwater(command, file)
                #expect(result.status == 65)
                #expect(result.standardOutput.isEmpty)
                #expect(result.standardError.hasPrefix("headwater: error: \(file)"), "\(result.standardError)")
                #expect(result.standardError.contains(words))
                #expect(result.standardError.split(separator: "\n").count == 1)
            }
            if words == "breaks off" {
                #expect(try await headwater("score", file, "--partial").status == 0)
            }
        }
    }

    @Test("ends with status 66 where there is no file")
    func noFile() async throws {
        try await withTemporaryDirectory { folder in
            for path in [folder, folder + "/none"] {
                let result = try await headwater("score", path)
                #expect(result.status == 66)
                #expect(result.standardError.contains(path))
            }
        }
    }
}

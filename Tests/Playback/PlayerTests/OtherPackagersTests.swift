import Client
import Foundation
import Presentation
import QoE
import Testing

@testable import Player

/// What ffmpeg packages plays from the first segment to the last, in every way to name segments.
@Suite("Manifests of other packagers", .serialized)
struct OtherPackagersTests {
    private static func ffmpeg(_ arguments: [String]) async throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["ffmpeg", "-v", "error", "-nostdin", "-y"] + arguments
        process.standardInput = FileHandle.nullDevice
        // A thread that waits would be missing to every other test.
        let status: Int32 = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        try #require(status == 0)
    }

    /// Runs `body` with a folder in which ffmpeg has packaged four seconds, twice in video and once in audio.
    private func packaged(_ options: [String], body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "headwater-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await Self.ffmpeg(
            [
                "-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25:duration=4", "-f", "lavfi", "-i",
                "sine=frequency=440:duration=4", "-map", "0:v", "-map", "0:v", "-map", "1:a", "-c:v", "libx264",
                "-preset", "ultrafast", "-bf", "2", "-sc_threshold", "0", "-g", "25", "-b:v:0", "50k", "-b:v:1", "150k",
                "-c:a", "aac", "-b:a", "64k", "-f", "dash", "-seg_duration", "1", "-adaptation_sets",
                "id=0,streams=v id=1,streams=a",
            ] + options + [folder.appending(path: "m.mpd").path])
        try await body(folder)
    }

    /// Loads the manifest in `folder` from a server and plays it.
    private func load(andPlay folder: URL) async throws -> (Presentation, Run) {
        try await ScriptedServer.run { request in
            guard let data = try? Data(contentsOf: folder.appending(path: String(request.path.dropFirst()))) else {
                return .status(404)
            }
            return request.range == nil ? .body([UInt8](data)) : .ranged([UInt8](data))
        } body: { authority in
            let presentation = try await PlaybackHTTPClient.withClient {
                try await ManifestLoader(httpClient: $0, logger: quietLogger)
                    .presentation(at: "http://\(authority)/m.mpd")
            }
            return (presentation, try await play(presentation))
        }
    }

    @Test(
        "templates with and without timelines, lists of files and of byte ranges",
        arguments: [
            ["-use_template", "1", "-use_timeline", "0"], ["-use_template", "1", "-use_timeline", "1"],
            ["-use_template", "0", "-use_timeline", "0"],
            ["-single_file", "1"], ["-single_file", "1", "-global_sidx", "1"],
        ])
    func addressing(options: [String]) async throws {
        try await packaged(options) { folder in
            let (presentation, run) = try await load(andPlay: folder)
            #expect(presentation.switchingSets.map(\.tracks.count) == [2, 1])
            #expect(run.result.outcome == .completed)
            #expect(run.failures.isEmpty)
            #expect(run.result.summary.segmentCount == 4)
            #expect(abs(run.result.summary.played - 4) < 0.1)
        }
    }

    @Test("files with an index of their segments")
    func segmentIndex() async throws {
        try await packaged(["-single_file", "1", "-global_sidx", "1"]) { folder in
            let manifest = folder.appending(path: "m.mpd")
            let text = try String(contentsOf: manifest, encoding: .utf8)
            // ffmpeg writes the index, but its manifest spells out what is in it.
            var lines: [Substring] = []
            var stream = 0
            for line in text.split(separator: "\n") {
                let trimmed = line.trimmingCharacters(in: .whitespaces)
                if trimmed.hasPrefix("<SegmentList") {
                    let file = [UInt8](try Data(contentsOf: folder.appending(path: "m-stream\(stream).mp4")))
                    let range = try #require(Self.boxRange("sidx", in: file))
                    lines.append("<SegmentBase indexRange='\(range.lowerBound)-\(range.upperBound - 1)'/>")
                    stream += 1
                } else if !["<SegmentURL", "<Initialization", "</SegmentList"].contains(where: trimmed.hasPrefix) {
                    lines.append(line)
                }
            }
            #expect(stream == 3)
            try lines.joined(separator: "\n").write(to: manifest, atomically: true, encoding: .utf8)
            let (presentation, run) = try await load(andPlay: folder)
            let tracks = presentation.switchingSets.flatMap(\.tracks)
            #expect(tracks.prefix(2).allSatisfy { $0.segments.count == 4 && $0.initialization?.byteRange != nil })
            #expect(tracks.allSatisfy { !$0.hasNominalTimes && $0.segments.allSatisfy { $0.bytes != nil } })
            #expect(run.result.outcome == .completed)
            #expect(run.failures.isEmpty)
            #expect(run.requests.allSatisfy { $0.status == 206 })
            #expect(run.result.summary.segmentCount == 4)
        }
    }

    @Test("a period of another encoding goes on where the one before ends")
    func periods() async throws {
        try await packaged(["-use_template", "1", "-use_timeline", "1"]) { first in
            try await packaged(["-single_file", "1"]) { second in
                for file in try FileManager.default.contentsOfDirectory(atPath: second.path) {
                    try FileManager.default.copyItem(
                        at: second.appending(path: file), to: first.appending(path: "second-" + file))
                }
                func period(_ folder: URL) throws -> Substring {
                    let text = try String(contentsOf: folder.appending(path: "m.mpd"), encoding: .utf8)
                    let start = try #require(text.firstRange(of: "<AdaptationSet"))
                    let end = try #require(text.firstRange(of: "</Period>"))
                    return text[start.lowerBound..<end.lowerBound]
                }
                let manifest = """
                    <MPD type="static" mediaPresentationDuration="PT8S" minBufferTime="PT1S">
                    <Period start="PT0S">\(try period(first))</Period>
                    <Period start="PT4S">\(try period(second).replacing("m-stream", with: "second-m-stream"))</Period>
                    </MPD>
                    """
                try manifest.write(to: first.appending(path: "m.mpd"), atomically: true, encoding: .utf8)
                let (presentation, run) = try await load(andPlay: first)
                #expect(presentation.laterPeriods.count == 1)
                #expect(run.result.outcome == .completed)
                #expect(run.failures.isEmpty)
                #expect(run.result.summary.segmentCount == 8)
                #expect(abs(run.result.summary.played - 8) < 0.1)
                #expect(run.result.summary.stallCount == 0)
            }
        }
    }

    /// Where the first box of `type` is among the top boxes of `file`.
    private static func boxRange(_ type: String, in file: [UInt8]) -> Range<Int>? {
        var offset = 0
        while offset + 8 <= file.count {
            let size = file[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
            guard size >= 8 else { return nil }
            if Array(file[offset + 4..<offset + 8]) == Array(type.utf8) { return offset..<offset + size }
            offset += size
        }
        return nil
    }
}

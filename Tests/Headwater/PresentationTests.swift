import Foundation
import Manifest
import Presentation
import Testing

/// What third parties make of an ingested clip, as they get it through an edge.
@Suite("A presentation in the hands of third parties")
struct PresentationTests {
    @Test("has every frame of the source in every video representation, and no gap in the sound")
    func everyFrame() async throws {
        let expected = try await countedFrames(of: sampleClip)
        try await throughAnEdge { mpd in
            let streams = try await countedFrames(of: mpd)
            let video = streams.filter { $0.kind == "video" }
            #expect(video.count >= 3)
            #expect(video.allSatisfy { $0.frames == expected.first { $0.kind == "video" }?.frames })
            #expect(streams.filter { $0.kind == "audio" }.count == 1)
        }
    }

    @Test("has a manifest that is well-formed and as long as its media")
    func manifest() async throws {
        let library = try await SampleLibrary.path()
        let check = try await command("xmllint", ["--noout", library + "/manifests/clip.mpd"])
        #expect(check.status == 0, "\(check.standardError)")
        let bytes = try Data(contentsOf: URL(filePath: library + "/manifests/clip.mpd"))
        let mpd = try MPD(parsing: [UInt8](bytes))
        // The source's sound lasts for 249 frames of 1024 samples at 48 kHz, its 132 pictures for 5.28 s.
        let lengths: [MediaKind: Double] = [.audio: 249.0 * 1024 / 48_000, .video: 132.0 / 25]
        #expect(mpd.mediaPresentationDuration == lengths[.audio])
        let presentation = try mpd.presentation(at: "http://host/manifests/clip.mpd")
        for track in presentation.switchingSets.flatMap(\.tracks) {
            let duration = track.segments.reduce(0) { $0 + $1.duration }
            #expect(track.seconds(duration) == lengths[track.kind])
        }
    }

    @Test("decodes without a single complaint")
    func decodes() async throws {
        try await throughAnEdge { mpd in
            let decode = try await command(
                "ffmpeg",
                ["-v", "warning", "-xerror", "-i", mpd, "-map", "0", "-fps_mode", "passthrough", "-f", "null", "-"])
            #expect(decode.status == 0)
            #expect(decode.standardError.isEmpty, "\(decode.standardError)")
        }
    }

    /// Serves the sample library by an origin and an edge; `body` gets the manifest's URL at the edge.
    private func throughAnEdge(_ body: @Sendable (String) async throws -> Void) async throws {
        let library = try await SampleLibrary.path()
        try await withServer(["origin", "--library", library, "--listen", "127.0.0.1:0"]) { origin in
            try await withServer(["edge", "--origin", origin.url, "--listen", "127.0.0.1:0"]) { edge in
                try await body(edge.url + "/manifests/clip.mpd")
            }
        }
    }

    /// The streams of a file or manifest, with the number of frames that ffprobe decodes of each.
    private func countedFrames(of input: String) async throws -> [(kind: String, frames: Int)] {
        let probe = try await command(
            "ffprobe",
            [
                "-v", "error", "-count_frames", "-show_entries", "stream=index,codec_type,nb_read_frames", "-of",
                "csv=p=0", input,
            ])
        try #require(probe.status == 0, "\(probe.standardError)")
        // A manifest's streams are listed a second time, as a program's.
        var streams: [Int: (kind: String, frames: Int)] = [:]
        for line in probe.standardOutput.split(separator: "\n") {
            let fields = line.split(separator: ",").map(String.init)
            guard fields.count == 3, let index = Int(fields[0]), let frames = Int(fields[2]) else { continue }
            streams[index] = (fields[1], frames)
        }
        return streams.sorted { $0.key < $1.key }.map(\.value)
    }
}

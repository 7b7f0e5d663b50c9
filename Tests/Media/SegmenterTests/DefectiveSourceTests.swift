import FFmpeg
import Foundation
import ISOBMFF
import MediaTestSupport
import Presentation
import TestSupport
import Testing

@testable import Segmenter

@Suite("A defective source")
struct DefectiveSourceTests {
    @Test("with damaged sound becomes sound with silence in it", arguments: [UInt64](1...6))
    func damagedSound(seed: UInt64) async throws {
        try await TestMedia.withFolder { folder in
            try TestMedia.ffmpeg("-f lavfi -i sine=r=48000:d=2 -c:a aac a.m4a", in: folder)
            var bytes = [UInt8](try Data(contentsOf: URL(filePath: "\(folder)/a.m4a")))
            var generator = SeededGenerator(seed: seed)
            // The index at the file's end stays whole.
            for _ in 0..<400 { bytes[Int.random(in: 100..<bytes.count * 3 / 4, using: &generator)] ^= 0xFF }
            try Data(bytes).write(to: URL(filePath: "\(folder)/a.m4a"))
            let result = try await Segmentation(of: "\(folder)/a.m4a")
            #expect(result.outcome.damagedSounds > 0)
            #expect(result.outcome.warnings.first?.hasSuffix("silence instead") ?? false)
        }
    }

    @Test("that does not say what its colours are keeps them in all versions")
    func colours() async throws {
        try await TestMedia.withFolder { folder in
            try TestMedia.ffmpeg(
                "-f lavfi -i color=red:s=1280x720:r=25:d=0.2 -pix_fmt yuv420p -c:v ffv1 a.mkv", in: folder)
            let document = LadderDocument(entries: [.init(height: 90), .init(height: 720)])
            let result = try await Segmentation(
                of: "\(folder)/a.mkv",
                options: SegmentationOptions(preset: "ultrafast", rateFactor: 10, ladder: .document(document)))
            func average(_ file: String) throws -> [UInt8] {
                try TestMedia.ffmpeg(
                    "-i \(file) -frames:v 1 -vf scale=2:2:flags=area -pix_fmt yuv420p -f rawvideo out", in: folder)
                return [UInt8](try Data(contentsOf: URL(filePath: "\(folder)/out")))
            }
            let wanted = try average("a.mkv")
            for track in try #require(result.plan.video).tracks {
                guard case .avc(let format) = track.header.format else { continue }
                #expect(
                    format.decoderConfiguration.parameters.colour
                        == ColourDescription(
                            primaries: 1, transferCharacteristics: 1, matrixCoefficients: 1, isFullRange: false))
                try result.write(track.id, to: "\(folder)/out.mp4")
                #expect(zip(wanted, try average("out.mp4")).allSatisfy { abs(Int($0) - Int($1)) <= 2 })
            }
        }
    }

    @Test("that starts late in Matroska is not cut off, and what is left out is named")
    func notes() async throws {
        try await TestMedia.withFolder { folder in
            try TestMedia.ffmpeg(
                "-f lavfi -i testsrc2=s=64x48:r=25:d=2 -f lavfi -i sine=r=48000:d=2 -f lavfi -i sine=r=48000:d=2 "
                    + "-map 0 -map 1 -map 2 -c:v mpeg4 -c:a pcm_s16le -metadata:s:a:0 language=eng "
                    + "-metadata:s:a:1 language=ger -output_ts_offset 100.5 a.mkv", in: folder)
            let plan = try SegmentationPlan(
                source: Source(probing: "\(folder)/a.mkv"), options: SegmentationOptions())
            #expect(plan.warnings == ["left out: sound in de (stream 2, pcm_s16le)"])
            #expect(plan.audio?.language?.description == "en")
            #expect(plan.audio?.header.language == "eng")
        }
    }

    @Test("in high dynamic range is warned of")
    func highDynamicRange() async throws {
        try await TestMedia.withFolder { folder in
            try TestMedia.ffmpeg(
                "-f lavfi -i testsrc2=s=64x48:r=25:d=0.2 -c:v ffv1 -pix_fmt yuv420p10le -color_trc smpte2084 "
                    + "-color_primaries bt2020 -colorspace bt2020nc a.mkv", in: folder)
            let source = try Source(probing: "\(folder)/a.mkv")
            #expect(source.warnings.first?.contains("high dynamic range") ?? false)
        }
    }

    @Test("stops being encoded between two coded pictures")
    func cancellation() async throws {
        let plan = try SegmentationPlan(
            source: Source(probing: TestMedia.sampleClip), options: SegmentationOptions(preset: "medium"))
        let video = try #require(plan.video)
        var coded = 0
        let encoder = try VideoSegmentEncoder(track: video.tracks[0], plan: video, segment: 0) {
            coded += 1
            if coded == 3 { throw CancellationError() }
        }
        let picture = try Frame(width: 64, height: 36, colour: ColourProperties())
        #expect(throws: CancellationError.self) {
            for tick in video.timeline.starts.prefix(50) { try encoder.encode(picture, at: tick) }
            _ = try encoder.finish()
        }
        #expect(coded == 3)
    }
}

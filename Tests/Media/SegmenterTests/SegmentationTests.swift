import FFmpeg
import Foundation
import ISOBMFF
import MediaTestSupport
import Presentation
import Segmenter
import TestSupport
import Testing

@Suite("Segmenting")
struct SegmentationTests {
    struct Example: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Arguments for `ffmpeg` that make the file.
        var make: String
        var file: String
        /// Size of the largest version.
        var size: String
        var segments: Int
        var hasSound = false
    }

    static let sources = [
        Example(
            testDescription: "an odd size in another pixel format",
            make: "-f lavfi -i testsrc2=s=159x121:r=25:d=3 -c:v ffv1 -pix_fmt yuv444p", file: "a.mkv", size: "158x120",
            segments: 2),
        Example(
            testDescription: "a varying rate with sound",
            make: "-f lavfi -i testsrc2=s=160x120:r=25:d=5 -f lavfi -i sine=r=44100:d=5 "
                + "-vf select='not(eq(mod(n,3),1))' -vsync vfr -c:v ffv1 -c:a aac", file: "a.mkv", size: "160x120",
            segments: 3, hasSound: true),
        Example(
            testDescription: "a transport stream that starts late",
            make: "-f lavfi -i testsrc2=s=160x120:r=30000/1001:d=3 -f lavfi -i sine=r=48000:d=3 -c:v libx264 "
                + "-preset ultrafast -bf 2 -c:a mp2 -output_ts_offset 17.3", file: "a.ts", size: "160x120",
            segments: 2, hasSound: true),
        Example(
            testDescription: "AVI with B-pictures, which has no presentation times",
            make: "-f lavfi -i testsrc2=s=160x120:r=25:d=3 -c:v mpeg4 -bf 2", file: "a.avi", size: "160x120",
            segments: 2),
        Example(
            testDescription: "a bare H.264 stream", make: "-f lavfi -i testsrc2=s=160x120:r=25:d=3 -c:v libx264",
            file: "a.h264", size: "160x120", segments: 2),
        Example(
            testDescription: "10 bits and 60 frames/s in HEVC",
            make: "-f lavfi -i testsrc2=s=160x120:r=60:d=2.5 -c:v libx265 -x265-params log-level=none:pools=1 "
                + "-preset ultrafast -pix_fmt yuv420p10le", file: "a.mp4", size: "160x120", segments: 2),
        Example(
            testDescription: "VP9 with hidden pictures",
            make: "-f lavfi -i testsrc2=s=160x120:r=25:d=3 -c:v libvpx-vp9 -deadline realtime -cpu-used 8 "
                + "-auto-alt-ref 1 -lag-in-frames 10", file: "a.webm", size: "160x120", segments: 2),
        Example(
            testDescription: "red, green and blue",
            make: "-f lavfi -i testsrc2=s=160x120:r=25:d=2 -c:v libx264rgb -preset ultrafast", file: "a.mp4",
            size: "160x120", segments: 1),
        Example(
            testDescription: "anamorphic and interlaced",
            make:
                "-f lavfi -i testsrc2=s=180x144:r=50:d=2 -vf interlace,setsar=16/11 -c:v mpeg2video -flags +ildct+ilme",
            file: "a.mpg", size: "180x144", segments: 1),
    ]

    @Test("keeps every picture of any kind of source, in segments that join", arguments: sources)
    func everyPicture(_ source: Example) async throws {
        try await TestMedia.withFolder { folder in
            try TestMedia.ffmpeg("\(source.make) \(source.file)", in: folder)
            let path = "\(folder)/\(source.file)"
            let result = try await Segmentation(of: path)
            let video = try #require(result.plan.video)
            let top = try #require(video.tracks.last)
            #expect("\(top.rung.width)x\(top.rung.height)" == source.size)
            #expect(video.segmentCount == source.segments)
            #expect((result.plan.audio != nil) == source.hasSound)
            let expected = try countPictures(path)
            for track in video.tracks {
                let timings = try result.timings(track.id)
                #expect(timings.map { Int64($0.decodeTime) } == Array(video.boundaries.dropLast()))
                #expect(timings.map { Int64($0.decodeTime + $0.duration) } == Array(video.boundaries.dropFirst()))
                #expect(timings.allSatisfy { $0.startsWithSync })
                #expect(timings.reduce(0) { $0 + $1.sampleCount } == expected)
                #expect(zip(timings, video.boundaries).allSatisfy { $0.earliestPresentationTime == $1 })
                try result.write(track.id, to: "\(folder)/out.mp4")
                #expect(try countPictures("\(folder)/out.mp4") == expected)
            }
        }
    }

    @Test("cuts the sound beside the picture, in whole frames, to the sample's end")
    func soundBoundaries() async throws {
        let result = try await Segmentation(of: TestMedia.sampleClip)
        let video = try #require(result.plan.video)
        let audio = try #require(result.plan.audio)
        #expect(audio.id == "a128")
        let timings = try result.timings(audio.id)
        #expect(timings.count == video.segmentCount)
        var next: UInt64 = 0
        for (timing, boundary) in zip(timings, video.boundaries) {
            #expect(timing.decodeTime == next)
            #expect(timing.decodeTime.isMultiple(of: 1_024))
            next += timing.duration
            let distance = Double(timing.earliestPresentationTime) / 48_000 - video.timeline.seconds(boundary)
            #expect(abs(distance) <= 512.0 / 48_000 + 1e-9)
        }
        let sound = try #require(result.sound)
        #expect(sound.sampleCount == 254_976)
        #expect(next == UInt64(sound.sampleCount) + 1_024)
        #expect(sound.segmentCount == timings.count)
    }

    @Test("gives the same bytes with one worker and with three, and for any part")
    func determinism() async throws {
        try await TestMedia.withFolder { folder in
            // 854 samples are no whole number of macroblocks; keyframes are far apart.
            try TestMedia.ffmpeg(
                "-f lavfi -i testsrc2=s=426x240:r=25:d=5 -c:v libx264 -preset ultrafast -g 70 a.mp4", in: folder)
            let path = "\(folder)/a.mp4"
            let text = #"[{"height": 240}, {"height": 180}, {"height": 90}]"#
            let options = SegmentationOptions(
                segmentDuration: Rational(1), ladder: .document(try LadderDocument(parsing: Array(text.utf8))))
            let one = try await Segmentation(of: path, options: options, jobs: 1)
            let three = try await Segmentation(of: path, options: options, jobs: 3)
            #expect(one.segments == three.segments)
            #expect(one.segments.count == 3 * 6)
            let part = try await Segmentation(
                of: path, options: options, isMissing: { $0.number == 5 && $0.track != "v90" || $0.number == 4 })
            #expect(part.media("v90").map(\.key.number) == [4])
            #expect(part.media("v240").map(\.key.number) == [4, 5])
            for (key, segment) in part.segments { #expect(one.segments[key] == segment) }
        }
    }

    @Test("never lets a segment weigh more than its version's maximum rate")
    func maximumRate() async throws {
        try await TestMedia.withFolder { folder in
            // Noise needs far more than it gets.
            try TestMedia.ffmpeg(
                "-f lavfi -i nullsrc=s=320x240:r=25:d=6,geq=random(1)*255:128:128 -c:v ffv1 a.mkv", in: folder)
            let result = try await Segmentation(
                of: "\(folder)/a.mkv", options: SegmentationOptions(preset: "veryfast"))
            let track = try #require(result.plan.video?.tracks.first)
            for segment in result.media(track.id) {
                let seconds = Double(segment.duration) / Double(track.header.timescale)
                #expect(Double(segment.bytes.count * 8) <= Double(track.rung.maximumBitRate) * seconds * 1.02)
            }
        }
    }

    @Test("takes a damaged source as far as it goes")
    func damage() async throws {
        var bytes = [UInt8](try Data(contentsOf: URL(filePath: TestMedia.sampleClip)))
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<60 {
            bytes[Int.random(in: 20_000..<bytes.count - 20_000, using: &generator)] ^= 0xFF
        }
        try await TestMedia.withFolder { [bytes] folder in
            try Data(bytes).write(to: URL(filePath: "\(folder)/a.mp4"))
            let document = LadderDocument(entries: [.init(height: 90)])
            let options = SegmentationOptions(preset: "ultrafast", ladder: .document(document))
            let result = try await Segmentation(of: "\(folder)/a.mp4", options: options)
            #expect(result.outcome.damagedPictures > 0)
            #expect(result.outcome.warnings.first?.contains("pictures of the source could not be decoded") ?? false)
            // Decoders of several threads conceal damage differently each time.
            let again = try await Segmentation(of: "\(folder)/a.mp4", options: options, jobs: 1)
            #expect(again.segments == result.segments)
            let part = try await Segmentation(of: "\(folder)/a.mp4", options: options, isMissing: { $0.number == 3 })
            #expect(part.media("v90") == result.media("v90").suffix(1))
            let video = try #require(result.plan.video)
            #expect(result.media("v90").count == video.segmentCount)
            let timings = try result.timings("v90")
            #expect(timings.map { Int64($0.decodeTime) } == Array(video.boundaries.dropLast()))
        }
    }

    @Test("joins what a transport stream joined")
    func leap() async throws {
        try await TestMedia.withFolder { folder in
            try TestMedia.ffmpeg(
                "-f lavfi -i testsrc2=s=160x120:r=25:d=2 -f lavfi -i sine=r=48000:d=2 -c:v mpeg2video -c:a mp2 a.ts",
                in: folder)
            let part = try Data(contentsOf: URL(filePath: "\(folder)/a.ts"))
            try (part + part).write(to: URL(filePath: "\(folder)/b.ts"))
            let result = try await Segmentation(of: "\(folder)/b.ts")
            let video = try #require(result.plan.video)
            #expect(abs(video.timeline.seconds(video.timeline.duration) - 4) < 0.2)
            #expect(try result.timings(video.tracks[0].id).reduce(0) { $0 + $1.sampleCount } == 100)
            #expect(abs(Double(result.sound?.sampleCount ?? 0) / 48_000 - 4) < 0.2)
        }
    }

    @Test("turns pictures the right way up", arguments: [90, 180, 270])
    func rotation(angle: Int) async throws {
        try await TestMedia.withFolder { folder in
            // The left half is black, the right half white.
            try TestMedia.ffmpeg(
                "-f lavfi -i color=black:s=160x80:r=25:d=0.4,drawbox=x=80:y=0:w=80:h=80:color=white:t=fill "
                    + "-c:v libx264 -preset ultrafast a.mp4", in: folder)
            try TestMedia.ffmpeg("-i a.mp4 -c copy -metadata:s:v rotate=\(angle) b.mp4", in: folder)
            let result = try await Segmentation(of: "\(folder)/b.mp4")
            let track = try #require(result.plan.video?.tracks.first)
            #expect((track.rung.width, track.rung.height) == (angle == 180 ? (160, 80) : (80, 160)))
            try result.write(track.id, to: "\(folder)/c.mp4")
            // What FFmpeg's own player would show, and ours: four pixels each.
            for (input, output) in [("b.mp4", "wanted"), ("c.mp4", "got")] {
                try TestMedia.ffmpeg(
                    "-i \(input) -frames:v 1 -vf scale=2:2:flags=area -pix_fmt gray -f rawvideo \(output)", in: folder)
            }
            let wanted = try Data(contentsOf: URL(filePath: "\(folder)/wanted"))
            let got = try Data(contentsOf: URL(filePath: "\(folder)/got"))
            #expect(wanted.count == 4 && got.count == 4)
            #expect(zip(wanted, got).allSatisfy { abs(Int($0) - Int($1)) < 12 })
            #expect(abs(Int(wanted.max() ?? 0) - Int(wanted.min() ?? 0)) > 100)
        }
    }

    @Test("gives sound alone segments of the wanted length")
    func soundAlone() async throws {
        try await TestMedia.withFolder { folder in
            try TestMedia.ffmpeg("-f lavfi -i sine=r=22050:d=7.3 -c:a libmp3lame a.mp3", in: folder)
            let result = try await Segmentation(of: "\(folder)/a.mp3")
            #expect(result.plan.video == nil)
            let timings = try result.timings("a64")
            // The last 1.3 s are more than half a segment.
            #expect(timings.count == 4)
            #expect(timings.dropLast().allSatisfy { abs($0.presentationDuration - 44_100) <= 1_024 })
        }
    }

    @Test("stops soon when it is cancelled, and when the sink fails")
    func endings() async throws {
        struct Full: Error {}
        struct FailingSink: SegmentSink {
            func accept(_ segment: SegmentOutput) throws { throw Full() }
        }
        let plan = try SegmentationPlan(
            source: Source(probing: TestMedia.sampleClip), options: SegmentationOptions(preset: "ultrafast"))
        await #expect(throws: Full.self) {
            _ = try await Segmenter(plan: plan, jobs: 2)
                .run(isMissing: { _ in true }, encodesAudio: true, sink: FailingSink())
        }
        let task = Task {
            try await Segmenter(plan: plan, jobs: 2)
                .run(isMissing: { _ in true }, encodesAudio: true, sink: SegmentCollector())
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { _ = try await task.value }
    }

    @Test(
        "refuses options without meaning",
        arguments: [
            SegmentationOptions(segmentDuration: Rational(1, 10)), SegmentationOptions(segmentDuration: Rational(60)),
            SegmentationOptions(preset: "fastest"), SegmentationOptions(rateFactor: 99),
        ])
    func badOptions(_ options: SegmentationOptions) throws {
        let source = try Source(probing: TestMedia.sampleClip)
        let error = #expect(throws: SegmenterError.self) {
            _ = try SegmentationPlan(source: source, options: options)
        }
        #expect(error?.code == .invalidOption)
    }
}

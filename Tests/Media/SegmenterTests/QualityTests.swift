import TestSupport
import FFmpeg
import Foundation
import MediaTestSupport
import Presentation
import Testing

@testable import Segmenter

@Suite("Measured quality")
struct QualityTests {
    private func similarity(_ a: [UInt8], _ b: [UInt8], width: Int, height: Int) -> Double {
        var meter = StructuralSimilarity(width: width, height: height)
        return a.withUnsafeBufferPointer { a in
            b.withUnsafeBufferPointer { b in
                guard let a = a.baseAddress, let b = b.baseAddress else { return .nan }
                return meter.mean(of: .init(samples: a, stride: width), .init(samples: b, stride: width))
            }
        }
    }

    @Test("is 1 for equal pictures, follows the formula for flat ones, and is the same both ways")
    func formula() {
        var generator = SeededGenerator(seed: 5)
        let (width, height) = (53, 31)
        let noise = (0..<width * height).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let other = noise.map { UInt8(clamping: Int($0) + Int.random(in: -30...30, using: &generator)) }
        #expect(similarity(noise, noise, width: width, height: height) == 1)
        let value = similarity(noise, other, width: width, height: height)
        #expect(value > 0.5 && value < 1)
        #expect(value == similarity(other, noise, width: width, height: height))
        // Without variance only the means are left: (2·a·b + c₁)/(a² + b² + c₁), with c₁ = 416/64².
        let c1 = 416.0 / 4096
        let flat = similarity(
            Array(repeating: 100, count: 64), Array(repeating: 120, count: 64), width: 8, height: 8)
        let expected = (2.0 * 100 * 120 + c1) / (100.0 * 100 + 120.0 * 120 + c1)
        #expect(abs(flat - expected) < 1e-12)
        // The extremes, whose sums are the largest there are.
        let black = similarity(
            Array(repeating: 0, count: 256), Array(repeating: 255, count: 256), width: 16, height: 16)
        #expect(abs(black - c1 / (255.0 * 255 + c1)) < 1e-12)
    }

    /// Options of two versions whose segments last a second.
    private func options(_ heights: [Int], quality: QualityMeasure? = .ssim) -> SegmentationOptions {
        SegmentationOptions(
            segmentDuration: Rational(1), preset: "veryfast",
            ladder: .document(LadderDocument(entries: heights.map { .init(height: $0) })), quality: quality)
    }

    /// The luma's index of each picture, as FFmpeg's own filter says.
    private func filtered(_ stats: String) throws -> [Double] {
        try String(contentsOfFile: stats, encoding: .utf8).split(whereSeparator: \.isNewline).compactMap { line in
            line.split(separator: " ").first { $0.hasPrefix("Y:") }.flatMap { Double($0.dropFirst(2)) }
        }
    }

    @Test("is what FFmpeg's ssim filter says of the version scaled to the highest one's size")
    func filter() async throws {
        try await TestMedia.withFolder { folder in
            try TestMedia.ffmpeg(
                "-i \(TestMedia.sampleClip) -t 2 -an -vf scale=320:180 -c:v ffv1 -pix_fmt yuv420p film.mkv", in: folder)
            let result = try await Segmentation(of: "\(folder)/film.mkv", options: options([90, 144, 180]))
            var means: [Double] = []
            for track in ["v90", "v144", "v180"] {
                let first = try #require(result.media(track).first)
                let header = try #require(result.segments[.initialization(of: track)])
                try Data(header.bytes + first.bytes).write(to: URL(filePath: "\(folder)/\(track).mp4"))
                try TestMedia.ffmpeg(
                    "-i \(track).mp4 -i film.mkv -lavfi "
                        + "[0:v]scale=320:180:flags=bicubic[a];[a][1:v]ssim=stats_file=\(track).txt -f null -",
                    in: folder)
                let indices = try filtered("\(folder)/\(track).txt").prefix(25)
                try #require(indices.count == 25)
                let measured = try #require(first.ssim)
                #expect(abs(measured - indices.reduce(0, +) / 25) < 0.001, "\(track)")
                means.append(measured)
            }
            // In one size, larger versions look better.
            #expect(means == means.sorted() && means[2] - means[0] > 0.02)
        }
    }

    @Test("depends neither on the number of encoders nor on which segments are made")
    func determinism() async throws {
        try await TestMedia.withFolder { folder in
            try TestMedia.ffmpeg(
                "-f lavfi -i testsrc2=s=161x121:r=25:d=2.6 -c:v ffv1 -pix_fmt yuv444p film.mkv", in: folder)
            let path = "\(folder)/film.mkv"
            let whole = try await Segmentation(of: path, options: options([60, 120]))
            let qualities = whole.segments.mapValues(\.ssim)
            #expect(whole.media("v60").count == 3 && whole.media("v120").allSatisfy { $0.ssim != nil })
            let single = try await Segmentation(of: path, options: options([60, 120]), jobs: 1)
            #expect(single.segments == whole.segments)
            let part = try await Segmentation(of: path, options: options([60, 120])) {
                $0 == SegmentKey(track: "v60", number: 2)
            }
            #expect(part.media("v60").map(\.ssim) == [qualities[SegmentKey(track: "v60", number: 2)] ?? nil])

            let without = try await Segmentation(of: path, options: options([60, 120], quality: nil))
            #expect(without.segments.mapValues(\.bytes) == whole.segments.mapValues(\.bytes))
            #expect(without.segments.values.allSatisfy { $0.ssim == nil })
            // What is told of the segments differs, so that it has to be found under another name.
            #expect(try without.plan.signature() != whole.plan.signature())
        }
    }

    @Test(
        "is measured of pictures of any kind, turned, deep or interlaced",
        arguments: [
            "-vf setsar=16/11 -c:v mpeg2video -flags +ildct+ilme a.mpg", "-c:v ffv1 -pix_fmt yuv420p10le a.mkv",
            "-c:v libx264rgb -preset ultrafast a.mp4", "-c:v libx264 -metadata:s:v rotate=90 a.mp4",
        ])
    func kinds(_ arguments: String) async throws {
        try await TestMedia.withFolder { folder in
            try TestMedia.ffmpeg("-f lavfi -i testsrc2=s=176x144:r=25:d=1 \(arguments)", in: folder)
            let file = try #require(arguments.split(separator: " ").last)
            let result = try await Segmentation(of: "\(folder)/\(file)", options: options([72, 144]))
            let (low, high) = (result.media("v72").first?.ssim, result.media("v144").first?.ssim)
            #expect(try #require(high) > 0.8)
            #expect(try #require(low) > 0.4 && low ?? 1 < high ?? 0)
        }
    }

    @Test("is left out, with a warning, where pictures are too small to be compared")
    func tiny() async throws {
        try await TestMedia.withFolder { folder in
            try TestMedia.ffmpeg("-f lavfi -i testsrc2=s=64x6:r=25:d=1 -c:v ffv1 film.mkv", in: folder)
            let plan = try SegmentationPlan(
                source: Source(probing: "\(folder)/film.mkv"), options: SegmentationOptions(quality: .ssim))
            #expect(plan.video?.measuredSize == nil)
            #expect(plan.warnings.contains { $0.contains("no quality is measured") })
        }
    }
}

import FFmpeg
import Foundation
import MediaTestSupport
import Presentation
import Testing

@testable import Segmenter

@Suite("A thumbnail")
struct ThumbnailTests {
    /// The picture in a JPEG file, as another program decodes it: width, height, and its samples of red, green and blue.
    private func decoded(_ thumbnail: Thumbnail, in folder: String) throws -> [UInt8] {
        try Data(thumbnail.jpeg).write(to: URL(filePath: folder + "/picture.jpg"))
        try TestMedia.ffmpeg("-i picture.jpg -f rawvideo -pix_fmt rgb24 picture.rgb", in: folder)
        return [UInt8](try Data(contentsOf: URL(filePath: folder + "/picture.rgb")))
    }

    @Test("shows a later picture of a film that begins in black, in its colours")
    func content() async throws {
        try await TestMedia.withFolder { folder in
            try TestMedia.ffmpeg(
                "-f lavfi -i color=black:s=640x360:r=25:d=2 -f lavfi -i color=0xC02040:s=640x360:r=25:d=3 "
                    + "-filter_complex [1:v]drawbox=x=0:y=0:w=320:h=360:color=white:t=fill[b];[0:v][b]concat=n=2:v=1 "
                    + "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 25 film.mp4", in: folder)
            let thumbnail = try #require(try Thumbnail(of: folder + "/film.mp4"))
            #expect(thumbnail.width == 320 && thumbnail.height == 180)
            let samples = try decoded(thumbnail, in: folder)
            #expect(samples.count == 320 * 180 * 3)
            let left = samples[(90 * 320 + 40) * 3..<(90 * 320 + 41) * 3]
            let right = samples[(90 * 320 + 280) * 3..<(90 * 320 + 281) * 3]
            for (sample, wanted) in zip(Array(left) + Array(right), [255, 255, 255, 0xC0, 0x20, 0x40] as [UInt8]) {
                #expect(abs(Int(sample) - Int(wanted)) < 12, "\(left) \(right)")
            }
        }
    }

    @Test("has square samples, the right way up, within a square, and is not scaled up")
    func size() async throws {
        try await TestMedia.withFolder { folder in
            try TestMedia.ffmpeg(
                "-f lavfi -i testsrc2=s=720x576:r=25:d=1 -vf setsar=64/45 -c:v libx264 -preset ultrafast wide.mp4",
                in: folder)
            let wide = try #require(try Thumbnail(of: folder + "/wide.mp4"))
            #expect(wide.width == 320 && wide.height == 180)
            try TestMedia.ffmpeg("-f lavfi -i testsrc2=s=120x200:r=25:d=1 -c:v libx264 small.mp4", in: folder)
            let small = try #require(try Thumbnail(of: folder + "/small.mp4"))
            #expect(small.width == 120 && small.height == 200)
            let geometry = SourceGeometry(width: 1080, height: 1920)
            #expect(Thumbnail.size(geometry, longSide: 320) == (180, 320))
        }
    }

    @Test("does not exist for sound, and is an error for what is no media")
    func others() async throws {
        try await TestMedia.withFolder { folder in
            try TestMedia.ffmpeg("-f lavfi -i sine=d=1 sound.wav", in: folder)
            #expect(try Thumbnail(of: folder + "/sound.wav") == nil)
            try Data("text".utf8).write(to: URL(filePath: folder + "/text.mp4"))
            #expect(throws: SegmenterError.self) { try Thumbnail(of: folder + "/text.mp4") }
        }
    }
}

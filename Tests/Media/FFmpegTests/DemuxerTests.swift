import FFmpeg
import Foundation
import MediaTestSupport
import Presentation
import TestSupport
import Testing

@Suite("Reading media files")
struct DemuxerTests {
    @Test("describes the sample clip's streams")
    func streams() throws {
        let demuxer = try Demuxer(path: TestMedia.sampleClip)
        let video = try #require(demuxer.bestStream(.video)?.video)
        #expect(video.width == 1280)
        #expect(video.height == 720)
        #expect(video.sampleAspectRatio == Rational(1))
        #expect(video.averageFrameRate == Rational(25))
        #expect(video.orientation == .upright)
        let audio = try #require(demuxer.bestStream(.audio))
        #expect(audio.audio == StreamDescription.Audio(sampleRate: 48_000, channelCount: 6))
        #expect(audio.isDecodable)
    }

    @Test("decodes every picture, with any number of threads", arguments: [1, 3])
    func decoding(threads: Int) throws {
        let demuxer = try Demuxer(path: TestMedia.sampleClip)
        let stream = try #require(demuxer.bestStream(.video))
        demuxer.select([stream.index])
        let decoder = try demuxer.makeDecoder(stream: stream.index, threads: threads)
        let packet = try Packet()
        var times: [Int64] = []
        var hasEnded = false
        while !hasEnded {
            let hasPacket = try demuxer.read(into: packet)
            hasEnded = !hasPacket
            try decoder.send(hasPacket ? packet : nil)
            while case .frame(let frame) = try decoder.receive() {
                #expect(frame.isEncodable && !frame.isDamaged)
                times.append(try #require(frame.presentationTime))
            }
        }
        #expect(times == (0..<132).map { $0 * 512 })
    }

    @Test("goes to the keyframe before a time")
    func seeking() throws {
        let demuxer = try Demuxer(path: TestMedia.sampleClip)
        let stream = try #require(demuxer.bestStream(.video))
        demuxer.select([stream.index])
        try demuxer.seek(stream.index, to: 512 * 60)
        let packet = try Packet()
        #expect(try demuxer.read(into: packet))
        #expect(packet.isKeyframe)
        #expect(try #require(packet.presentationTime) <= 512 * 60)
    }

    @Test(
        "refuses what is not a plain file of media",
        arguments: [
            ("page.txt", "Words, words, words."),
            ("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n/etc/passwd\n#EXT-X-ENDLIST\n"),
            ("list.ffconcat", "ffconcat version 1.0\nfile /etc/passwd\n"),
            ("page.mp4", "Words, words, words."),
            ("page.mp3", String(repeating: "Some text, words and lines.\n", count: 20)),
            ("picture.png", "\u{89}PNG\r\n\u{1A}\n"),
            ("subtitles.srt", "1\n00:00:01,000 --> 00:00:02,000\nHello\n"),
        ])
    func refusal(name: String, content: String) async throws {
        try await TestMedia.withFolder { folder in
            let path = "\(folder)/\(name)"
            try Data(content.utf8).write(to: URL(filePath: path))
            let error = #expect(throws: FFmpegError.self) { _ = try Demuxer(path: path) }
            #expect(error?.code == .invalidData)
            #expect(error?.description.contains(name) ?? false)
        }
    }

    @Test("waits for sound that starts late in a transport stream")
    func lateSound() async throws {
        try await TestMedia.withFolder { folder in
            try TestMedia.ffmpeg(
                "-f lavfi -i testsrc2=s=64x48:r=5:d=12 -itsoffset 11 -f lavfi -i sine=r=44100:d=1 -c:v mpeg4 -g 5 "
                    + "-c:a mp2 a.ts", in: folder)
            let stream = try #require(try Demuxer(path: "\(folder)/a.ts").bestStream(.audio))
            #expect(stream.audio == StreamDescription.Audio(sampleRate: 44_100, channelCount: 1))
        }
    }

    @Test(
        "gives pictures whose colours nobody declared those of their size",
        arguments: [
            (1_280, 720, [1, 1, 1]), (1_280, 536, [1, 1, 1]), (720, 576, [5, 6, 5]), (720, 480, [6, 6, 6]),
            (320, 240, [6, 6, 6]),
        ])
    func usualColours(width: Int, height: Int, codePoints: [Int32]) async throws {
        try await TestMedia.withFolder { folder in
            for format in ["yuv420p", "bgr0"] {
                try TestMedia.ffmpeg(
                    "-f lavfi -i color=red:s=\(width)x\(height):d=0.04 -pix_fmt \(format) -c:v ffv1 a.mkv", in: folder)
                let colour = try #require(try Demuxer(path: "\(folder)/a.mkv").bestStream(.video)?.video).colour
                #expect([colour.primaries, colour.transfer, colour.matrix] == codePoints)
                #expect(!colour.isWide)
            }
        }
    }

    @Test("says that a file does not exist")
    func missing() {
        let error = #expect(throws: FFmpegError.self) { _ = try Demuxer(path: "/nowhere/film.mp4") }
        #expect(error?.code == .notFound)
    }

    @Test("never traps on damaged files")
    func damage() async throws {
        let clip = [UInt8](try Data(contentsOf: URL(filePath: TestMedia.sampleClip)).prefix(60_000))
        try await TestMedia.withFolder { folder in
            var generator = SeededGenerator(seed: 7)
            for round in 0..<60 {
                var bytes = clip
                for _ in 0..<Int.random(in: 1...40, using: &generator) {
                    bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255, using: &generator)
                }
                let path = "\(folder)/\(round).mp4"
                try Data(bytes.prefix(Int.random(in: 1...bytes.count, using: &generator)))
                    .write(to: URL(filePath: path))
                guard let demuxer = try? Demuxer(path: path) else { continue }
                let packet = try Packet()
                var count = 0
                while count < 1_000, (try? demuxer.read(into: packet)) == true { count += 1 }
            }
        }
    }
}

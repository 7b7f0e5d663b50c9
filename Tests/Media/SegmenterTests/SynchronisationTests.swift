import FFmpeg
import Foundation
import ISOBMFF
import MediaTestSupport
import Presentation
import Segmenter
import Testing

@Suite("Sound and picture")
struct SynchronisationTests {
    struct Example: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var sampleRate: Int
        var channelCount = 2
        /// Seconds that the source's sound starts after its picture; negative for before.
        var delay: Double
        /// How the picture is coded in the source.
        var video = "mpeg4 -bf 0"
        /// How the sound is coded in the source.
        var codec: String
        var file: String
        /// Samples by which the container's rounding may be off.
        var tolerance = 0
    }

    static let examples = [
        Example(testDescription: "at once", sampleRate: 48_000, delay: 0, codec: "pcm_s16le", file: "a.mov"),
        Example(testDescription: "sound later", sampleRate: 44_100, delay: 0.5, codec: "pcm_s16le", file: "a.mkv"),
        Example(testDescription: "sound earlier", sampleRate: 48_000, delay: -0.6, codec: "pcm_s16le", file: "a.mov"),
        Example(
            testDescription: "six channels", sampleRate: 48_000, channelCount: 6, delay: 0.1, codec: "pcm_s16le",
            file: "a.mov"),
        Example(
            testDescription: "one channel", sampleRate: 32_000, channelCount: 1, delay: 0, codec: "flac", file: "a.mkv"),
        Example(testDescription: "AAC with its own delay", sampleRate: 48_000, delay: 0, codec: "aac", file: "a.mp4"),
        Example(
            testDescription: "a transport stream", sampleRate: 48_000, delay: 0.3, codec: "mp2", file: "a.ts",
            tolerance: 1),
        // Some of its pictures say when they are shown, others do not.
        Example(
            testDescription: "a program stream", sampleRate: 48_000, delay: 0, video: "mpeg2video -bf 2", codec: "mp2",
            file: "a.mpg", tolerance: 2),
        Example(
            testDescription: "AVI with B-pictures", sampleRate: 48_000, delay: 0, video: "mpeg4 -bf 2",
            codec: "pcm_s16le", file: "a.avi"),
        // The encoder's delay of 6.5 ms moves the picture to 7 ms.
        Example(
            testDescription: "Opus, rounded to milliseconds", sampleRate: 48_000, delay: -0.007, codec: "libopus",
            file: "a.mkv", tolerance: 48),
    ]

    @Test("line up to the sample", arguments: examples)
    func alignment(_ example: Example) async throws {
        try await TestMedia.withFolder { folder in
            let noise = TestMedia.noise(example.sampleRate * 5 / 2, seed: 1)
            try TestMedia.wave(noise, sampleRate: example.sampleRate, channelCount: example.channelCount)
                .write(to: URL(filePath: "\(folder)/noise.wav"))
            let (picture, sound) = (example.delay < -0.1 ? -example.delay : 0, max(example.delay, 0))
            try TestMedia.ffmpeg(
                "-itsoffset \(picture) -f lavfi -i testsrc2=s=64x48:r=25:d=3 -itsoffset \(sound) -i noise.wav "
                    + "-map 0 -map 1 -vsync passthrough -copyts -c:v \(example.video) -c:a \(example.codec) -b:a 256k \(example.file)",
                in: folder)
            // Where the container says that the streams start decides; muxers move them both.
            let result = try await Segmentation(of: "\(folder)/\(example.file)")
            let audio = try #require(result.plan.audio)
            #expect(audio.encoding.sampleRate == example.sampleRate)
            try result.write(audio.id, to: "\(folder)/out.mp4")
            let decoded = try decodedSound("\(folder)/out.mp4").dropFirst(audio.padding)
            // Earlier sound is kept: the first picture is shown from its start on.
            let delay = example.delay < -0.1 ? 0 : example.delay
            let lag = lag(of: Array(decoded), behind: noise.map(Float.init), around: delay, example.sampleRate)
            let wanted = Int((delay * Double(example.sampleRate)).rounded())
            // An edit list of the source can start the picture up to a frame later, which moves both.
            #expect(abs(lag - wanted) <= example.tolerance, "\(lag) instead of \(wanted)")
        }
    }

    @Test("stay together in what a transport stream joined")
    func join() async throws {
        try await TestMedia.withFolder { folder in
            // Sound ends 0.1 s before the picture, in the middle of one of its frames.
            let noise = TestMedia.noise(48_000 * 19 / 10, seed: 2)
            try TestMedia.wave(noise, sampleRate: 48_000, channelCount: 2)
                .write(to: URL(filePath: "\(folder)/noise.wav"))
            try TestMedia.ffmpeg(
                "-f lavfi -i testsrc2=s=64x48:r=25:d=2 -i noise.wav -c:v libx264 -preset ultrafast -bf 2 -c:a mp2 "
                    + "-b:a 256k a.ts", in: folder)
            let part = try Data(contentsOf: URL(filePath: "\(folder)/a.ts"))
            try (part + part + part).write(to: URL(filePath: "\(folder)/b.ts"))
            let result = try await Segmentation(of: "\(folder)/b.ts")
            let video = try #require(result.plan.video)
            #expect(result.plan.source.leaps.count == 2)
            #expect(video.timeline.isConstant && video.timeline.frameRate == Rational(25))
            #expect(video.timeline.starts.count == 150)
            #expect(try result.timings(video.tracks[0].id).reduce(0) { $0 + $1.sampleCount } == 150)
            let audio = try #require(result.plan.audio)
            try result.write(audio.id, to: "\(folder)/out.mp4")
            let decoded = Array(try decodedSound("\(folder)/out.mp4").dropFirst(audio.padding))
            for part in 0..<3 {
                let lag = lag(of: decoded, behind: noise.map(Float.init), around: Double(2 * part), 48_000, within: 800)
                // Frames of sound are joined where they miss their place by less than 15 ms.
                #expect(abs(lag - 2 * part * 48_000) <= 720, "\(lag)")
            }
        }
    }

    @Test("are kept where sound comes seconds before the first picture")
    func lead() async throws {
        try await TestMedia.withFolder { folder in
            try TestMedia.ffmpeg(
                "-itsoffset 3.5 -f lavfi -i testsrc2=s=64x48:r=25:d=2 -f lavfi -i sine=r=48000:d=5 -c:v mpeg4 "
                    + "-c:a pcm_s16le a.mkv", in: folder)
            let result = try await Segmentation(of: "\(folder)/a.mkv")
            let video = try #require(result.plan.video)
            #expect(result.plan.warnings.isEmpty)
            #expect(video.boundaries.map { video.timeline.seconds($0) } == [0, 2, 4, 5.52])
            let timings = try result.timings(video.tracks[0].id)
            // The first picture alone fills the first segment and starts the second.
            #expect(timings.map(\.sampleCount) == [1, 12, 38])
            #expect(timings.map { Int64($0.decodeTime) } == Array(video.boundaries.dropLast()))
            #expect(abs(Double(result.sound?.sampleCount ?? 0) / 48_000 - 5.02) < 0.03)
            let part = try await Segmentation(of: "\(folder)/a.mkv", isMissing: { $0.number == 1 })
            #expect(part.media(video.tracks[0].id) == Array(result.media(video.tracks[0].id).prefix(1)))
        }
    }

    /// The first channel of a file's sound.
    private func decodedSound(_ path: String) throws -> [Float] {
        let demuxer = try Demuxer(path: path)
        let stream = try #require(demuxer.bestStream(.audio))
        let decoder = try demuxer.makeDecoder(stream: stream.index, threads: 1)
        let packet = try Packet()
        var samples: [Float] = []
        var hasEnded = false
        while !hasEnded {
            hasEnded = try !demuxer.read(into: packet)
            try decoder.send(hasEnded ? nil : packet)
            while case .frame(let frame) = try decoder.receive() { samples += frame.firstChannel }
        }
        return samples
    }

    /// The shift, near what is expected, at which `sound` is most like `reference`.
    private func lag(
        of sound: [Float], behind reference: [Float], around delay: Double, _ sampleRate: Int, within reach: Int = 100
    ) -> Int {
        let centre = Int((delay * Double(sampleRate)).rounded())
        let from = sampleRate
        return (centre - reach...centre + reach).max { a, b in
            correlation(sound, reference, a, from) < correlation(sound, reference, b, from)
        } ?? .max
    }

    private func correlation(_ sound: [Float], _ reference: [Float], _ lag: Int, _ from: Int) -> Float {
        sound.withUnsafeBufferPointer { sound in
            reference.withUnsafeBufferPointer { reference in
                var sum: Float = 0
                for index in from..<from + 3_000 where index + lag >= 0 && index + lag < sound.count {
                    sum += sound[index + lag] * reference[index]
                }
                return sum
            }
        }
    }
}

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
                    + "-map 0 -map 1 -vsync passthrough -copyts -c:v mpeg4 -bf 0 -c:a \(example.codec) -b:a 256k \(example.file)",
                in: folder)
            // Where the container says that the streams start decides; muxers move them both.
            let result = try await Segmentation(of: "\(folder)/\(example.file)")
            let audio = try #require(result.plan.audio)
            #expect(audio.encoding.sampleRate == example.sampleRate)
            try result.write(audio.id, to: "\(folder)/out.mp4")
            let decoded = try decodedSound("\(folder)/out.mp4").dropFirst(audio.padding)
            let lag = lag(of: Array(decoded), behind: noise.map(Float.init), around: example.delay, example.sampleRate)
            let wanted = Int((example.delay * Double(example.sampleRate)).rounded())
            // An edit list of the source can start the picture up to a frame later, which moves both.
            #expect(abs(lag - wanted) <= example.tolerance, "\(lag) instead of \(wanted)")
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

    /// The shift, within 100 samples of what is expected, at which `sound` is most like `reference`.
    private func lag(of sound: [Float], behind reference: [Float], around delay: Double, _ sampleRate: Int) -> Int {
        let centre = Int((delay * Double(sampleRate)).rounded())
        let from = sampleRate
        return (centre - 100...centre + 100).max { a, b in
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

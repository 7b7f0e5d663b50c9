import FFmpeg
import Presentation
import Testing

@Suite("Encoding")
struct EncoderTests {
    private func encoding(preset: String = "ultrafast") -> VideoEncoding {
        VideoEncoding(
            width: 64, height: 48, sampleAspectRatio: Rational(1), timeBase: Rational(1, 25), frameRate: Rational(25),
            preset: preset, rateFactor: 30, bucketRate: 200_000, bucketSize: 200_000, bucketStart: 100_000,
            colour: ColourProperties())
    }

    private func packets(of encoder: Encoder, after send: Frame?) throws -> [(time: Int64?, size: Int, key: Bool)] {
        try encoder.send(send)
        let packet = try Packet()
        var packets: [(Int64?, Int, Bool)] = []
        while try encoder.receive(into: packet) {
            packets.append((packet.presentationTime, packet.size, packet.isKeyframe))
        }
        return packets
    }

    @Test("gives one packet a picture, and one keyframe in all", arguments: ["ultrafast", "veryfast"])
    func pictures(preset: String) throws {
        let encoder = try Encoder(video: encoding(preset: preset))
        #expect(!encoder.extradata.isEmpty)
        let scaler = try Scaler(width: 64, height: 48, orientation: .upright, colour: ColourProperties())
        let picture = try Frame(width: 128, height: 96, colour: ColourProperties())
        var all: [(time: Int64?, size: Int, key: Bool)] = []
        for index in 0..<40 {
            all += try packets(of: encoder, after: scaler.scale(picture).forEncoding(at: Int64(index)))
        }
        all += try packets(of: encoder, after: nil)
        #expect(all.compactMap(\.time).sorted() == (0..<40).map { Int64($0) })
        #expect(all.map(\.key) == [true] + Array(repeating: false, count: 39))
    }

    @Test("refuses an unknown preset in words")
    func preset() {
        let error = #expect(throws: FFmpegError.self) { _ = try Encoder(video: encoding(preset: "warp")) }
        #expect(error?.description.contains("libx264") ?? false)
    }

    @Test("codes sound in frames of 1,024 samples, one of them before the first")
    func sound() throws {
        let encoder = try Encoder(audio: AudioEncoding(sampleRate: 48_000, channelCount: 2, bitRate: 128_000))
        #expect(encoder.frameSize == 1_024)
        #expect(encoder.initialPadding == 1_024)
        let queue = try SampleQueue(sampleRate: 48_000, channelCount: 2)
        try queue.append(Frame(samples: 2_500, sampleRate: 48_000, channelCount: 2))
        var all: [(time: Int64?, size: Int, key: Bool)] = []
        var time: Int64 = 0
        while queue.count > 0 {
            let frame = try queue.take(1_024, at: time)
            time += Int64(frame.sampleCount)
            all += try packets(of: encoder, after: frame)
        }
        all += try packets(of: encoder, after: nil)
        #expect(all.compactMap(\.time) == [-1_024, 0, 1_024, 2_048])
    }

    @Test("resamples and mixes down without losing time")
    func resampling() throws {
        let source = try Frame(samples: 9_600, sampleRate: 96_000, channelCount: 6)
        let resampler = try Resampler(from: source, sampleRate: 48_000, channelCount: 2)
        var count = 0
        for frame in [source, source, nil] {
            guard let converted = try resampler.convert(frame) else { continue }
            #expect(converted.channelCount == 2 && converted.sampleRate == 48_000)
            count += converted.sampleCount
        }
        #expect(abs(count - 9_600) <= 1)
    }

    @Test("drops samples from a frame's start")
    func dropping() throws {
        let frame = try Frame(samples: 100, sampleRate: 48_000, channelCount: 2)
        frame.dropSamples(30)
        #expect(frame.sampleCount == 70)
        #expect(frame.hasSameSound(as: try Frame(silence: 5, like: frame)))
    }
}

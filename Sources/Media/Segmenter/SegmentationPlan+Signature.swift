internal import FFmpeg
internal import Presentation

extension SegmentationPlan {
    /// Every choice that shapes the bytes of the segments and of what is told of them, and whose code makes them, one line each; the source's
    /// content excepted. Equal signatures over equal content mean equal bytes.
    package func signature() throws -> [String] {
        var lines = ["segment duration \(options.segmentDuration)"]
        for track in video?.tracks ?? [] {
            let encoding = track.encoding
            lines.append(
                "\(track.id) \(encoding.width)x\(encoding.height) \(encoding.sampleAspectRatio) \(encoding.preset) "
                    + "crf \(encoding.rateFactor) bucket \(encoding.bucketRate) \(encoding.bucketSize) "
                    + "\(encoding.bucketStart)")
        }
        // Segments are the same with and without, but not what describes them.
        if let size = video?.measuredSize { lines.append("ssim \(size.width)x\(size.height)") }
        if let audio {
            let encoding = audio.encoding
            lines.append("\(audio.id) \(encoding.sampleRate) Hz \(encoding.channelCount) ch \(encoding.bitRate)")
        }
        lines += FFmpegVersion.libraries
        if video != nil { lines.append(try Self.x264Version()) }
        return lines
    }

    /// Name and build of x264, which it writes only into streams: into user data of the first picture.
    private static func x264Version() throws -> String {
        let encoding = VideoEncoding(
            width: 64, height: 64, sampleAspectRatio: Rational(1), timeBase: Rational(1, 25), frameRate: Rational(25),
            preset: "ultrafast", rateFactor: 51, bucketRate: 100_000, bucketSize: 100_000, bucketStart: 50_000,
            colour: ColourProperties())
        do throws(FFmpegError) {
            let encoder = try Encoder(video: encoding)
            let picture = try Frame(width: 64, height: 64, colour: encoding.colour)
            try encoder.send(picture.forEncoding(at: 0))
            try encoder.send(nil)
            let packet = try Packet()
            guard try encoder.receive(into: packet) else { return "x264" }
            let bytes = packet.withBytes { Array($0) }
            // "x264 - core 164 r3095 baee400 - H.264/MPEG-4 AVC codec - …"
            let mark = Array("x264 - core ".utf8)
            guard
                let start = bytes.indices.first(where: { bytes[$0...].starts(with: mark) }),
                let name = String(validating: bytes[start...].prefix(80).prefix { $0 >= 32 && $0 < 127 }, as: UTF8.self)
            else { return "x264" }
            return name.split(separator: " - ").prefix(2).joined(separator: " ")
        } catch {
            throw SegmenterError(encoding: error)
        }
    }
}

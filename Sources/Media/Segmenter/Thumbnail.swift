internal import FFmpeg
internal import Presentation

/// A small picture that stands for a video.
package struct Thumbnail: Sendable, Hashable {
    /// In samples, which are square; even.
    package let width: Int
    package let height: Int
    /// A JPEG file.
    package let jpeg: [UInt8]

    /// Where to look: shares of the video's length. Films begin in black.
    private static let places = [0.1, 0.3, 0.5]
    /// How many packets may pass before a picture comes.
    private static let patience = 600

    /// Looks at a few pictures of the video and takes the one with the most contrast; blocks.
    ///
    /// - Parameters:
    ///   - path: of a video file.
    ///   - longSide: of the thumbnail, in samples, 16 or more; smaller videos are not scaled up.
    /// - Returns: nil for a file without video.
    /// - Throws: ``SegmenterError`` for a file that cannot be read.
    package init?(of path: String, longSide: Int = 320) throws(SegmenterError) {
        do throws(FFmpegError) {
            let demuxer = try Demuxer(path: path)
            guard let stream = demuxer.bestStream(.video), let facts = stream.video, stream.isDecodable,
                facts.width > 0, facts.height > 0
            else { return nil }
            let size = Self.size(SourceGeometry(facts), longSide: longSide)
            // JFIF: BT.601's matrix and the full range.
            let colour = ColourProperties(primaries: 1, transfer: 6, matrix: 6, isFullRange: true)
            let scaler = try Scaler(
                width: size.width, height: size.height, orientation: facts.orientation ?? .upright, colour: colour)
            demuxer.select([stream.index])
            guard let jpeg = try Self.best(of: demuxer, stream, scaler) else { return nil }
            (width, height, self.jpeg) = (size.width, size.height, jpeg)
        } catch {
            throw SegmenterError(reading: error)
        }
    }

    /// The size on display, within a square.
    static func size(_ geometry: SourceGeometry, longSide: Int) -> (width: Int, height: Int) {
        let aspect = geometry.displayAspect
        let shown = (width: Double(geometry.height) * aspect, height: Double(geometry.height))
        let scale = min(1, Double(longSide) / max(shown.width, shown.height))
        func even(_ size: Double) -> Int { max(Int((size * scale / 2).rounded()) * 2, 2) }
        return (even(shown.width), even(shown.height))
    }

    private static func best(
        of demuxer: Demuxer, _ stream: StreamDescription, _ scaler: Scaler
    ) throws(FFmpegError) -> [UInt8]? {
        var best: (contrast: Double, jpeg: [UInt8])?
        let decoder = try demuxer.makeDecoder(stream: stream.index, threads: 1)
        let packet = try Packet()
        var start: Int64?
        for place in [0] + places {
            if place > 0 {
                guard let length = demuxer.declaredDuration, let start else { break }
                let ticks = (length * place / stream.timeBase.value).rounded()
                // What cannot be sought has shown its first picture.
                guard ticks < 1e18, (try? demuxer.seek(stream.index, to: start + Int64(ticks))) != nil else { break }
                decoder.flush()
            }
            guard let picture = try next(demuxer, decoder, packet, start: &start) else { continue }
            let scaled = try scaler.scale(picture)
            let contrast = Self.contrast(of: scaled)
            guard contrast > best?.contrast ?? -1 else { continue }
            let encoder = try Encoder(jpegOf: scaled.width, scaled.height, quantiser: 4)
            try encoder.send(scaled.forEncoding(at: 0))
            guard try encoder.receive(into: packet) else { continue }
            best = (contrast, packet.withBytes { Array($0) })
        }
        return best?.jpeg
    }

    /// The next picture that can be decoded.
    /// - Parameter start: set to the first packet's time.
    private static func next(
        _ demuxer: Demuxer, _ decoder: Decoder, _ packet: Packet, start: inout Int64?
    ) throws(FFmpegError) -> Frame? {
        for _ in 0..<patience {
            guard try demuxer.read(into: packet) else {
                try? decoder.send(nil)
                return try frame(decoder)
            }
            if start == nil { start = packet.presentationTime ?? packet.decodeTime ?? 0 }
            // Damaged packets are passed over.
            guard (try? decoder.send(packet)) != nil else { continue }
            if let frame = try? frame(decoder) { return frame }
        }
        return nil
    }

    private static func frame(_ decoder: Decoder) throws(FFmpegError) -> Frame? {
        if case .frame(let frame) = try decoder.receive() { frame } else { nil }
    }

    /// The standard deviation of the luma.
    private static func contrast(of picture: Frame) -> Double {
        let (width, height) = (picture.width, picture.height)
        return picture.withLuma { luma, stride in
            var (sum, squares) = (0, 0)
            for row in 0..<height {
                for column in 0..<width {
                    let sample = Int(luma[row * stride + column])
                    sum += sample
                    squares += sample * sample
                }
            }
            let count = Double(width * height)
            let mean = Double(sum) / count
            return max(0, Double(squares) / count - mean * mean).squareRoot()
        } ?? 0
    }
}

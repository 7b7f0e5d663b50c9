internal import FFmpeg

/// Measures how near the pictures of one coded segment come to its source: the mean over pictures of the luma's
/// ``StructuralSimilarity``.
///
/// The coded pictures are decoded as they leave the encoder. Both they and the source's are compared in the size of the
/// ladder's highest version, bicubically scaled to it, since that is what a viewer compares: in its own size every version
/// would look alike. Of the source only those pictures are kept that the encoder and decoder hold back themselves.
final class SegmentQualityMeter {
    private let decoder: Decoder
    private let name: String
    /// To the common size: the source's pictures, and those of this version.
    private let sourceScaler: Scaler
    private let versionScaler: LumaScaler
    private var similarity: StructuralSimilarity
    /// Pictures that have not come back from the decoder yet, in order of display.
    private var sources: [Frame] = []
    private var sum = 0.0
    private var count = 0

    /// A meter for what `encoder` makes of one segment of `track`.
    ///
    /// - Parameter size: in which pictures are compared.
    init(
        size: PictureSize, track: VideoTrackPlan, orientation: Orientation, encoder: Encoder, name: String
    ) throws(FFmpegError) {
        self.name = name
        decoder = try Decoder(of: encoder)
        sourceScaler = try Scaler(
            width: size.width, height: size.height, orientation: orientation, colour: track.encoding.colour)
        versionScaler = try LumaScaler(
            from: (track.rung.width, track.rung.height), to: (size.width, size.height))
        similarity = StructuralSimilarity(width: size.width, height: size.height)
    }

    /// Adds the next picture of the source that goes into the encoder, in order of display.
    func add(source: Frame) { sources.append(source) }

    /// Adds what came out of the encoder.
    func add(coded packet: Packet) throws {
        try decoder.send(packet)
        try compare()
    }

    /// The mean over all pictures, from −1 to 1, in steps of a millionth.
    func finish() throws -> Double {
        try decoder.send(nil)
        try compare()
        guard sources.isEmpty, count > 0 else { throw inconsistency("\(sources.count) pictures did not come back") }
        return (sum / Double(count) * 1e6).rounded() / 1e6
    }

    private func compare() throws {
        while case .frame(let decoded) = try decoder.receive() {
            guard !sources.isEmpty else { throw inconsistency("more pictures came back than went in") }
            let source = try sourceScaler.scale(sources.removeFirst())
            let version = try versionScaler.scale(decoded)
            let value = source.withLuma { samples, stride in
                version.withLuma {
                    similarity.mean(
                        of: StructuralSimilarity.Plane(samples: samples, stride: stride),
                        StructuralSimilarity.Plane(samples: $0, stride: $1))
                }
            }
            guard case let value?? = value else { throw inconsistency("its pictures cannot be compared") }
            sum += value
            count += 1
        }
    }

    private func inconsistency(_ what: String) -> SegmenterError {
        SegmenterError(.encoderFailure, "\(name), decoded to measure its quality: \(what)")
    }
}

/// Size of a picture, in samples.
package struct PictureSize: Sendable, Hashable {
    package var width: Int
    package var height: Int

    package init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }
}

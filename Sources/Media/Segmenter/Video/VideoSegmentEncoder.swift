internal import FFmpeg
internal import ISOBMFF

/// Encodes one segment of one version: scales its frames, codes them with an encoder of its own, wraps them up, and
/// measures their quality if the plan wants it.
///
/// The result depends on the frames and the plan alone, never on other segments or the thread.
final class VideoSegmentEncoder {
    private let track: VideoTrackPlan
    private let number: Int
    private let start: Int64
    private let end: Int64
    private let unit: Int64
    private let scaler: Scaler
    private let encoder: Encoder
    private let packet: Packet
    /// Nil where no quality is to be measured.
    private let meter: SegmentQualityMeter?
    private let isLast: Bool
    private let didCode: () throws -> Void
    /// The latest two scaled frames of a last segment, which the encoder has not got yet.
    private var held: [Frame] = []
    /// When each frame is shown, in ticks, ascending.
    private var shown: [Int64] = []
    /// Coded frames in decoding order: when shown, and their bytes.
    private var coded: [(shown: Int64, payload: [UInt8], isKeyframe: Bool)] = []

    /// - Parameters:
    ///   - segment: counted from 0.
    ///   - didCode: called after each coded frame; what it throws ends the work.
    /// - Throws: an encoder that cannot be opened, or whose parameter sets differ from the plan's.
    init(
        track: VideoTrackPlan, plan: VideoPlan, segment: Int, didCode: @escaping () throws -> Void = {}
    ) throws {
        self.track = track
        self.didCode = didCode
        number = segment + 1
        isLast = segment + 2 == plan.boundaries.count
        (start, end) = (plan.boundaries[segment], plan.boundaries[segment + 1])
        unit = plan.timeline.unit
        scaler = try Scaler(
            width: track.rung.width, height: track.rung.height, orientation: plan.orientation,
            colour: track.encoding.colour)
        encoder = try Encoder(video: track.encoding)
        packet = try Packet()
        meter = try plan.measuredSize.map { [encoder] size in
            try SegmentQualityMeter(
                size: size, track: track, orientation: plan.orientation, encoder: encoder,
                name: "segment \(segment + 1) of \(track.id)")
        }
        guard encoder.extradata == track.extradata else {
            throw SegmenterError(
                .encoderFailure, "segment \(number) of \(track.id): its parameter sets differ from the track's")
        }
    }

    /// Adds the next frame, shown from `tick` on; the first one from the segment's start on, whatever `tick` says.
    func encode(_ frame: Frame, at tick: Int64) throws {
        let tick = shown.isEmpty ? start : tick
        guard tick > shown.last ?? (start - 1), tick < end else { return }
        shown.append(tick)
        meter?.add(source: frame)
        held.append(try scaler.scale(frame).forEncoding(at: (tick - start) / unit))
        if held.count > (isLast ? 2 : 0) { try send(held.removeFirst()) }
    }

    private func send(_ frame: Frame?) throws {
        try encoder.send(frame)
        try drain()
    }

    private func drain() throws {
        while try encoder.receive(into: packet) {
            guard let time = packet.presentationTime else { throw inconsistency("a coded frame has no time") }
            let payload = AnnexB.sample(packet.withBytes { Array($0) })
            coded.append((start + time * unit, payload, packet.isKeyframe))
            try meter?.add(coded: packet)
            try didCode()
        }
    }

    /// Closes the segment.
    func finish() throws -> SegmentOutput {
        // The very last frame is to be the last one decoded, too: libavformat's DASH demuxer reads all versions side by
        // side in order of display, stops where the first ends, and would miss what others decode after that.
        if held.count == 2, shown.count > 2 { held[0].forbidBidirectionalPrediction() }
        for frame in held { try send(frame) }
        held = []
        try send(nil)
        guard coded.map(\.shown).sorted() == shown, coded.first?.shown == start else {
            throw inconsistency("\(shown.count) frames went in, \(coded.count) came out")
        }
        guard coded[0].isKeyframe else { throw inconsistency("it does not start with a keyframe") }
        // The i-th frame in decoding order is decoded when the i-th in display order is shown: the first one at the
        // segment's start, and frames that are shown before their turn get negative offsets.
        let samples = coded.indices.map { index in
            FragmentSample(
                size: coded[index].payload.count,
                duration: UInt32((index + 1 < shown.count ? shown[index + 1] : end) - shown[index]),
                compositionOffset: Int32(coded[index].shown - shown[index]), isSync: coded[index].isKeyframe)
        }
        let bytes = CMAFWriter(track: track.header).mediaSegment(
            number: UInt32(number), decodeTime: UInt64(start), samples: samples, payload: coded.map(\.payload))
        return SegmentOutput(
            key: SegmentKey(track: track.id, number: number), bytes: bytes, start: start, duration: end - start,
            ssim: try meter?.finish())
    }

    private func inconsistency(_ what: String) -> SegmenterError {
        SegmenterError(.encoderFailure, "segment \(number) of \(track.id): \(what)")
    }
}

internal import FFmpeg
internal import Presentation

/// Decodes the sound, lays it on the presentation's clock, and encodes it in one go from start to end.
struct AudioEncodingRun {
    private let plan: AudioPlan
    private let path: String
    private let leaps: [ClockLeap]
    private let progress: SegmentationProgress
    private let isCancelled: () -> Bool

    private let queue: SampleQueue
    private let encoder: Encoder
    private let packet: Packet
    private var segmenter: AudioSegmenter
    private var alignment: AudioAlignment?
    private var resampler: Resampler?
    /// The frame that the resampler was made for.
    private var model: Frame?
    private var origin: Int64?
    /// Samples that went into the encoder.
    private var encoded: Int64 = 0
    /// Packets and frames that made no sense; silence takes their place.
    private(set) var damagedFrames = 0

    /// Silence longer than this is not a gap but a wrong clock, in seconds.
    private static let longestSilence: Int64 = 3_600

    init(
        plan: AudioPlan, path: String, leaps: [ClockLeap], progress: SegmentationProgress,
        isCancelled: @escaping () -> Bool,
        deliver: @escaping (SegmentOutput) throws -> Void
    ) throws {
        self.plan = plan
        self.path = path
        self.leaps = leaps
        self.progress = progress
        self.isCancelled = isCancelled
        origin = plan.origin
        queue = try SampleQueue(sampleRate: plan.encoding.sampleRate, channelCount: plan.encoding.channelCount)
        encoder = try Encoder(audio: plan.encoding)
        packet = try Packet()
        segmenter = AudioSegmenter(plan: plan, deliver: deliver)
    }

    /// Does it all.
    mutating func run() throws -> AudioOutcome {
        let index = plan.stream.index
        let reader = try PacketReader(path: path, stream: index, leaps: leaps)
        let decoder = try reader.demuxer.makeDecoder(stream: index, threads: 1)
        let input = try Packet()
        var isDraining = false
        while !isDraining {
            if isCancelled() { throw CancellationError() }
            let hasPacket = try reader.readUsable(into: input)
            isDraining = !hasPacket
            do throws(FFmpegError) {
                try decoder.send(hasPacket ? input : nil)
            } catch {
                try note(error)
                continue
            }
            try receive(from: decoder)
        }
        try flushResampler()
        try encode(atEnd: true)
        try encoder.send(nil)
        try drain()
        guard encoded > 0 else { return AudioOutcome(segmentCount: 0, sampleCount: 0) }
        return try segmenter.finish(sampleCount: encoded)
    }

    private mutating func receive(from decoder: Decoder) throws {
        var failures = 0
        while failures < 1_000 {
            let output: Decoder.Output
            do throws(FFmpegError) {
                output = try decoder.receive()
            } catch {
                try note(error)
                failures += 1
                continue
            }
            guard case .frame(let frame) = output else { return }
            guard frame.sampleCount > 0, frame.sampleRate > 0, frame.channelCount > 0 else { continue }
            try add(frame)
        }
    }

    /// A packet or frame that cannot be used leaves a gap, which becomes silence.
    /// - Throws: what is no damage.
    private mutating func note(_ error: FFmpegError) throws {
        if error.isMachineFailure { throw SegmenterError(reading: error) }
        damagedFrames += 1
    }

    private mutating func add(_ frame: Frame) throws {
        if let model, !model.hasSameSound(as: frame) { try flushResampler() }
        if resampler == nil {
            do throws(FFmpegError) {
                resampler = try Resampler(
                    from: frame, sampleRate: plan.encoding.sampleRate, channelCount: plan.encoding.channelCount)
            } catch {
                return try note(error)
            }
            model = frame
            let produced = encoded + Int64(queue.count)
            let position = rescale(produced, by: Int64(frame.sampleRate), over: Int64(plan.encoding.sampleRate))
            alignment = AudioAlignment(
                continuingAt: produced > 0 ? position : nil, sampleRate: frame.sampleRate)
        }
        let start = position(of: frame)
        guard let correction = alignment?.place(frame.sampleCount, at: start) else { return }
        guard correction.silence <= Self.longestSilence * Int64(frame.sampleRate) else {
            throw SegmenterError(
                .unusableSource, "\(path): the sound's timestamps jump by more than an hour: rewrite it first")
        }
        var silence = correction.silence
        while silence > 0 {
            let count = Int(min(silence, Int64(frame.sampleRate)))
            try convert(Frame(silence: count, like: frame))
            silence -= Int64(count)
        }
        frame.dropSamples(correction.cut)
        if frame.sampleCount > 0 { try convert(frame) }
    }

    /// Where a frame's first sample belongs, in samples of its own rate from the presentation's start.
    private mutating func position(of frame: Frame) -> Int64? {
        guard let time = frame.soundTime else { return nil }
        let timeBase = plan.stream.timeBase
        if origin == nil { origin = time }
        let base = plan.origin == nil ? timeBase : plan.originTimeBase
        // time · timeBase − origin · base, over one denominator so that it is rounded once.
        let rate = Int128(frame.sampleRate)
        let denominator = Int128(timeBase.denominator) * Int128(base.denominator)
        let sound = Int128(time) * Int128(timeBase.numerator) * Int128(base.denominator)
        let zero = Int128(origin ?? 0) * Int128(base.numerator) * Int128(timeBase.denominator)
        let (product, overflow) = (sound - zero).multipliedReportingOverflow(by: rate)
        guard !overflow else { return nil }
        let half = product < 0 ? -denominator / 2 : denominator / 2
        return Int64(exactly: (product + half) / denominator).flatMap { position in
            guard position.magnitude < 1 << 48 else { return nil }
            let lead = rescale(
                Int64(plan.lead.numerator), by: Int64(frame.sampleRate), over: Int64(plan.lead.denominator))
            return position + (lead ?? 0)
        }
    }

    private mutating func convert(_ frame: Frame?) throws {
        let converted: Frame?
        do throws(FFmpegError) {
            converted = try resampler?.convert(frame)
        } catch {
            return try note(error)
        }
        if let converted { try queue.append(converted) }
        try encode(atEnd: false)
    }

    private mutating func flushResampler() throws {
        guard resampler != nil else { return }
        try convert(nil)
        (resampler, model) = (nil, nil)
    }

    /// Encodes whole frames, and at the end the rest.
    private mutating func encode(atEnd: Bool) throws {
        while queue.count >= plan.frameSize || (atEnd && queue.count > 0) {
            let frame = try queue.take(plan.frameSize, at: encoded)
            encoded += Int64(frame.sampleCount)
            progress.add(soundSeconds: Double(frame.sampleCount) / Double(plan.encoding.sampleRate))
            try encoder.send(frame)
            try drain()
        }
    }

    private mutating func drain() throws {
        while try encoder.receive(into: packet) { try segmenter.append(packet.withBytes { Array($0) }) }
    }
}

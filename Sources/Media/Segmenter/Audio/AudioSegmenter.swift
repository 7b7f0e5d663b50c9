internal import FFmpeg
internal import ISOBMFF

/// What became of the sound.
package struct AudioOutcome: Sendable, Hashable, Codable {
    /// Media segments made.
    package var segmentCount: Int
    /// Samples per channel from the presentation's start to the sound's end.
    package var sampleCount: Int64

    package init(segmentCount: Int, sampleCount: Int64) {
        self.segmentCount = segmentCount
        self.sampleCount = sampleCount
    }
}

/// Cuts coded sound into segments of whole frames.
struct AudioSegmenter {
    private let plan: AudioPlan
    private let writer: CMAFWriter
    private let deliver: (SegmentOutput) throws -> Void
    /// Coded frames that belong to no finished segment yet.
    private var waiting: [[UInt8]] = []
    /// Index of the first of them.
    private var first = 0
    private var number = 1

    init(plan: AudioPlan, deliver: @escaping (SegmentOutput) throws -> Void) {
        self.plan = plan
        self.deliver = deliver
        writer = CMAFWriter(track: plan.header)
    }

    /// Adds the next coded frame.
    mutating func append(_ payload: [UInt8]) throws {
        waiting.append(payload)
        let (end, needed) = plan.boundaries.end(ofSegment: number)
        // The last frame is always kept back: it may turn out to be the last of all, which is shorter.
        if first + waiting.count >= end + max(needed, 1), end > first {
            try cut(end - first, lastDuration: plan.frameSize)
        }
    }

    /// Closes the last segment.
    /// - Parameter sampleCount: of the sound before encoding; the last frame is cut so that the sum is right.
    mutating func finish(sampleCount: Int64) throws -> AudioOutcome {
        let total = sampleCount + Int64(plan.padding)
        let frames = Int((total + Int64(plan.frameSize) - 1) / Int64(plan.frameSize))
        let excess = first + waiting.count - frames
        if excess > 0 { waiting.removeLast(min(excess, waiting.count)) }
        if !waiting.isEmpty {
            let rest = total - Int64(first + waiting.count - 1) * Int64(plan.frameSize)
            try cut(waiting.count, lastDuration: Int(max(min(rest, Int64(plan.frameSize)), 1)))
        }
        return AudioOutcome(segmentCount: number - 1, sampleCount: sampleCount)
    }

    private mutating func cut(_ count: Int, lastDuration: Int) throws {
        let payload = Array(waiting.prefix(count))
        let samples = payload.indices.map { index in
            FragmentSample(
                size: payload[index].count, duration: UInt32(index + 1 < count ? plan.frameSize : lastDuration),
                isSync: true)
        }
        let decodeTime = Int64(first) * Int64(plan.frameSize)
        let end = decodeTime + Int64(count - 1) * Int64(plan.frameSize) + Int64(lastDuration) - Int64(plan.padding)
        let start = max(decodeTime - Int64(plan.padding), 0)
        let bytes = writer.mediaSegment(
            number: UInt32(number), decodeTime: UInt64(decodeTime), samples: samples, payload: payload)
        waiting.removeFirst(count)
        first += count
        try deliver(
            SegmentOutput(
                key: SegmentKey(track: plan.id, number: number), bytes: bytes, start: start, duration: end - start))
        number += 1
    }
}

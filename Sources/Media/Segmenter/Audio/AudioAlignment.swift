/// Lays decoded sound end to end on the presentation's clock: gaps become silence, what comes too early is cut.
///
/// Containers round times, so that a frame may seem to start a little before or after the end of the one before it.
/// Within the tolerance frames are simply joined; only a lost frame (20 ms and more) counts as a gap.
struct AudioAlignment: Sendable, Hashable {
    /// What to do before a frame is used.
    struct Correction: Sendable, Hashable {
        /// Samples of silence to put before the frame.
        var silence: Int64 = 0
        /// Samples to cut from the frame's start.
        var cut: Int = 0
    }

    /// Where the next sample belongs, from the presentation's start; negative while everything is cut.
    private(set) var position: Int64
    private let tolerance: Int64
    /// Whether no frame has said yet where the sound starts.
    private var isFirst: Bool

    /// - Parameters:
    ///   - position: where the sound continues, if some went before; nil for its start.
    ///   - sampleRate: samples per second of the frames to come.
    init(continuingAt position: Int64? = nil, sampleRate: Int) {
        self.position = position ?? 0
        isFirst = position == nil
        tolerance = Int64(sampleRate) * 15 / 1_000
    }

    /// Places a frame of `count` samples whose time says `start`, in samples from the presentation's start; nil where
    /// it has no time.
    mutating func place(_ count: Int, at start: Int64?) -> Correction {
        var correction = Correction()
        // The first frame's time counts to the sample; from there on frames are joined.
        let distance = (start ?? position) - position
        if isFirst || distance.magnitude > tolerance {
            if distance > 0 {
                correction.silence = position < 0 ? max(position + distance, 0) : distance
                position += distance
            } else if isFirst {
                position += distance
            } else {
                correction.cut = Int(min(-distance, Int64(count)))
            }
        }
        isFirst = false
        // What lies before the presentation's start is cut.
        let early = Int(min(max(-(position), 0), Int64(count - correction.cut)))
        position += Int64(count - correction.cut)
        correction.cut += early
        return correction
    }
}

package import Presentation

/// When each frame of a video is shown: exact ticks, counted from where the presentation starts.
///
/// Containers round times to their own clock (Matroska: 1 ms). Where all times fit a constant frame rate, they are put
/// back onto its grid: 25 frames per second become 512 ticks of 1/12,800 s each, 30,000/1,001 become 1,001 ticks of
/// 1/30,000 s. A frame missing from the grid leaves the one before it on display for longer. Otherwise the container's
/// own times are kept.
package struct VideoTimeline: Sendable, Hashable {
    /// Ticks per second.
    package let timescale: UInt32
    /// Ticks from one frame to the next on the grid; 1 where the rate varies.
    package let unit: Int64
    /// Whether the frames lie on the grid of a constant rate.
    package let isConstant: Bool
    /// Frames per second; the average where the rate varies.
    package let frameRate: Rational
    /// When each frame starts, in ascending order from 0.
    package private(set) var starts: [Int64]
    /// When the last frame ends, in ticks.
    package private(set) var duration: Int64
    /// The first frame's time by the container's clock.
    package let origin: Int64
    /// The same time here, in ticks: 0, unless the frame is shown from earlier on.
    package private(set) var firstFrame: Int64 = 0
    /// Seconds per tick of the container's clock.
    package let sourceTimeBase: Rational

    /// Frame rates that are tried besides the container's own, in frames per second.
    private static let commonRates: [Rational] = [
        Rational(24_000, 1_001), Rational(24), Rational(25), Rational(30_000, 1_001), Rational(30), Rational(48),
        Rational(50), Rational(60_000, 1_001), Rational(60), Rational(10), Rational(12), Rational(15),
        Rational(120_000, 1_001), Rational(120),
    ]

    /// A timeline from the frames' times by the container's clock.
    /// - Parameters:
    ///   - timestamps: ascending, without repetition, at least one.
    ///   - lastDuration: how long the last frame is shown; nil where the container does not say.
    ///   - candidates: frame rates that the container states.
    ///   - tolerance: ticks of the container's clock by which times may miss the grid: the rounding of the first and of
    ///     the time itself, one together, unless more was rounded.
    /// - Throws: times so far apart that no file format can hold them.
    package init(
        timestamps: [Int64], lastDuration: Int64?, timeBase: Rational, candidates: [Rational], tolerance: Int64 = 1
    ) throws(SegmenterError) {
        precondition(!timestamps.isEmpty, "a timeline needs a frame")
        origin = timestamps[0]
        sourceTimeBase = timeBase
        // Where a container says 29.97, 30,000/1,001 is meant.
        let meant = candidates.compactMap { stated in
            Self.commonRates.first { abs($0.value / stated.value - 1) < 1e-4 }
        }
        let plausible = (meant + candidates + Self.commonRates).filter { $0.value >= 0.1 && $0.value <= 300 }
        for rate in plausible {
            guard let grid = Self.grid(timestamps, timeBase, rate, tolerance), grid[grid.count - 1] < 1 << 40 else {
                continue
            }
            let clock = Self.clock(for: rate)
            (timescale, unit) = clock
            isConstant = true
            starts = grid.map { $0 * clock.unit }
            duration = (grid[grid.count - 1] + 1) * clock.unit
            // A grid with many holes shows fewer frames than its rate says.
            let steps = Int(grid[grid.count - 1]) + 1
            frameRate =
                grid.count * 20 > steps * 19
                ? rate : Self.average(frames: grid.count, ticks: duration, timescale: timescale)
            return
        }
        let clock = timeBase.denominator
        let fine = Rational(timeBase.numerator == 1 && clock >= 1_000 && clock <= 1_000_000 ? clock : 90_000)
        timescale = UInt32(fine.numerator)
        unit = 1
        isConstant = false
        var ticks: [Int64] = []
        ticks.reserveCapacity(timestamps.count)
        for timestamp in timestamps {
            guard let tick = Self.ticks(timestamp, origin, timeBase, fine),
                tick - (ticks.last ?? 0) <= Int64(Int32.max)
            else {
                throw SegmenterError(
                    .unusableSource, "the video's timestamps jump too far: rewrite it first (ffmpeg -i IN -c copy OUT)")
            }
            if let last = ticks.last, tick <= last { continue }
            ticks.append(tick)
        }
        starts = ticks
        let average = ticks.count > 1 ? ticks[ticks.count - 1] / Int64(ticks.count - 1) : Int64(timescale) / 25
        let last = lastDuration.flatMap { Self.ticks($0, 0, timeBase, fine) } ?? 0
        duration = ticks[ticks.count - 1] + (last > 0 && last <= Int64(Int32.max) ? last : max(average, 1))
        frameRate = Self.average(frames: ticks.count, ticks: duration, timescale: timescale)
    }

    /// The same frames behind `seconds` more, rounded up to whole frames, which the first one fills: ``starts`` has a
    /// place for each of them, so that segments begin there as elsewhere.
    /// - Precondition: `seconds` is from 0 to a million.
    package func preceded(by seconds: Double) -> VideoTimeline {
        precondition((0...1e6).contains(seconds), "a picture cannot stand still for that long")
        let step = isConstant ? unit : max(duration / Int64(starts.count), 1)
        let count = Int64((seconds * Double(timescale) / Double(step)).rounded(.up))
        let lead = count * step
        var timeline = self
        timeline.starts = (0..<count).map { $0 * step } + starts.map { $0 + lead }
        timeline.duration += lead
        timeline.firstFrame += lead
        return timeline
    }

    /// The frame's place on this timeline; nil for a time that no frame can have.
    package func ticks(ofSourceTime time: Int64) -> Int64? {
        let rate = isConstant ? Rational(Int(timescale), Int(unit)) : Rational(Int(timescale))
        return Self.ticks(time, origin, sourceTimeBase, rate).map { $0 * unit + firstFrame }
    }

    /// Index of the first frame that starts at `tick` or later.
    package func index(ofFirstFrameAt tick: Int64) -> Int {
        var (low, high) = (0, starts.count)
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] < tick { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Seconds of the container's clock at which this timeline starts.
    package var start: Double { Double(origin) * sourceTimeBase.value - seconds(firstFrame) }

    /// Seconds that `ticks` last.
    package func seconds(_ ticks: Int64) -> Double { Double(ticks) / Double(timescale) }

    /// `time` − `origin` in steps of 1/`rate` seconds, rounded; nil beyond ±2^40 steps.
    private static func ticks(_ time: Int64, _ origin: Int64, _ timeBase: Rational, _ rate: Rational) -> Int64? {
        let (distance, overflow) = time.subtractingReportingOverflow(origin)
        guard !overflow, let step = timeBase.multiplied(by: rate),
            let result = rescale(distance, by: Int64(step.numerator), over: Int64(step.denominator)),
            result.magnitude < 1 << 40
        else { return nil }
        return result
    }

    /// The frames' places on the grid of `rate`; nil when they do not fit it. The container's clock must be fine enough
    /// to tell them apart, or tick once a frame, as AVI's does.
    private static func grid(
        _ timestamps: [Int64], _ timeBase: Rational, _ rate: Rational, _ tolerance: Int64
    ) -> [Int64]? {
        guard let step = timeBase.multiplied(by: rate), step.value < 0.5 || step == Rational(1) else { return nil }
        var grid: [Int64] = []
        grid.reserveCapacity(timestamps.count)
        for timestamp in timestamps {
            let (distance, overflow) = timestamp.subtractingReportingOverflow(timestamps[0])
            guard !overflow,
                let place = rescale(distance, by: Int64(step.numerator), over: Int64(step.denominator)),
                let ideal = rescale(place, by: Int64(step.denominator), over: Int64(step.numerator)),
                (distance - ideal).magnitude <= tolerance, place > (grid.last ?? -1)
            else { return nil }
            grid.append(place)
        }
        // A grid that is mostly holes is a coincidence of a fine one with varying times.
        return grid.count >= Int(grid[grid.count - 1]) / 2 ? grid : nil
    }

    /// Ticks per second and per frame for a constant rate: as MP4 files usually have them, at least 10,000 a second.
    private static func clock(for rate: Rational) -> (timescale: UInt32, unit: Int64) {
        var (timescale, unit) = (rate.numerator, rate.denominator)
        while timescale < 10_000 { (timescale, unit) = (timescale * 2, unit * 2) }
        return (UInt32(clamping: timescale), Int64(unit))
    }

    private static func average(frames: Int, ticks: Int64, timescale: UInt32) -> Rational {
        let exact = Rational(frames, Int(max(ticks, 1))).multiplied(by: Rational(Int(timescale))) ?? Rational(25)
        return exact.approximated(limit: 1_000_000)
    }
}

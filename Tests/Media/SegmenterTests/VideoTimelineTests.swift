import Presentation
import Segmenter
import TestSupport
import Testing

@Suite("A video's timeline")
struct VideoTimelineTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var timestamps: [Int64]
        var timeBase: Rational
        var candidates: [Rational] = []
        var timescale: UInt32
        var unit: Int64
        var frameRate: Rational
        var duration: Int64
    }

    static let cases = [
        Case(
            testDescription: "25 frames/s by a clock that fits", timestamps: (0..<50).map { $0 * 512 + 90 },
            timeBase: Rational(1, 12_800), candidates: [Rational(25)], timescale: 12_800, unit: 512,
            frameRate: Rational(25), duration: 25_600),
        Case(
            testDescription: "NTSC, rounded to milliseconds by Matroska",
            timestamps: (0..<3_000).map { Int64((Double($0) * 1_001_000 / 30_000).rounded()) + 67 },
            timeBase: Rational(1, 1_000), candidates: [Rational(2_997, 100)], timescale: 30_000, unit: 1_001,
            frameRate: Rational(30_000, 1_001), duration: 3_000 * 1_001),
        Case(
            testDescription: "24 frames/s is not 23.976",
            timestamps: (0..<3_000).map { Int64((Double($0) * 1_000 / 24).rounded()) }, timeBase: Rational(1, 1_000),
            timescale: 12_288, unit: 512, frameRate: Rational(24), duration: 3_000 * 512),
        Case(
            testDescription: "60 frames/s in a transport stream", timestamps: (0..<120).map { $0 * 1_500 + 126_000 },
            timeBase: Rational(1, 90_000), timescale: 15_360, unit: 256, frameRate: Rational(60), duration: 120 * 256),
        Case(
            testDescription: "a grid with a hole", timestamps: [0, 40, 80, 200, 240], timeBase: Rational(1, 1_000),
            candidates: [Rational(25)], timescale: 12_800, unit: 512, frameRate: Rational(125, 7), duration: 7 * 512),
        Case(
            testDescription: "a grid with one hole in fifty",
            timestamps: (0..<50).filter { $0 != 20 }.map { $0 * 40 }, timeBase: Rational(1, 1_000),
            candidates: [Rational(25)], timescale: 12_800, unit: 512, frameRate: Rational(25), duration: 50 * 512),
        Case(
            testDescription: "a clock that ticks once a frame", timestamps: [0, 1, 2, 3, 5, 6],
            timeBase: Rational(1_001, 30_000), candidates: [Rational(30_000, 1_001)], timescale: 30_000, unit: 1_001,
            frameRate: Rational(180_000, 7_007), duration: 7 * 1_001),
        Case(
            testDescription: "a varying rate keeps the container's clock", timestamps: [0, 17, 59, 111, 234, 251],
            timeBase: Rational(1, 1_000), timescale: 1_000, unit: 1, frameRate: Rational(6_000, 301), duration: 301),
        Case(
            testDescription: "a single frame", timestamps: [1_234], timeBase: Rational(1, 1_000),
            candidates: [Rational(25)], timescale: 12_800, unit: 512, frameRate: Rational(25), duration: 512),
    ]

    @Test("is exact", arguments: cases)
    func exactness(_ example: Case) throws {
        let timeline = try VideoTimeline(
            timestamps: example.timestamps, lastDuration: nil, timeBase: example.timeBase,
            candidates: example.candidates)
        #expect(timeline.timescale == example.timescale)
        #expect(timeline.unit == example.unit)
        #expect(timeline.frameRate == example.frameRate)
        #expect(timeline.duration == example.duration)
        #expect(timeline.starts.first == 0)
        #expect(timeline.starts.count == example.timestamps.count)
        #expect(example.timestamps.compactMap { timeline.ticks(ofSourceTime: $0) } == timeline.starts)
    }

    @Test("starts earlier with a first frame that is shown for longer")
    func lead() throws {
        let timeline = try VideoTimeline(
            timestamps: [100, 140, 180], lastDuration: nil, timeBase: Rational(1, 1_000), candidates: [Rational(25)])
        let earlier = timeline.preceded(by: 0.09)
        #expect(earlier.firstFrame == 3 * 512)
        #expect(earlier.starts == (0..<6).map { $0 * 512 })
        #expect(earlier.duration == 6 * 512)
        #expect(abs(earlier.start - -0.02) < 1e-9)
        #expect(earlier.ticks(ofSourceTime: 140) == 2_048)
        let varying = try VideoTimeline(
            timestamps: [0, 17, 59, 111], lastDuration: 20, timeBase: Rational(1, 1_000), candidates: [])
        let later = varying.preceded(by: 1)
        #expect(later.firstFrame >= 1_000 && later.firstFrame < 1_100)
        #expect(later.ticks(ofSourceTime: 59) == later.firstFrame + 59)
        #expect(later.starts.suffix(4).map { $0 - later.firstFrame } == [0, 17, 59, 111])
    }

    @Test("refuses times that no file can hold")
    func hugeGaps() {
        for timestamps: [Int64] in [[0, .max], [.min, .max], [0, 1 << 50], [.min, 0, 1]] {
            let error = #expect(throws: SegmenterError.self) {
                _ = try VideoTimeline(
                    timestamps: timestamps, lastDuration: nil, timeBase: Rational(1, 90_000), candidates: [])
            }
            #expect(error?.code == .unusableSource)
        }
    }

    @Test("never traps, and ascends, whatever the times")
    func anything() {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<2_000 {
            let scale = Int64(1) << Int64.random(in: 0...62, using: &generator)
            let count = Int.random(in: 1...20, using: &generator)
            var timestamps: [Int64] = []
            for time in (0..<count).map({ _ in Int64.random(in: -scale...scale, using: &generator) }).sorted()
            where time != timestamps.last {
                timestamps.append(time)
            }
            let timeBase = Rational(
                .random(in: 1...2_000, using: &generator), .random(in: 1...2_000_000_000, using: &generator))
            guard
                let timeline = try? VideoTimeline(
                    timestamps: timestamps, lastDuration: .random(in: .min ... .max, using: &generator),
                    timeBase: timeBase, candidates: [Rational(.random(in: 1...100_000, using: &generator), 1_001)])
            else { continue }
            #expect(timeline.starts.first == 0)
            #expect(zip(timeline.starts, timeline.starts.dropFirst()).allSatisfy { $0 < $1 })
            #expect(timeline.duration > timeline.starts.last ?? 0)
            _ = timeline.ticks(ofSourceTime: .random(in: .min ... .max, using: &generator))
        }
    }
}

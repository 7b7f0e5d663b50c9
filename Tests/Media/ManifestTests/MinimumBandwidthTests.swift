import Manifest
import TestSupport
import Testing

struct MinimumBandwidthTests {
    typealias Segments = [(bytes: Int, seconds: Double)]

    /// The definition itself: every run of segments must be there when its last one is to be played.
    private func suffices(_ rate: Double, _ segments: Segments, _ minBufferTime: Double) -> Bool {
        for first in segments.indices {
            var (bits, time) = (0.0, minBufferTime)
            for segment in segments[first...] {
                bits += Double(segment.bytes) * 8
                if bits > rate * time * (1 + 1e-9) { return false }
                time += segment.seconds
            }
        }
        return true
    }

    @Test(
        "by hand",
        arguments: [
            ([(1000, 2.0)], 2.0, 4000), ([(1000, 2.0), (1000, 2.0)], 2.0, 4000), ([(1000, 2.0)], 4.0, 2000),
            // 1000 bytes, then 4000 within 2 + 2 s after the start, or within 2 s when the client starts with them.
            ([(1000, 2.0), (4000, 2.0)], 2.0, 16_000), ([(3000, 2.0), (4000, 2.0)], 4.0, 9334),
            ([], 2.0, 1), ([(0, 2.0)], 2.0, 1), ([(1, 2.0)], 3.0, 3),
        ] as [(Segments, Double, Int)])
    func byHand(_ segments: Segments, _ minBufferTime: Double, _ expected: Int) {
        #expect(minimumBandwidth(segments: segments, minBufferTime: minBufferTime) == expected)
    }

    @Test("is enough, and one bit a second less is not")
    func bandwidthRandomised() {
        var generator = SeededGenerator(seed: 23_009)
        for _ in 0..<fuzzRounds(default: 400) {
            let segments: Segments = (0..<Int.random(in: 1...60, using: &generator)).map { _ in
                (
                    Int.random(in: 0...2_000_000, using: &generator),
                    Double(Int.random(in: 1...300, using: &generator)) * 1001 / 30_000
                )
            }
            let minBufferTime = Double.random(in: 0.1...20, using: &generator)
            let rate = minimumBandwidth(segments: segments, minBufferTime: minBufferTime)
            #expect(suffices(Double(rate), segments, minBufferTime))
            let less = Double(rate) * (1 - 2e-9) - 1  // beyond the tolerance for rounding
            #expect(rate == 1 || !suffices(less, segments, minBufferTime))
        }
    }

    @Test("a day of segments")
    func long() {
        var generator = SeededGenerator(seed: 86_400)
        let segments: Segments = (0..<43_200).map { _ in (Int.random(in: 100_000...900_000, using: &generator), 2) }
        let rate = minimumBandwidth(segments: segments, minBufferTime: 4)
        #expect(rate > 2_000_000 && rate < 3_600_000)
    }
}

package import Presentation

/// The versions in which a video is offered.
package struct Ladder: Sendable, Hashable {
    /// Ascending by size, at least one, no two of the same name.
    package let rungs: [Rung]

    /// Standard numbers of lines.
    private static let standardLines = [240, 360, 480, 720, 1080, 1440, 2160]

    /// The ladder for a source: its own size on top (at most about 2,160 lines), below it every standard size that is
    /// smaller by a fifth or more. A source below 240 lines has one rung.
    package init(for source: SourceGeometry, frameRate: Rational) {
        let own = SourceGeometry.even(source.shortSide)
        let top = own > 2_700 ? 2_160 : own
        let lines = Self.standardLines.filter { $0 * 5 <= top * 4 } + [top]
        rungs = lines.map { lines in
            var rung = source.rung(lines: lines, maximumBitRate: 0)
            rung.maximumBitRate = Self.maximumBitRate(width: rung.width, height: rung.height, frameRate: frameRate)
            return rung
        }
    }

    /// A ladder as its user wants it.
    /// - Throws: ``SegmenterError/Code/invalidLadder`` when rungs repeat a number of lines.
    package init(rungs: [Rung]) throws(SegmenterError) {
        guard !rungs.isEmpty else { throw SegmenterError(.invalidLadder, "the ladder has no rung") }
        let sorted = rungs.sorted { ($0.lines, $0.maximumBitRate) < ($1.lines, $1.maximumBitRate) }
        for (lower, upper) in zip(sorted, sorted.dropFirst()) where lower.lines == upper.lines {
            throw SegmenterError(
                .invalidLadder, "two rungs of the ladder have \(upper.lines) lines: each needs its own size")
        }
        self.rungs = sorted
    }

    /// Pixels of a frame and the bit rate they may take at up to 30 frames per second, for x264's fast presets.
    private static let rates: [(pixels: Double, bitRate: Double)] = [
        (426 * 240, 350_000), (640 * 360, 700_000), (854 * 480, 1_200_000), (1_280 * 720, 2_800_000),
        (1_920 * 1_080, 5_000_000), (2_560 * 1_440, 9_000_000), (3_840 * 2_160, 16_000_000),
    ]

    /// The most that a rung of a size should weigh, in bits per second, in steps of 10,000: interpolated in
    /// ``rates``, beyond them in proportion, and half as much again at 60 frames per second.
    static func maximumBitRate(width: Int, height: Int, frameRate: Rational) -> Int {
        let pixels = Double(width * height)
        let speed = 1 + max(frameRate.value.clamped(to: 0...240) - 30, 0) / 60
        var rate = rates[0].bitRate * pixels / rates[0].pixels
        if pixels > rates[0].pixels {
            let upper = rates.dropFirst().firstIndex { pixels <= $0.pixels }
            if let upper {
                let (a, b) = (rates[upper - 1], rates[upper])
                rate = a.bitRate + (b.bitRate - a.bitRate) * (pixels - a.pixels) / (b.pixels - a.pixels)
            } else {
                rate = rates[rates.count - 1].bitRate * pixels / rates[rates.count - 1].pixels
            }
        }
        return max(Int((rate * speed / 10_000).rounded()) * 10_000, 50_000)
    }
}

extension Comparable {
    func clamped(to range: ClosedRange<Self>) -> Self { min(max(self, range.lowerBound), range.upperBound) }
}

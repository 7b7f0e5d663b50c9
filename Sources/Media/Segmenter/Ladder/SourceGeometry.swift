package import FFmpeg
package import Presentation

/// A source's picture as it is to be shown: turned the right way up.
package struct SourceGeometry: Sendable, Hashable {
    /// Size in samples, any parity.
    package let width: Int
    package let height: Int
    package let sampleAspectRatio: Rational

    package init(width: Int, height: Int, sampleAspectRatio: Rational = Rational(1)) {
        self.width = width
        self.height = height
        self.sampleAspectRatio = sampleAspectRatio
    }

    package init(_ video: StreamDescription.Video) {
        let ratio = video.sampleAspectRatio
        if video.orientation?.transposes ?? false {
            self.init(
                width: video.height, height: video.width,
                sampleAspectRatio: Rational(ratio.denominator, ratio.numerator))
        } else {
            self.init(width: video.width, height: video.height, sampleAspectRatio: ratio)
        }
    }

    /// Sizes that an H.264 encoder and a player can be expected to handle.
    package static let sizes = 2...16_384

    /// Lines of a landscape picture, columns of a portrait one.
    var shortSide: Int { min(width, height) }

    /// Width over height of the picture on display.
    var displayAspect: Double { Double(width) / Double(height) * sampleAspectRatio.value }

    /// A rung of this picture whose short side has `lines` samples, an even number not above ``shortSide``.
    ///
    /// Samples become square unless that took more of them along the long side than the source has. What rounding to
    /// even numbers does to the shape, the sample aspect ratio undoes.
    func rung(lines: Int, maximumBitRate: Int) -> Rung {
        var size: (width: Int, height: Int)
        if lines >= Self.even(shortSide) {
            size = (Self.even(width), Self.even(height))
        } else if width >= height {
            let square = Double(lines) * displayAspect
            size = (min(Self.nearestEven(square), Self.even(width)), lines)
        } else {
            let square = Double(lines) / displayAspect
            size = (lines, min(Self.nearestEven(square), Self.even(height)))
        }
        return rung(width: size.width, height: size.height, maximumBitRate: maximumBitRate)
    }

    /// A rung of exactly this size.
    func rung(width: Int, height: Int, maximumBitRate: Int) -> Rung {
        // Display aspect of the source over that of the samples: (W·s/H) ÷ (w/h).
        let shape = Rational(self.width * height, self.height * width)
        let ratio = sampleAspectRatio.multiplied(by: shape) ?? sampleAspectRatio
        return Rung(
            width: width, height: height, sampleAspectRatio: ratio.approximated(limit: 65_535),
            maximumBitRate: maximumBitRate)
    }

    /// The greatest even number not above `size`, at least 2: a source is never scaled up.
    static func even(_ size: Int) -> Int { max(size & ~1, 2) }

    private static func nearestEven(_ size: Double) -> Int { max(Int((size / 2).rounded()) * 2, 2) }
}

package import Presentation

/// One version of the video in a ladder: a size and the most it may weigh.
package struct Rung: Sendable, Hashable {
    /// Size in samples; even.
    package var width: Int
    package var height: Int
    /// Width of a sample over its height; both terms below 65,536, as H.264 and `pasp` can say it.
    package var sampleAspectRatio: Rational
    /// No segment's mean rate is above this, in bits per second.
    package var maximumBitRate: Int

    package init(width: Int, height: Int, sampleAspectRatio: Rational, maximumBitRate: Int) {
        self.width = width
        self.height = height
        self.sampleAspectRatio = sampleAspectRatio
        self.maximumBitRate = maximumBitRate
    }

    /// The number by which people know the size: lines of a landscape picture, columns of a portrait one.
    package var lines: Int { min(width, height) }
}

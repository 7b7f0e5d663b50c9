package import Presentation

/// What shapes the bytes of the segments, besides the source.
package struct SegmentationOptions: Sendable, Hashable {
    /// Where the ladder comes from.
    package enum LadderChoice: Sendable, Hashable {
        /// Chosen by the source's size.
        case automatic
        case document(LadderDocument)
    }

    /// In seconds, within ``segmentDurations``.
    package var segmentDuration: Rational
    /// x264's preset, one of ``presets``.
    package var preset: String
    /// x264's constant rate factor, 0 to 51.
    package var rateFactor: Double
    package var ladder: LadderChoice
    /// What is measured of every video segment; nil for nothing.
    package var quality: QualityMeasure?

    package init(
        segmentDuration: Rational = Rational(2), preset: String = "veryfast", rateFactor: Double = 23,
        ladder: LadderChoice = .automatic, quality: QualityMeasure? = nil
    ) {
        self.segmentDuration = segmentDuration
        self.preset = preset
        self.rateFactor = rateFactor
        self.ladder = ladder
        self.quality = quality
    }

    /// x264's presets from fastest to smallest.
    package static let presets = [
        "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", "placebo",
    ]

    /// Shorter segments cost bits, longer ones delay adaptation. In seconds.
    package static let segmentDurations = 0.5...30.0

    /// - Throws: ``SegmenterError/Code/invalidOption`` for what no source can be segmented with.
    package func validate() throws(SegmenterError) {
        guard Self.presets.contains(preset) else {
            throw SegmenterError(
                .invalidOption, "unknown preset \"\(preset)\"; x264 has \(Self.presets.joined(separator: ", "))")
        }
        guard Self.segmentDurations.contains(segmentDuration.value) else {
            throw SegmenterError(
                .invalidOption, "segments must last from 0.5 s to 30 s, not \(segmentDuration.value) s")
        }
        guard (0...51).contains(rateFactor) else {
            throw SegmenterError(.invalidOption, "the rate factor must be from 0 to 51, not \(rateFactor)")
        }
    }
}

/// How the quality of a coded segment is measured against its source.
package enum QualityMeasure: String, Sendable, Hashable, CaseIterable {
    /// Structural similarity of the luma (Wang et al., IEEE Transactions on Image Processing 13(4), 2004), as an index.
    case ssim
}

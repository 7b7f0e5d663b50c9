import ArgumentParser
import Foundation
import Presentation
import Segmenter

/// What shapes the segments: options of every command that ingests.
struct SegmentationArguments: ParsableArguments {
    @Option(help: ArgumentHelp("Versions to make.", valueName: "auto|FILE"))
    var ladder = "auto"

    @Option(help: "Length of a segment, 0.5s to 30s; segments end with whole frames.")
    var segmentDuration = SegmentDuration(milliseconds: 2_000)

    @Option(help: "x264's preset: slower ones need fewer bits for the same quality.")
    var preset = "veryfast"

    @Option(
        help: ArgumentHelp(
            "Measure each video segment against the source and list it in segments.json: ssim. Takes half as long again.",
            valueName: "ssim"))
    var quality: QualityMeasure?

    /// - Throws: ``CommandError`` for a ladder that cannot be read, `SegmenterError` for one that makes no sense.
    func options() throws -> SegmentationOptions {
        SegmentationOptions(
            segmentDuration: segmentDuration.seconds, preset: preset, ladder: try ladderChoice(), quality: quality)
    }

    private func ladderChoice() throws -> SegmentationOptions.LadderChoice {
        if ladder == "auto" { return .automatic }
        guard let data = FileManager.default.contents(atPath: ladder) else {
            throw CommandError(.noInput, "cannot read the ladder \(ladder)")
        }
        return .document(try LadderDocument(parsing: [UInt8](data)))
    }
}

/// A length of time as people write it: `2s`, `2.5s`, `1500ms`; a bare number counts seconds.
struct SegmentDuration: ExpressibleByArgument {
    private let milliseconds: Int

    init(milliseconds: Int) { self.milliseconds = milliseconds }

    init?(argument: String) {
        let (digits, factor): (Substring, Double) =
            if argument.hasSuffix("ms") {
                (argument.dropLast(2), 1)
            } else {
                (argument.hasSuffix("s") ? argument.dropLast() : argument[...], 1_000)
            }
        guard digits.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }), let number = Double(digits) else {
            return nil
        }
        let milliseconds = (number * factor).rounded()
        guard milliseconds >= 1, milliseconds <= 1_000_000 else { return nil }
        self.init(milliseconds: Int(milliseconds))
    }

    var seconds: Rational { Rational(milliseconds, 1_000) }

    var defaultValueDescription: String { "\(Double(milliseconds) / 1_000)s".replacing(".0s", with: "s") }
}

extension QualityMeasure: ExpressibleByArgument {}

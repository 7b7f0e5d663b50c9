import FFmpeg
import Foundation
import Presentation
import Segmenter
import TestSupport
import Testing

@Suite("The ladder")
struct LadderTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var source: SourceGeometry
        /// Sizes from smallest to largest.
        var sizes: [String]
    }

    static let cases = [
        Case(
            testDescription: "1080 lines", source: SourceGeometry(width: 1920, height: 1080),
            sizes: ["426x240", "640x360", "854x480", "1280x720", "1920x1080"]),
        Case(
            testDescription: "2160 lines", source: SourceGeometry(width: 3840, height: 2160),
            sizes: ["426x240", "640x360", "854x480", "1280x720", "1920x1080", "2560x1440", "3840x2160"]),
        Case(
            testDescription: "more than 2160 lines are scaled down", source: SourceGeometry(width: 7680, height: 4320),
            sizes: ["426x240", "640x360", "854x480", "1280x720", "1920x1080", "2560x1440", "3840x2160"]),
        Case(
            testDescription: "below the least standard size", source: SourceGeometry(width: 200, height: 150),
            sizes: ["200x150"]),
        Case(
            testDescription: "odd", source: SourceGeometry(width: 853, height: 479),
            sizes: ["428x240", "642x360", "852x478"]),
        Case(
            testDescription: "between two standard sizes", source: SourceGeometry(width: 1920, height: 800),
            sizes: ["576x240", "864x360", "1152x480", "1920x800"]),
        Case(
            testDescription: "portrait", source: SourceGeometry(width: 720, height: 1280),
            sizes: ["240x426", "360x640", "480x854", "720x1280"]),
        Case(
            testDescription: "PAL widescreen, anamorphic",
            source: SourceGeometry(width: 720, height: 576, sampleAspectRatio: Rational(64, 45)),
            sizes: ["426x240", "640x360", "720x576"]),
        Case(
            testDescription: "one line", source: SourceGeometry(width: 16_384, height: 2), sizes: ["16384x2"]),
    ]

    @Test("follows from the source", arguments: cases)
    func automatic(_ example: Case) {
        let ladder = Ladder(for: example.source, frameRate: Rational(25))
        #expect(ladder.rungs.map { "\($0.width)x\($0.height)" } == example.sizes)
        let source = example.source
        for rung in ladder.rungs {
            #expect(rung.width <= source.width && rung.height <= source.height || source.height < 4)
            // Display aspect is the source's, to the precision that SAR's 16-bit terms have.
            let aspect = Double(rung.width) / Double(rung.height) * rung.sampleAspectRatio.value
            let expected = Double(source.width) / Double(source.height) * source.sampleAspectRatio.value
            #expect(abs(aspect / expected - 1) < 1e-4)
            #expect(rung.sampleAspectRatio.numerator < 65_536 && rung.sampleAspectRatio.denominator < 65_536)
        }
        let rates = ladder.rungs.map(\.maximumBitRate)
        #expect(rates == rates.sorted() && (rates.first ?? 0) >= 50_000)
    }

    @Test("gives 16:9 sizes their usual rates, and more above 30 frames/s")
    func rates() {
        let source = SourceGeometry(width: 3840, height: 2160)
        func rates(_ frameRate: Rational) -> [Int] {
            Ladder(for: source, frameRate: frameRate).rungs.map(\.maximumBitRate)
        }
        #expect(rates(Rational(24)) == [350_000, 700_000, 1_200_000, 2_800_000, 5_000_000, 9_000_000, 16_000_000])
        #expect(rates(Rational(60)).last == 24_000_000)
        #expect(rates(Rational(1_000_000)).last == 72_000_000)
    }

    @Test("keeps the exact shape of 854 samples for 16:9")
    func exactShape() {
        let rung = Ladder(for: SourceGeometry(width: 1280, height: 720), frameRate: Rational(25)).rungs[2]
        #expect(rung.sampleAspectRatio == Rational(1280, 1281))
    }

    @Test("turns with the picture")
    func rotation() {
        let quarter = Orientation(mirrorsHorizontally: false, mirrorsVertically: true, transposes: true)
        let video = StreamDescription.Video(
            width: 1440, height: 1080, sampleAspectRatio: Rational(4, 3), orientation: quarter)
        let geometry = SourceGeometry(video)
        #expect(geometry == SourceGeometry(width: 1080, height: 1440, sampleAspectRatio: Rational(3, 4)))
    }

    @Test("can be written down")
    func document() throws {
        let text = #"[{"height": 720, "maximumBitRate": 2000000}, {"height": 240}, {"width": 640, "height": 480}]"#
        let document = try LadderDocument(parsing: Array(text.utf8))
        let ladder = try document.ladder(for: SourceGeometry(width: 1280, height: 720), frameRate: Rational(25))
        #expect(
            ladder.rungs.map { "\($0.width)x\($0.height) \($0.maximumBitRate)" } == [
                "426x240 350000", "640x480 \(ladder.rungs[1].maximumBitRate)", "1280x720 2000000",
            ])
        #expect(ladder.rungs[1].sampleAspectRatio == Rational(4, 3))
    }

    @Test("swaps the sides of a written ladder for a portrait source")
    func portraitDocument() throws {
        let document = LadderDocument(entries: [.init(width: 640, height: 360), .init(height: 240)])
        let ladder = try document.ladder(for: SourceGeometry(width: 720, height: 1280), frameRate: Rational(25))
        #expect(ladder.rungs.map { "\($0.width)x\($0.height)" } == ["240x426", "360x640"])
    }

    @Test(
        "says what is wrong with a document",
        arguments: [
            ("", "not a JSON array"), ("{}", "not a JSON array"), ("[]", "0 rungs"), ("[1]", "rung 1 is not an object"),
            (#"[{"height": 240}, {}]"#, "rung 2 has no height"), (#"[{"height": 241}]"#, "even number"),
            (#"[{"height": -2}]"#, "even number"), (#"[{"height": true}]"#, "even number"),
            (#"[{"height": "240"}]"#, "even number"), (#"[{"height": 1e300}]"#, "even number"),
            (#"[{"height": 240, "bitrate": 1}]"#, "unknown field \"bitrate\""),
            (#"[{"height": 240, "maximumBitRate": 0.5}]"#, "maximumBitRate of rung 1"),
            (#"[{"height": 1080}]"#, "larger than the source"), (#"[{"height": 240}, {"height": 240}]"#, "240 lines"),
            (#"[{"width": 2000, "height": 240}]"#, "larger than the source"),
        ])
    func badDocument(text: String, complaint: String) {
        let error = #expect(throws: SegmenterError.self) {
            _ = try LadderDocument(parsing: Array(text.utf8))
                .ladder(for: SourceGeometry(width: 1280, height: 720), frameRate: Rational(25))
        }
        #expect(error?.code == .invalidLadder)
        #expect(error?.description.contains(complaint) ?? false, "\(error?.description ?? "")")
    }

    @Test("never traps on a mutated document")
    func mutations() {
        let text = Array(#"[{"height": 720, "maximumBitRate": 2000000}, {"width": 426, "height": 240}]"#.utf8)
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<5_000 {
            var bytes = text
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            _ = try? LadderDocument(parsing: bytes)
                .ladder(for: SourceGeometry(width: 1280, height: 720), frameRate: Rational(25))
        }
    }

    @Test(
        "approximates fractions by the nearest that fit",
        arguments: [
            (Rational(203_867, 204_054), 65_535), (Rational(1, 100_000), 65_535), (Rational(100_000), 65_535),
            (Rational(355_000_001, 113_000_001), 1_000), (Rational(4, 3), 3),
        ])
    func approximation(fraction: Rational, limit: Int) {
        let near = fraction.approximated(limit: limit)
        #expect(near.numerator <= limit && near.denominator <= limit)
        #expect(near.numerator > 0 && near.denominator > 0)
        if fraction.value > 0.01, fraction.value < 100 { #expect(abs(near.value / fraction.value - 1) < 0.4) }
        if fraction.numerator <= limit, fraction.denominator <= limit { #expect(near == fraction) }
    }
}

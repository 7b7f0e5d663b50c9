import TestSupport
import Testing

@testable import ISOBMFF

struct SequenceParameterSetTests {
    struct Expectation: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var hex: String
        var codecs: String
        var size: [Int]
        var aspect = [1, 1]
        var chromaAndDepth = [1, 8]
        var colour: ColourDescription?
    }

    /// From libx264 with known options; sizes, shapes and colours as ffprobe reports them.
    static let table = [
        Expectation(
            testDescription: "constrained baseline",
            hex: "6742c00dd901419f9f011000000300100000030320f142a480", codecs: "avc1.42C00D", size: [320, 180]),
        Expectation(
            testDescription: "main with an extended aspect ratio",
            hex: "674d401eeca06a1edff803200318800000030080000019078b16cb", codecs: "avc1.4D401E", size: [848, 480],
            aspect: [100, 99]),
        Expectation(
            testDescription: "high, cropped from 1088 lines, with colour",
            hex: "67640028acd940780227e5c05a808080a0000003002000000641e30632c0", codecs: "avc1.640028",
            size: [1920, 1080],
            colour: ColourDescription(
                primaries: 1, transferCharacteristics: 1, matrixCoefficients: 1, isFullRange: false)),
        Expectation(
            testDescription: "interlaced, with an aspect ratio from the table",
            hex: "6764001eacd940b424d8208000000300800000190f8a14cb", codecs: "avc1.64001E", size: [720, 576],
            aspect: [16, 11]),
        Expectation(
            testDescription: "4:4:4", hex: "67f4000d919b282a33c7c5e022000003000200000300641e28532c",
            codecs: "avc1.F4000D", size: [322, 182], chromaAndDepth: [3, 8]),
        Expectation(
            testDescription: "ten bits", hex: "676e000da6cd941519e226c044000003000400000300c83c50a658",
            codecs: "avc1.6E000D", size: [322, 182], chromaAndDepth: [1, 10]),
        Expectation(
            testDescription: "4:2:2", hex: "677a000dbcd941519e222f011000000300100000030320f1429960",
            codecs: "avc1.7A000D", size: [322, 182], chromaAndDepth: [2, 8]),
        Expectation(
            testDescription: "full range, no colour description",
            hex: "67640034acd9403c0043ec05b2000003000200000300c81e30632c", codecs: "avc1.640034", size: [3840, 2160]),
        Expectation(
            testDescription: "an older encoder", hex: "674d401fda014016ec044000000300400000 0c83c60ca8",
            codecs: "avc1.4D401F", size: [1280, 720]),
    ]

    @Test("says what the pictures are like", arguments: table)
    func parse(_ expected: Expectation) throws {
        let parameters = try SequenceParameterSet(parsing: [UInt8](hex: expected.hex))
        #expect(parameters.codecs == expected.codecs)
        #expect([parameters.width, parameters.height] == expected.size)
        #expect([parameters.sampleAspectRatioWidth, parameters.sampleAspectRatioHeight] == expected.aspect)
        #expect([Int(parameters.chromaFormat), Int(parameters.bitDepthLuma)] == expected.chromaAndDepth)
        #expect(parameters.colour == expected.colour)
    }

    @Test("refuses what is none", arguments: ["", "68ef8fc8", "67", "6764", "e764001eac"])
    func refuse(_ hex: String) {
        #expect(throws: ISOBMFFError.self) { try SequenceParameterSet(parsing: [UInt8](hex: hex)) }
    }

    @Test("survives any bytes", arguments: table)
    func parameterSetRandomised(_ expected: Expectation) {
        var generator = SeededGenerator(seed: 264)
        let original = [UInt8](hex: expected.hex)
        for _ in 0..<fuzzRounds(default: 2000) {
            guard let parameters = try? SequenceParameterSet(parsing: original.mutated(by: &generator)) else {
                continue
            }
            #expect(parameters.width > 0 && parameters.height > 0)
        }
    }

    @Test(
        "reads Exp-Golomb numbers",
        arguments: [("80", 0), ("40", 1), ("60", 2), ("2880", 4), ("00000001fffffffe", 0xFFFF_FFFE)])
    func expGolomb(_ hex: String, _ value: Int) throws {
        var bits = BitReader([UInt8](hex: hex))
        #expect(try bits.readExpGolomb() == UInt32(value))
    }

    @Test(
        "reads signed Exp-Golomb numbers in their order",
        arguments: [("80", 0), ("40", 1), ("60", -1), ("20", 2), ("28", -2)])
    func signedExpGolomb(_ hex: String, _ value: Int32) throws {
        var bits = BitReader([UInt8](hex: hex))
        #expect(try bits.readSignedExpGolomb() == value)
    }
}

import TestSupport
import Testing

@testable import ISOBMFF

struct AnnexBTests {
    @Test(
        "finds NAL units behind start codes of either length",
        arguments: [
            ("", []),
            ("0000", []),
            ("000001", []),
            ("00000165aa", ["65aa"]),
            ("0000000165aa 00000141", ["65aa", "41"]),
            ("00000165aa00 0000000141bb", ["65aa", "41bb"]),
            ("00000165000003 00000141", ["65000003", "41"]),
            ("ffff00000165 00000100000141", ["65", "41"]),
        ] as [(String, [String])])
    func units(_ stream: String, _ expected: [String]) {
        #expect(AnnexB.nalUnits(in: [UInt8](hex: stream)).map(Array.init) == expected.map { [UInt8](hex: $0) })
    }

    @Test("finds the same units as a plain search does")
    func unitsRandomised() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<fuzzRounds(default: 3000) {
            let stream = (0..<Int.random(in: 0...40, using: &generator)).map { _ -> UInt8 in
                [0, 0, 0, 1, 2, 3, 0x65].randomElement(using: &generator) ?? 0
            }
            var expected: [[UInt8]] = []
            var starts = stream.indices.filter {
                $0 + 2 < stream.count && stream[$0] == 0 && stream[$0 + 1] == 0 && stream[$0 + 2] == 1
            }
            starts.append(stream.count)
            for (start, end) in zip(starts, starts.dropFirst()) {
                var unit = Array(stream[(start + 3)..<end])
                while unit.last == 0 { unit.removeLast() }
                if !unit.isEmpty { expected.append(unit) }
            }
            #expect(AnnexB.nalUnits(in: stream).map(Array.init) == expected)
        }
    }

    @Test("makes a sample without what the sample entry or nobody needs")
    func sample() {
        let delimiter = "00000001 09f0"
        let filler = "000001 0cffff80"
        let sets = "00000001 6764001e 000001 68ef"
        let userData = "000001 0605 12 000102030405060708090a0b0c0d0e0f 6162 80"
        let timing = "000001 060104 00000300 80"
        let picture = "000001 6588"
        let unit = [UInt8](hex: delimiter + sets + userData + timing + picture + filler)
        #expect(AnnexB.sample(unit) == [UInt8](hex: "00000008 060104 00000300 80 00000002 6588"))
        #expect(
            AnnexB.sample(unit, keepsUserData: true)
                == [UInt8](
                    hex: "00000016 0605 12 000102030405060708090a0b0c0d0e0f 6162 80"
                        + "00000008 060104 00000300 80 00000002 6588"))
    }

    @Test("gathers parameter sets from an encoder's extradata")
    func extradata() throws {
        let sets = ParameterSets.high1080
        let stream = [0, 0, 0, 1] + sets.sequence + [0, 0, 0, 1] + sets.picture + [0, 0, 1, 6, 5, 1, 0x80]
        let configuration = try AVCDecoderConfiguration(annexB: stream)
        #expect(configuration.sequenceParameterSets == [sets.sequence])
        #expect(configuration.pictureParameterSets == [sets.picture])
        #expect(configuration.codecs == "avc1.640028")
        #expect(throws: ISOBMFFError.self) { try AVCDecoderConfiguration(annexB: [0, 0, 1, 0x68, 0xEF]) }
    }
}

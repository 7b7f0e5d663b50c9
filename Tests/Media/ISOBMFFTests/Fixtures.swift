import TestSupport

@testable import ISOBMFF

extension [UInt8] {
    /// Pairs of hexadecimal digits; spaces between them are skipped.
    init(hex: String) {
        let digits = hex.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }.map(UInt8.init)
        self = stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    /// With up to four random changes: bytes set, cut off, repeated or taken out.
    func mutated(by generator: inout SeededGenerator) -> [UInt8] {
        var bytes = self
        for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: bytes[index] = .random(in: 0...255, using: &generator)
            case 1: bytes[index] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &generator) ?? 0
            case 2: bytes.removeSubrange(index...)
            case 3: bytes.insert(contentsOf: bytes[index..<Swift.min(index + 16, bytes.count)], at: index)
            default: bytes.removeSubrange(index..<Swift.min(index + 4, bytes.count))
            }
        }
        return bytes
    }
}

/// Parameter sets that libx264 wrote for known options.
enum ParameterSets {
    static let main480 = (
        sequence: [UInt8](hex: "674d401eeca06a1edff803200318800000030080000019078b16cb"),
        picture: [UInt8](hex: "68ef8fc8")
    )
    static let high1080 = (
        sequence: [UInt8](hex: "67640028acd940780227e5c05a808080a0000003002000000641e30632c0"),
        picture: [UInt8](hex: "68ef8fcb")
    )
}

extension CMAFTrack {
    static func video() throws -> CMAFTrack {
        let configuration = try AVCDecoderConfiguration(
            sequenceParameterSets: [ParameterSets.high1080.sequence],
            pictureParameterSets: [ParameterSets.high1080.picture])
        return CMAFTrack(timescale: 25_000, format: .avc(AVCSampleFormat(decoderConfiguration: configuration)))
    }

    static let audio = CMAFTrack(
        timescale: 48_000, language: "deu",
        format: .aac(
            AACSampleFormat(
                sampleRate: 48_000, channelCount: 2, audioSpecificConfig: [0x11, 0x90], averageBitRate: 128_000,
                maximumBitRate: 140_000)),
        editMediaTime: 1024)
}

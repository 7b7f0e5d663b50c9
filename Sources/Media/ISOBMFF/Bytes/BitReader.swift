/// A cursor over the bits of an H.264 raw byte sequence payload or an MPEG-4 descriptor, most significant bit first.
struct BitReader: Sendable {
    private let bytes: [UInt8]
    /// Of the next bit.
    private(set) var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var remaining: Int { bytes.count * 8 - position }

    mutating func readBit() throws(ISOBMFFError) -> Bool {
        guard remaining > 0 else { throw ISOBMFFError(.truncated, "bits end at byte \(bytes.count)") }
        defer { position += 1 }
        return bytes[position / 8] >> (7 - UInt8(position % 8)) & 1 == 1
    }

    /// The next `count` bits, at most 32, as an unsigned number: `u(n)`.
    mutating func readBits(_ count: Int) throws(ISOBMFFError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<count { value = value << 1 | (try readBit() ? 1 : 0) }
        return value
    }

    /// An unsigned Exp-Golomb number, `ue(v)` (Rec. ITU-T H.264 §9.1): as many bits behind a one as zeros before it.
    mutating func readExpGolomb() throws(ISOBMFFError) -> UInt32 {
        var zeros = 0
        while try !readBit() {
            zeros += 1
            guard zeros < 32 else { throw ISOBMFFError(.malformed, "Exp-Golomb number longer than 32 bits") }
        }
        let suffix = try readBits(zeros)
        return (1 << UInt32(zeros)) - 1 + suffix
    }

    /// A signed Exp-Golomb number, `se(v)` (Rec. ITU-T H.264 §9.1.1): 0, 1, −1, 2, −2 …
    mutating func readSignedExpGolomb() throws(ISOBMFFError) -> Int32 {
        let code = Int64(try readExpGolomb())
        return Int32(truncatingIfNeeded: code % 2 == 0 ? -(code / 2) : (code + 1) / 2)
    }
}

/// Japanese mail in seven bits (RFC 1468), with what programs write that go by the name only: rows of vendors, katakana of
/// half width, and the supplementary characters of JIS X 0212.
enum ISO2022JP {
    private enum Characters {
        case ascii, katakana, pairs, supplement
    }

    /// The same characters in EUC-JP, whose converter knows all of them; 0xFF for what means nothing.
    static func extendedUnixCode(_ octets: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(octets.count)
        var characters = Characters.ascii
        var index = 0
        while index < octets.count {
            let octet = octets[index]
            if octet == 0x1B, let (next, length) = escape(octets[index...].prefix(4)) {
                characters = next
                index += length
                continue
            }
            index += 1
            // Each line begins in ASCII.
            if octet == 0x0A { characters = .ascii }
            guard (0x21...0x7E).contains(octet), characters != .ascii else {
                result.append(octet < 0x80 && octet != 0x1B ? octet : 0xFF)
                continue
            }
            if characters == .katakana {
                result += octet <= 0x5F ? [0x8E, octet | 0x80] : [0xFF]
                continue
            }
            guard index < octets.count, (0x21...0x7E).contains(octets[index]) else {
                result.append(0xFF)
                continue
            }
            if characters == .supplement { result.append(0x8F) }
            result += [octet | 0x80, octets[index] | 0x80]
            index += 1
        }
        return result
    }

    /// What an escape sequence turns to, and how long it is; nil when it is none of these.
    private static func escape(_ octets: ArraySlice<UInt8>) -> (Characters, length: Int)? {
        switch String(decoding: octets.dropFirst(), as: UTF8.self) {
        case let text where text.hasPrefix("(B") || text.hasPrefix("(J") || text.hasPrefix("(H"): (.ascii, 3)
        case let text where text.hasPrefix("(I"): (.katakana, 3)
        case let text where text.hasPrefix("$B") || text.hasPrefix("$@"): (.pairs, 3)
        case "$(B", "$(@": (.pairs, 4)
        case "$(D": (.supplement, 4)
        default: nil
        }
    }
}

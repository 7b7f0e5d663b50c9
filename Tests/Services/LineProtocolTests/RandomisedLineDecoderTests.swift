import LineProtocol
import TestSupport
import Testing

@Suite("Randomised line decoder")
struct RandomisedLineDecoderTests {
    @Test("Whatever comes, in whatever pieces, gives what a slow and simple reading gives")
    func pieces() {
        var generator = SeededGenerator(seed: 5321)
        let alphabet: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x41, 0x42, 0x2E, 0x20, 0xFF]
        for _ in 0..<fuzzRounds(default: 2000) {
            let bytes = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
                alphabet.randomElement(using: &generator) ?? 0
            }
            let limit = Int.random(in: 2...12, using: &generator)
            let expected = reference(bytes, maximumLength: limit)
            var pieces: [ArraySlice<UInt8>] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Int.random(in: 1...rest.count, using: &generator)
                pieces.append(rest.prefix(count))
                rest = rest.dropFirst(count)
            }
            #expect(decode(pieces, maximumLength: limit) == expected, "\(bytes), at most \(limit)")
            #expect(decode(bytes.indices.map { bytes[$0...$0] }, maximumLength: limit) == expected, "\(bytes)")
        }
    }

    /// The rules, octet by octet.
    private func reference(_ bytes: [UInt8], maximumLength: Int) -> [String] {
        var elements: [String] = []
        var line: [UInt8] = []
        var isFaulty = false
        var index = 0
        func report(_ fault: String) {
            elements.append("!" + fault)
            isFaulty = true
        }
        while index < bytes.count {
            let isCRLF = bytes[index] == 0x0D && index + 1 < bytes.count && bytes[index + 1] == 0x0A
            if isCRLF {
                if !isFaulty { elements.append(String(decoding: line, as: UTF8.self)) }
                (line, isFaulty) = ([], false)
                index += 2
                continue
            }
            if !isFaulty {
                switch bytes[index] {
                case 0x0D: if index + 1 < bytes.count { report("bareCR") }
                case 0x0A: report("bareLF")
                case 0: report("nul")
                default:
                    line.append(bytes[index])
                    if line.count + 2 > maximumLength { report("tooLong") }
                }
            }
            index += 1
        }
        return elements
    }
}

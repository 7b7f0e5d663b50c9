import HTTP
import HTTPSemantics
import NIOCore
import TestSupport
import Testing

@Suite("Randomised parsing")
struct RandomisedParserTests {
    private static let seeds = [
        "GET /media/a/0123456789ab/v1/00001.m4s HTTP/1.1\r\nHost: h\r\nRange: bytes=0-1\r\n\r\n",
        "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.1\r\nHost: h\r\n\r\n",
        "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nT: x\r\n\r\n",
    ]
    private static let splices = [
        "\r\n", "\n", "\r", " ", ":", "\u{0}", "ÿ", "0", "ffffffffffff", "\t", "chunked", ",",
    ]

    /// The heads and contents that a stream holds, cut into pieces at random; ends at the first refusal.
    private func outcome(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [String] {
        var parser = RequestParser(limits: RequestLimits())
        var decoder: ContentDecoder?
        var buffer = ByteBuffer()
        var results: [String] = []
        var index = 0
        do throws(HTTPProtocolError) {
            while true {
                if decoder != nil {
                    if try decoder?.read(from: &buffer) == true {
                        results.append(String(buffer: decoder?.content ?? ByteBuffer()))
                        decoder = nil
                        continue
                    }
                } else if let head = try parser.next(from: &buffer) {
                    results.append("\(head.method) \(head.target) \(head.framing) \(head.fields.count)")
                    decoder = try ContentDecoder(framing: head.framing, limit: 1000)
                    continue
                }
                guard index < bytes.count else { return results }
                let end = min(bytes.count, index + Int.random(in: 1...40, using: &random))
                buffer.writeBytes(bytes[index..<end])
                index = end
            }
        } catch {
            results.append("refused \(error.status)")
        }
        return results
    }

    @Test("Mutated requests neither trap nor hang, and mean the same however they are cut", arguments: 1...4)
    func mutated(seed: UInt64) {
        var random = SeededGenerator(seed: seed &* 7919)
        for _ in 0..<fuzzRounds(default: 3000) {
            var bytes = Array((Self.seeds.randomElement(using: &random) ?? "").utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(contentsOf: (Self.splices.randomElement(using: &random) ?? "").utf8, at: place)
                default: bytes.insert(contentsOf: bytes[place...].prefix(30), at: place)
                }
                if bytes.isEmpty { bytes = [0x20] }
            }
            let first = outcome(bytes, &random)
            let second = outcome(bytes, &random)
            #expect(first == second, "\(String(decoding: bytes, as: UTF8.self).debugDescription)")
        }
    }
}

import Accounts
import Foundation
import Mail
import MailStore
import NIOCore
import TestSupport
import Testing

@testable import Webmail

@Suite("Parts of messages, piece by piece")
struct PartStreamTests {
    private func withFile(_ message: [UInt8], _ body: (MessageFile) async throws -> Void) async throws {
        let root = FileManager.default.temporaryDirectory.path + "/parts.\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: root) }
        let store = MailStore(root: root)
        let account = try await store.account(try #require(AccountName("ann@example.test")))
        let spool = try await store.spool()
        try await spool.write(ByteBuffer(bytes: message))
        let uid = try await account.append(spool, to: "INBOX").uid
        try await body(try await account.open(uid, in: "INBOX"))
    }

    @Test("Large parts come as they are decoded at once, however they are encoded", arguments: [0, 1, 2, 3])
    func whole(_ kind: Int) async throws {
        var random = SeededGenerator(seed: 0x5EED_0430 + UInt64(kind))
        let content = (0..<400_001).map { _ in
            // Text for quoted-printable, with white space at the ends of lines.
            kind == 1
                ? Array("ab =\t.\r\nü".utf8).randomElement(using: &random) ?? 0
                : UInt8.random(in: 0...255, using: &random)
        }
        let encoded: (name: String, octets: [UInt8]) =
            switch kind {
            case 0: ("base64", Base64.encodeLines(content))
            case 1: ("quoted-printable", QuotedPrintable.encode(content))
            case 2: ("binary", content)
            // One line, with what is none of the alphabet in its midst.
            default: ("base64", Array(Base64.encode(content).utf8).flatMap { [$0, UInt8(ascii: "!")] })
            }
        let message = Array("Content-Type: x/y; name=a\r\nContent-Transfer-Encoding: \(encoded.name)\r\n\r\n".utf8)
        try await withFile(message + encoded.octets) { file in
            let expected = TransferEncoding(name: encoded.name).decode(encoded.octets)
            var part = try #require(try await PartStream.open([1], of: file))
            #expect(part.name == "a" && part.type == "x/y")
            let all = try await part.collect(upTo: 1 << 20)
            #expect(all == expected)
            if kind != 1 { #expect(all == content) }
            var again = try #require(try await PartStream.open([1], of: file))
            #expect(try await again.collect(upTo: 1000) == nil)
            #expect(try await PartStream.open([2], of: file) == nil)
        }
    }
}

@Suite("Randomised parts")
struct RandomisedPartTests {
    @Test("Where a text is cut before it is decoded makes no difference")
    func cuts() {
        var random = SeededGenerator(seed: 0x5EED_0431)
        for _ in 0..<fuzzRounds(default: 500) {
            let encoding: TransferEncoding = Bool.random(using: &random) ? .base64 : .quotedPrintable
            let alphabet = Array((encoding == .base64 ? "QWErty09+/=\r\n !" : "ab=3D \t\r\n=C3").utf8)
            let octets = (0..<Int.random(in: 0...200, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? 0
            }
            var decoded: [UInt8] = []
            var rest: [UInt8] = []
            var position = 0
            while position < octets.count {
                let next = min(octets.count, position + Int.random(in: 1...20, using: &random))
                rest += octets[position..<next]
                position = next
                let ready = position < octets.count ? PartStream.decodable(rest, encoding) : rest.count
                decoded += encoding.decode(rest[..<ready])
                rest.removeFirst(ready)
            }
            #expect(decoded == encoding.decode(octets), "\(String(decoding: octets, as: UTF8.self).debugDescription)")
        }
    }
}

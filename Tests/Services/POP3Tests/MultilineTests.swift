import Accounts
import NIOCore
import TestSupport
import Testing

@testable import POP3

@Suite("POP3 multi-line responses")
struct MultilineTests {
    @Test(
        "A message is stuffed, its lines end with CR LF, and it ends with a dot",
        arguments: [
            ("", ".\r\n"), ("a", "a\r\n.\r\n"), ("a\r\n", "a\r\n.\r\n"), ("a\n", "a\r\n.\r\n"), (".", "..\r\n.\r\n"),
            (".\r\n", "..\r\n.\r\n"), ("a\n.\nb", "a\r\n..\r\nb\r\n.\r\n"), ("\r\n.\r\n", "\r\n..\r\n.\r\n"),
            ("a\rb\r\n", "a\rb\r\n.\r\n"), ("a\r", "a\r\r\n.\r\n"), ("a.b\r\n..\r\n", "a.b\r\n...\r\n.\r\n"),
            ("\r\r\n.\r", "\r\r\n..\r\r\n.\r\n"),
        ])
    func encoding(message: String, expected: String) { #expect(encode([message]) == expected) }

    @Test(
        "Of a body as many lines are sent as are wanted",
        arguments: [
            (0, "A: b\r\n\r\n.\r\n"), (1, "A: b\r\n\r\none\r\n.\r\n"), (2, "A: b\r\n\r\none\r\n\r\n.\r\n"),
            (3, "A: b\r\n\r\none\r\n\r\n..\r\n.\r\n"), (4, "A: b\r\n\r\none\r\n\r\n..\r\nend\r\n.\r\n"),
            (9, "A: b\r\n\r\none\r\n\r\n..\r\nend\r\n.\r\n"),
        ])
    func top(lines: Int, expected: String) {
        for message in ["A: b\r\n\r\none\r\n\r\n.\r\nend", "A: b\n\none\n\n.\nend\n"] {
            #expect(encode([message], bodyLines: lines) == expected)
            #expect(encode(message.utf8.map { String(Unicode.Scalar($0)) }, bodyLines: lines) == expected)
        }
    }

    @Test("What follows a message stays in the buffer")
    func rest() {
        var decoder = MultilineDecoder()
        var buffer = ByteBuffer(string: "a\r\n..b\r\n.\r\n+OK next\r\n")
        var message = ""
        while case .bytes(let piece)? = decoder.next(in: &buffer) { message += String(buffer: piece) }
        #expect(message == "a\r\n.b\r\n")
        #expect(String(buffer: buffer) == "+OK next\r\n")
    }
}

func encode(_ pieces: [String], bodyLines: Int? = nil) -> String {
    var encoder = MultilineEncoder(bodyLines: bodyLines)
    var output = ByteBuffer()
    for piece in pieces { encoder.encode(ByteBuffer(string: piece), into: &output) }
    encoder.finish(into: &output)
    return String(buffer: output)
}

@Suite("Randomised POP3")
struct RandomisedPOP3Tests {
    @Test("Whatever a message is and in whatever pieces it comes, it arrives with its lines' ends made CR LF")
    func roundTrip() {
        var generator = SeededGenerator(seed: 1939)
        let alphabet = ["\r\n", "\r\n", "\n", "\r", ".", ".", "a", "bc", "é"]
        for _ in 0..<fuzzRounds(default: 2000) {
            let message = (0..<Int.random(in: 0...30, using: &generator)).map { _ in
                alphabet.randomElement(using: &generator) ?? ""
            }.joined()
            let sent = encode(split(message, &generator).map { String(decoding: $0, as: UTF8.self) })
            // In pieces that may cut a character, the pieces are octets.
            var encoder = MultilineEncoder()
            var output = ByteBuffer()
            for piece in split(message, &generator) { encoder.encode(ByteBuffer(bytes: piece), into: &output) }
            encoder.finish(into: &output)
            if message.utf8.allSatisfy({ $0 < 0x80 }) { #expect(String(buffer: output) == sent) }

            var decoder = MultilineDecoder()
            var buffer = ByteBuffer()
            var received: [UInt8] = []
            var isEnded = false
            for piece in split(String(buffer: output), &generator) {
                buffer.writeBytes(piece)
                while let next = decoder.next(in: &buffer) {
                    switch next {
                    case .bytes(let bytes): received += bytes.readableBytesView
                    case .end: isEnded = true
                    }
                }
            }
            #expect(isEnded && buffer.readableBytes == 0, "\(message.debugDescription)")
            #expect(received == Self.normalized(message), "\(message.debugDescription)")
        }
    }

    /// Octet by octet: an LF without CR gets one, and the last line its end.
    private static func normalized(_ message: String) -> [UInt8] {
        var result: [UInt8] = []
        for octet in message.utf8 {
            if octet == 0x0A, result.last != 0x0D { result.append(0x0D) }
            result.append(octet)
        }
        if !result.isEmpty, result.last != 0x0A { result += [0x0D, 0x0A] }
        return result
    }

    private func split(_ text: String, _ generator: inout SeededGenerator) -> [[UInt8]] {
        var rest = Array(text.utf8)[...]
        var pieces: [[UInt8]] = []
        while !rest.isEmpty {
            let count = Int.random(in: 1...rest.count, using: &generator)
            pieces.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return pieces
    }

    @Test("Whatever is said, nothing is removed before QUIT, and what is removed is what DELE named since RSET")
    func sessions() {
        var generator = SeededGenerator(seed: 2449)
        let words = [
            "USER", "PASS", "AUTH", "PLAIN", "SCRAM-SHA-256", "STLS", "CAPA", "STAT", "LIST", "UIDL", "RETR", "TOP",
            "DELE", "DELE", "NOOP", "RSET", "1", "2", "3", "99999999999", "-1", "=", "*", "", "\u{FFFD}", "\t",
        ]
        for _ in 0..<fuzzRounds(default: 500) {
            var configuration = POP3Session.Configuration()
            configuration.maximumErrors = 100
            var session = POP3Session(configuration: configuration, isSecure: true)
            _ = session.handle(.connected)
            var model: Set<Int> = []
            var isOpen = false
            if Bool.random(using: &generator) {
                _ = session.handle(.line(ByteBuffer(string: "USER a@b.test")))
                _ = session.handle(.line(ByteBuffer(string: "PASS x")))
                _ = session.handle(.checked(.init("a@b.test")))
                _ = session.handle(.opened((1...3).map { MaildropMessage(size: $0, uniqueID: "\($0)") }))
                isOpen = true
            }
            for _ in 0..<40 {
                let line = (0..<Int.random(in: 1...3, using: &generator)).map { _ in
                    words.randomElement(using: &generator) ?? ""
                }.joined(separator: " ")
                let actions = session.handle(.line(ByteBuffer(string: line)))
                let said = line.split(separator: " ")
                if isOpen, !line.hasPrefix(" ") {
                    if said == ["RSET"] { model = [] }
                    if said.count == 2, said[0] == "DELE", let number = Int(said[1]), (1...3).contains(number) {
                        model.insert(number - 1)
                    }
                }
                for action in actions {
                    switch action {
                    case .remove: Issue.record("removed after \(line)")
                    case .checkPassword: _ = session.handle(.checked(nil))
                    case .findKeys: _ = session.handle(.failed(MaildropError(.unavailable, "")))
                    default: break
                    }
                }
            }
            let last = session.handle(.line(ByteBuffer(string: "QUIT")))
            let removed = last.compactMap { action -> [Int]? in
                if case .remove(let places) = action { places } else { nil }
            }
            #expect(removed == (model.isEmpty ? [] : [model.sorted()]))
        }
    }
}

import MailStore
import NIOCore
import TestSupport
import Testing

@testable import IMAP

@Suite("IMAP framing")
struct CommandFramerTests {
    /// What a framer tells of `input` in pieces, when every literal is answered with `kind`.
    private func elements(
        _ pieces: [String], _ kind: CommandFramer.LiteralKind = .kept, maximumLine: Int = 100
    ) -> [String] {
        var framer = CommandFramer(maximumLine: maximumLine)
        var buffer = ByteBuffer()
        var told: [String] = []
        for piece in pieces {
            buffer.writeString(piece)
            while let element = framer.next(in: &buffer) {
                switch element {
                case .command(let text):
                    told.append(
                        "command \(String(decoding: text.bytes, as: UTF8.self).replacing("\0", with: "¤"))"
                            + text.literals.map { " <\(String(decoding: $0, as: UTF8.self))>" }.joined())
                case .line(let line): told.append("line \(String(decoding: line, as: UTF8.self))")
                case .literal(let prefix, let size, let isSynchronizing):
                    told.append(
                        "literal \(size)\(isSynchronizing ? "" : "+") after "
                            + String(decoding: prefix.bytes, as: UTF8.self).replacing("\0", with: "¤"))
                    framer.accept(kind)
                case .octets(let octets): told.append("octets \(String(buffer: octets))")
                case .octetsEnd: told.append("end")
                case .fault(let fault, let command):
                    told.append("fault \(fault) of \(command.flatMap { CommandParser.tag(of: $0) } ?? "none")")
                }
            }
        }
        return told
    }

    @Test("literals become parts of their command, in whatever pieces they come")
    func literals() {
        let input = "a LOGIN {2}\r\nab {3+}\r\nc\r\n\r\nb NOOP\r\n"
        let expected = [
            "literal 2 after a LOGIN ", "literal 3+ after a LOGIN ¤ ", "command a LOGIN ¤ ¤ <ab> <c\r\n>",
            "command b NOOP",
        ]
        #expect(elements([input]) == expected)
        #expect(elements(input.unicodeScalars.map { String($0) }) == expected)
    }

    @Test("an empty literal is one")
    func empty() {
        #expect(elements(["a X {0}\r\n\r\n"]) == ["literal 0 after a X ", "command a X ¤ <>"])
    }

    @Test("a literal that is streamed is given away as it comes")
    func streamed() {
        #expect(
            elements(["a APPEND x {5+}\r\nab", "cde", "\r\n"], .streamed) == [
                "literal 5+ after a APPEND x ", "octets ab", "octets cde", "end", "command a APPEND x ¤ <>",
            ])
    }

    @Test("a refused literal that comes all the same goes by, and so does its command")
    func refused() {
        #expect(
            elements(["a X {3+}\r\nabc {9}\r\n", "b NOOP\r\n", "\r\nc NOOP\r\n"], .refused)
                == ["literal 3+ after a X ", "command b NOOP", "command ", "command c NOOP"])
        #expect(elements(["a X {3}\r\nb NOOP\r\n"], .refused) == ["literal 3 after a X ", "command b NOOP"])
    }

    @Test("sizes that cannot be meant are faults, and nothing waits for their octets")
    func sizes() {
        for size in ["99999999999999", "1099511627777", "-1", "", "1 ", "+", "1++"] {
            #expect(elements(["a X {\(size)}\r\nb NOOP\r\n"]) == ["fault size of a", "command b NOOP"], "\(size)")
        }
    }

    @Test("lines end with CR LF and have an end")
    func lines() {
        #expect(
            elements(["a NOOP\nb NOOP\r\nc NOOP\r\n"]) == [
                "fault line(an LF without CR) of a", "command c NOOP",
            ])
        let long = String(repeating: "x", count: 200)
        #expect(elements([long, long, "\r\nb NOOP\r\n"]).last == "command b NOOP")
    }

    @Test("what is wrong with a command tells whose it is, in whatever pieces it comes")
    func faultyCommands() {
        let long = String(repeating: "x", count: 400)
        let tooLong = "fault line(a line that is too long) of "
        let input = "a1 X \(long)\r\nb2 X \(long)\rc3\r\nd4 X\ne5 \(long)\r\n\(long)\r\nf6 X \0\r\ng7 NOOP\r\n"
        let expected = [
            tooLong + "a1", tooLong + "b2", "fault line(an LF without CR) of d4", tooLong + "none",
            "fault line(an octet of value zero) of f6", "command g7 NOOP",
        ]
        #expect(elements([input], maximumLine: 300) == expected)
        #expect(elements(input.unicodeScalars.map { String($0) }, maximumLine: 300) == expected)
        #expect(
            elements(["a X {2}\r\nab \(long)\r\nb NOOP\r\n"])
                == ["literal 2 after a X ", tooLong + "a", "command b NOOP"])
        #expect(
            elements(["a X {2+}\r\nab \(long)\r\nb NOOP\r\n"], .refused)
                == ["literal 2+ after a X ", tooLong + "none", "command b NOOP"],
            "it was answered when the literal was refused")
    }

    @Test("outside of commands lines are lines")
    func plainLines() {
        var framer = CommandFramer()
        framer.expectsLine = true
        var buffer = ByteBuffer(string: "DONE\r\nx {3}\r\n")
        #expect(framer.next(in: &buffer) == .line(Array("DONE".utf8)))
        #expect(framer.next(in: &buffer) == .line(Array("x {3}".utf8)))
    }
}

@Suite("Randomised IMAP commands")
struct RandomisedCommandTests {
    @Test("no text makes the parser trap, and what it says of it is one line")
    func commands() throws {
        var generator = SeededGenerator(seed: 9051)
        let pieces = [
            "a", " ", " ", " ", "(", ")", "[", "]", "<", ">", "0", "1", "2", ":", ",", "*", "$", "\"", "\\", "NIL",
            "{1}\r\nx",
            "{0+}\r\n", "{3}\r\n\u{FC}x", "FETCH", "SEARCH", "UID", "STORE", "+FLAGS", "BODY", "BODY.PEEK",
            "HEADER.FIELDS",
            "NOT", "OR", "RETURN", "LIST", "STATUS", "APPEND", "ID", "SINCE", "1-Feb-1994", "&", "&AOk-", "\u{FC}",
            "\0", "LOGIN",
            "CREATE", "USE", "CHARSET", "TEXT", ".", "-", "RENAME", "ENABLE", "INBOX", "MIME", "<1.2>",
        ]
        var understood = 0
        for _ in 0..<fuzzRounds(default: 300) * 20 {
            let input =
                "a "
                + (0..<Int.random(in: 1...12, using: &generator))
                .map { _ in pieces.randomElement(using: &generator) ?? "" }.joined(
                    separator: Bool.random(using: &generator) ? " " : "")
            var framer = CommandFramer(maximumLine: 1000)
            var buffer = ByteBuffer(string: input + "\r\n")
            while let element = framer.next(in: &buffer) {
                switch element {
                case .literal: framer.accept([.kept, .streamed, .refused].randomElement(using: &generator) ?? .kept)
                case .command(let text):
                    do {
                        _ = try CommandParser.parse(text, acceptsUTF8: Bool.random(using: &generator))
                        understood += 1
                    } catch {
                        #expect(!error.description.isEmpty && !error.description.contains("\n"))
                    }
                    _ = CommandParser.append(upTo: text, size: 1, acceptsUTF8: true)
                default: break
                }
            }
        }
        #expect(understood > 0)
    }

    @Test("names come back, whatever they are")
    func names() {
        var generator = SeededGenerator(seed: 3501)
        for _ in 0..<fuzzRounds(default: 300) * 10 {
            var name = ""
            for _ in 0..<Int.random(in: 0...8, using: &generator) {
                let value =
                    Bool.random(using: &generator)
                    ? UInt32.random(in: 0x20...0x17F, using: &generator)
                    : UInt32.random(in: 0...0x10FFFF, using: &generator)
                if let scalar = Unicode.Scalar(value) { name.unicodeScalars.append(scalar) }
            }
            let encoded = ModifiedUTF7.encoded(name)
            #expect(
                ModifiedUTF7.decoded(Array(encoded.utf8)).map { Array($0.unicodeScalars) } == Array(name.unicodeScalars)
            )
        }
    }
}

import Foundation
import TestSupport
import Testing

@testable import Mail

@Suite("Flowed text")
struct FlowedTextTests {
    @Test(
        "paragraphs are whole again",
        arguments: [
            ("", ""), ("a\n", "a\n"), ("a", "a"), ("a \nb\n", "a b\n"), ("a \nb", "a b"),
            ("a \nb \nc\nd\n", "a b c\nd\n"),
            // Stuffing.
            (" a\n", "a\n"), ("  a\n", " a\n"), (" From x\n", "From x\n"), (" >a\n", " >a\n"), (" \n", "\n"),
            // Empty lines stay, and end what should have gone on.
            ("a\n\nb\n", "a\n\nb\n"), ("a \n\nb\n", "a\n\nb\n"), ("a \n", "a\n"), ("a ", "a"), ("\n\n", "\n\n"),
            // Quotation.
            ("> a \n> b\n", "> a b\n"), (">a \n>b\n", "> a b\n"), (">> a \n>> b\n> c\n", ">> a b\n> c\n"),
            ("> a \nb\n", "> a\nb\n"), ("> a \n>> b \n> c\n", "> a\n>> b\n> c\n"), (">\n", ">\n"),
            ("> a\n>\n> b\n", "> a\n>\n> b\n"),
            ("> > a\n", "> > a\n"), ("> \n", ">\n"), (">", ">"),
            // A signature's start never flows.
            ("a \n-- \nb\n", "a\n-- \nb\n"), ("-- \nb \nc", "-- \nb c"), ("> -- \n> b\n", "> -- \n> b\n"),
            ("a\n--  \nb\n", "a\n--  b\n"),
        ])
    func paragraphs(text: String, expected: String) {
        #expect(FlowedText.unflow(text, deletesSpace: false) == expected)
    }

    @Test(
        "with DelSp the space is none of the text",
        arguments: [
            ("日 \n本\n", "日本\n"), ("a  \nb\n", "a b\n"), ("> 日 \n> 本\n", "> 日本\n"), ("-- \n日 \n本", "-- \n日本"),
            ("日 \n\n本\n", "日\n\n本\n"),
        ])
    func deletedSpace(text: String, expected: String) {
        #expect(FlowedText.unflow(text, deletesSpace: true) == expected)
    }

    @Test("of plain text that says so, after its encoding is undone")
    func parts() {
        func text(_ header: String, _ body: String) -> String {
            let octets = Array("\(header)\r\n\r\n\(body)".utf8)
            return MIMEParser().parse(octets).text(of: octets, limit: 1000)
        }
        let flowed = "Content-Type: text/plain; charset=utf-8; format=\"Flowed\""
        #expect(text(flowed, "one \r\ntwo\r\n three\r\n") == "one two\nthree\n")
        #expect(text(flowed + "; DELSP=Yes", "\u{65E5} \r\n\u{672C}\r\n") == "\u{65E5}\u{672C}\n")
        #expect(
            text(flowed + "\r\nContent-Transfer-Encoding: quoted-printable", "one=20\r\ntwo =\r\nthree\r\n")
                == "one two three\n")
        #expect(text(flowed + "\r\nContent-Transfer-Encoding: base64", "b25lIA0KdHdvDQo=") == "one two\n")
        for other in ["text/plain", "text/plain; format=fixed", "text/html; format=flowed"] {
            #expect(text("Content-Type: \(other)", "one \r\n two\r\n") == "one \n two\n")
        }
    }

    @Test("length costs no more than it is")
    func long() {
        let count = 200_000
        #expect(FlowedText.unflow(String(repeating: "a \n", count: count), deletesSpace: false).utf8.count == 2 * count)
        let deep = String(repeating: ">", count: count)
        #expect(FlowedText.unflow(deep + " a \n" + deep + " b", deletesSpace: false) == deep + " a b")
        #expect(FlowedText.unflow(String(repeating: " \n", count: count), deletesSpace: true).utf8.count == count)
        #expect(
            FlowedText.unflow(String(repeating: "> x \nx \n", count: count), deletesSpace: false).utf8.count == 6
                * count)
    }
}

@Suite("Randomised flowed text")
struct RandomisedFlowedTextTests {
    /// Breaks paragraphs as §4.2 tells writers to.
    private func flow(_ depth: Int, _ words: [String]) -> String {
        let start = String(repeating: ">", count: depth)
        var lines: [String] = []
        for (index, word) in words.enumerated() {
            let isLast = index == words.count - 1
            let line = word + (isLast ? "" : " ")
            let needsStuffing = depth > 0 || line.hasPrefix(" ") || line.hasPrefix(">") || line.hasPrefix("From ")
            lines.append(start + (needsStuffing ? " " : "") + line)
        }
        return lines.map { $0 + "\n" }.joined()
    }

    @Test("what a writer broke into lines is found whole")
    func back() {
        var generator = SeededGenerator(seed: 41)
        for _ in 0..<fuzzRounds(default: 2000) {
            var flowed = ""
            var expected = ""
            for _ in 0..<Int.random(in: 0...8, using: &generator) {
                let depth = Int.random(in: 0...3, using: &generator)
                let words = (0..<Int.random(in: 1...6, using: &generator)).map { _ in
                    ["word", "From", "ä", "--", "日本", "x>y"].randomElement(using: &generator) ?? ""
                }
                flowed += flow(depth, words)
                let start = depth > 0 ? String(repeating: ">", count: depth) + " " : ""
                expected += start + words.joined(separator: " ") + "\n"
            }
            // A paragraph that only is two hyphens and a space would be a signature's start.
            guard !flowed.split(separator: "\n").contains(where: { $0.hasSuffix("-- ") }) else { continue }
            #expect(FlowedText.unflow(flowed, deletesSpace: false) == expected, "\(flowed.debugDescription)")
        }
    }

    @Test("whatever the lines are, words stay in their order and nothing grows")
    func anything() {
        var generator = SeededGenerator(seed: 42)
        for _ in 0..<fuzzRounds(default: 5000) {
            let text = (0..<Int.random(in: 0...30, using: &generator)).map { _ in
                [" ", ">", "\n", "a", "-- ", "\n-- \n", "é", " \n"].randomElement(using: &generator) ?? ""
            }.joined()
            for deletesSpace in [false, true] {
                let result = FlowedText.unflow(text, deletesSpace: deletesSpace)
                let letters = { (text: String) in text.filter { $0 == "a" || $0 == "é" || $0 == "-" } }
                #expect(letters(result) == letters(text), "\(text.debugDescription)")
                let lines = text.split(separator: "\n", omittingEmptySubsequences: false).count
                #expect(result.utf8.count <= text.utf8.count + lines, "\(text.debugDescription)")
            }
        }
    }
}

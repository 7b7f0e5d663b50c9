import LineProtocol
import Testing

@Suite("Text of strangers")
struct PrintableTextTests {
    @Test("Nothing turns the order of what follows, and no control character is left")
    func line() {
        #expect(PrintableText.line("r\u{E9}sum\u{E9} \u{202E}gpj.exe") == "r\u{E9}sum\u{E9} gpj.exe")
        for scalar in (0x202A...0x202E).map({ $0 }) + Array(0x2066...0x2069) {
            #expect(PrintableText.line("a\(Unicode.Scalar(UInt32(scalar))!)b") == "ab")
        }
        #expect(PrintableText.line("a\u{1B}[31m\u{85}b\u{0}\r\n c\u{2028}d") == "a [31m b c d")
        // What letters of other scripts need stays.
        #expect(
            PrintableText.line("\u{5E9}\u{200F} \u{1F468}\u{200D}\u{1F469}")
                == "\u{5E9}\u{200F} \u{1F468}\u{200D}\u{1F469}")
    }

    @Test("Lines stay lines")
    func lines() { #expect(PrintableText.lines("a\r\n\tb\u{202E}\u{7}c\n") == "a\n\tb?c\n") }
}

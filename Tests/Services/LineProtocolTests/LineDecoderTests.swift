import LineProtocol
import NIOCore
import Testing

@Suite("Line decoder")
struct LineDecoderTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var bytes: String
        var elements: [String]
        var maximumLength = 16
        var testDescription: String { bytes.debugDescription }
    }

    @Test(
        "Lines end with CR LF and nothing else",
        arguments: [
            Case(bytes: "NOOP\r\n", elements: ["NOOP"]),
            Case(bytes: "\r\n", elements: [""]),
            Case(bytes: "A\r\nB\r\nC", elements: ["A", "B"]),
            Case(bytes: "A\r", elements: []),
            // Six ends that are none; what follows belongs to the same line.
            Case(bytes: "A\nB\r\nC\r\n", elements: ["!bareLF", "C"]),
            Case(bytes: "A\rB\r\nC\r\n", elements: ["!bareCR", "C"]),
            Case(bytes: "A\n\rB\r\nC\r\n", elements: ["!bareLF", "C"]),
            Case(bytes: "A\r\r\nC\r\n", elements: ["!bareCR", "C"]),
            Case(bytes: "A\n\nB\r\nC\r\n", elements: ["!bareLF", "C"]),
            Case(bytes: "A\n\r\nC\r\n", elements: ["!bareLF", "C"]),
            Case(bytes: "A\0B\r\nC\r\n", elements: ["!nul", "C"]),
            Case(bytes: "\u{2028}\u{85}\u{0B}\u{0C}\r\n", elements: ["\u{2028}\u{85}\u{0B}\u{0C}"]),
            // 16 octets with CR LF are allowed, 17 are not.
            Case(bytes: "0123456789abcd\r\nC\r\n", elements: ["0123456789abcd", "C"]),
            Case(bytes: "0123456789abcde\r\nC\r\n", elements: ["!tooLong", "C"]),
            Case(bytes: "0123456789abcdefghijklmnopqrstuvw\rx\ny\0z\r\nC\r\n", elements: ["!tooLong", "C"]),
            Case(bytes: "0123456789abcdefghijklmnopqrstuvw\r\nC\r\n", elements: ["!tooLong", "C"]),
        ])
    func elements(_ example: Case) {
        for step in 1...max(example.bytes.utf8.count, 1) {
            #expect(decode(example.bytes, in: step, maximumLength: example.maximumLength) == example.elements)
        }
    }

    @Test("A line without end is reported as soon as it is too long, and not kept")
    func endless() {
        var decoder = LineDecoder(maximumLength: 512)
        var buffer = ByteBuffer()
        var faults = 0
        for _ in 0..<1000 {
            buffer.discardReadBytes()
            buffer.writeRepeatingByte(0x41, count: 100)
            while let element = decoder.next(in: &buffer) {
                #expect(element == .fault(.tooLong))
                faults += 1
            }
            #expect(buffer.readableBytes < 512)
        }
        #expect(faults == 1)
        buffer.writeString("\r\nQUIT\r\n")
        #expect(decoder.next(in: &buffer) == .line(ByteBuffer(string: "QUIT")))
    }

    @Test("Bytes between lines can be taken in another way")
    func otherBytes() {
        var decoder = LineDecoder(maximumLength: 512)
        var buffer = ByteBuffer(string: "BDAT 3\r\n\n\0\rNOOP\r\n")
        #expect(decoder.next(in: &buffer) == .line(ByteBuffer(string: "BDAT 3")))
        #expect(buffer.readString(length: 3) == "\n\0\r")
        #expect(decoder.next(in: &buffer) == .line(ByteBuffer(string: "NOOP")))
    }

    @Test("Bytes that were forgotten leave no trace")
    func reset() {
        var decoder = LineDecoder(maximumLength: 512)
        var buffer = ByteBuffer(string: "HALF A LI")
        #expect(decoder.next(in: &buffer) == nil)
        buffer.clear()
        decoder.reset()
        buffer.writeString("NE\r\n")
        #expect(decoder.next(in: &buffer) == .line(ByteBuffer(string: "NE")))
    }
}

/// What comes out when `bytes` come in pieces of `step`; faults begin with an exclamation mark.
func decode(_ bytes: String, in step: Int, maximumLength: Int) -> [String] {
    let octets = Array(bytes.utf8)
    return decode(
        stride(from: 0, to: octets.count, by: step).map { octets[$0..<min($0 + step, octets.count)] },
        maximumLength: maximumLength)
}

func decode(_ pieces: [ArraySlice<UInt8>], maximumLength: Int) -> [String] {
    var decoder = LineDecoder(maximumLength: maximumLength)
    var buffer = ByteBuffer()
    var elements: [String] = []
    for piece in pieces {
        buffer.writeBytes(piece)
        while let element = decoder.next(in: &buffer) {
            switch element {
            case .line(let line): elements.append(String(buffer: line))
            case .fault(let fault): elements.append("!" + name(fault))
            }
        }
    }
    return elements
}

private func name(_ fault: LineDecoder.Fault) -> String {
    switch fault {
    case .bareCR: "bareCR"
    case .bareLF: "bareLF"
    case .nul: "nul"
    case .tooLong: "tooLong"
    }
}

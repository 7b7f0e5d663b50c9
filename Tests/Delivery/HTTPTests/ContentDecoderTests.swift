import HTTP
import NIOCore
import Testing

@Suite("Content decoder")
struct ContentDecoderTests {
    @Test(
        "Chunked content",
        arguments: [
            ("0\r\n\r\n", ""), ("5\r\nhello\r\n0\r\n\r\n", "hello"),
            ("3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n", "abc0123456789"),
            ("1\r\na\r\n0\r\nTrailer: x\r\nOther: y\r\n\r\n", "a"), ("0005\r\nhello\r\n000\r\n\r\n", "hello"),
        ])
    func chunked(text: String, expected: String) throws {
        for cut in 0...text.utf8.count {
            var decoder = try ContentDecoder(framing: .chunked, limit: 100)
            var buffer = ByteBuffer(bytes: text.utf8.prefix(cut))
            let early = try decoder.read(from: &buffer)
            #expect(early == (cut == text.utf8.count))
            buffer.writeBytes(text.utf8.dropFirst(cut))
            buffer.writeString("NEXT")
            let late = try decoder.read(from: &buffer)
            #expect(late)
            #expect(String(buffer: decoder.content) == expected)
            #expect(String(buffer: buffer) == "NEXT")
        }
    }

    @Test(
        "Malformed chunks",
        arguments: [
            ("x\r\n", 400), ("\r\n", 400), ("5\nhello", 400), ("5\r\nhelloX", 400), ("5 \r\nhello", 400),
            ("-1\r\n", 400),
            ("0x5\r\n", 400), ("5;\u{0}\r\n", 400), ("1\r\na\n0\r\n", 400), ("0\r\nX\n", 400),
            ("FFFFFFFFFFFFFFFFF\r\n", 413), ("65\r\n", 413),
            ("40\r\n" + String(repeating: "a", count: 64) + "\r\n40\r\n", 413),
            ("1;" + String(repeating: "x", count: 300), 400), ("0\r\n" + String(repeating: "x", count: 5000), 400),
        ])
    func malformed(text: String, status: Int) throws {
        var decoder = try ContentDecoder(framing: .chunked, limit: 100)
        var buffer = ByteBuffer(string: text)
        do throws(HTTPProtocolError) {
            _ = try decoder.read(from: &buffer)
            Issue.record("accepted")
        } catch {
            #expect(error.status == status)
        }
    }

    @Test("A length beyond the limit is refused before any content")
    func tooLong() {
        #expect(throws: HTTPProtocolError.self) { _ = try ContentDecoder(framing: .length(101), limit: 100) }
    }
}

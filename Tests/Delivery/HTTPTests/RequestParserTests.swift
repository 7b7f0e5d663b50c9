import HTTP
import HTTPSemantics
import NIOCore
import Testing

/// What a parser makes of one text.
private func parse(_ text: String, limits: RequestLimits = RequestLimits()) throws(HTTPProtocolError) -> RequestHead? {
    var buffer = ByteBuffer(string: text)
    var parser = RequestParser(limits: limits)
    return try parser.next(from: &buffer)
}

/// The status of the refusal of one text; nil when it is accepted or incomplete.
private func refusal(_ text: String, limits: RequestLimits = RequestLimits()) -> Int? {
    do {
        _ = try parse(text, limits: limits)
        return nil
    } catch {
        return error.status
    }
}

@Suite("Request parser")
struct RequestParserTests {
    @Test("A request")
    func request() throws {
        let head = try #require(try parse("GET /a?b HTTP/1.1\r\nHost: x\r\nAccept:\t a, b \r\n\r\n"))
        #expect(head.method == .get)
        #expect(head.target == "/a?b")
        #expect(head.path == "/a")
        #expect(head.minorVersion == 1)
        #expect(head.fields[FieldName("accept")] == "a, b")
        #expect(head.framing == .none)
        #expect(head.keepsAlive)
    }

    @Test(
        "Request targets",
        arguments: [
            ("GET / HTTP/1.1", "/"), ("GET http://h/a?b HTTP/1.1", "/a?b"), ("GET HTTP://h HTTP/1.1", "/"),
            ("GET http://h?q HTTP/1.1", "/?q"), ("OPTIONS * HTTP/1.1", "*"), ("CONNECT h:1 HTTP/1.1", "h:1"),
        ])
    func targets(line: String, target: String) throws {
        #expect(try parse(line + "\r\nHost: h\r\n\r\n")?.target == target)
    }

    @Test(
        "Persistence",
        arguments: [
            ("HTTP/1.1", "", true), ("HTTP/1.1", "Connection: close\r\n", false),
            ("HTTP/1.1", "Connection: x, CLOSE\r\n", false), ("HTTP/1.0", "", false),
            ("HTTP/1.0", "Connection: Keep-Alive\r\n", true), ("HTTP/1.9", "", true),
        ])
    func persistence(version: String, field: String, expected: Bool) throws {
        #expect(try parse("GET / \(version)\r\nHost: h\r\n\(field)\r\n")?.keepsAlive == expected)
    }

    @Test(
        "Framing",
        arguments: [
            ("Content-Length: 0\r\n", .none), ("Content-Length: 12\r\n", .length(12)),
            ("Transfer-Encoding: chunked\r\n", .chunked), ("Transfer-Encoding: Chunked\r\n", .chunked),
        ] as [(String, RequestHead.Framing)])
    func framing(field: String, expected: RequestHead.Framing) throws {
        #expect(try parse("POST / HTTP/1.1\r\nHost: h\r\n\(field)\r\n")?.framing == expected)
    }

    @Test(
        "Refused request lines",
        arguments: [
            ("GET /", 400), ("GET / HTTP/1.1 ", 400), ("GET  / HTTP/1.1", 400), (" GET / HTTP/1.1", 400),
            ("GET / HTTP/2.0", 505), ("GET / HTTP/0.9", 505), ("GET / HTTP/1", 400), ("GET / http/1.1", 400),
            ("GET / HTTP/1.10", 400), ("G(T / HTTP/1.1", 400), ("GET /a b HTTP/1.1", 400), ("GET /\u{1} HTTP/1.1", 400),
            ("GET /ü HTTP/1.1", 400), ("GET /a#b HTTP/1.1", 400), ("GET * HTTP/1.1", 400), ("GET a HTTP/1.1", 400),
            ("GET ftp://h/ HTTP/1.1", 400), ("GET http:///a HTTP/1.1", 400), ("\u{16}\u{3}\u{1} x y", 400),
        ])
    func refusedLines(line: String, status: Int) {
        #expect(refusal(line + "\r\nHost: h\r\n\r\n") == status)
    }

    @Test(
        "Refused header sections",
        arguments: [
            ("", 400), ("Host: a\r\nHost: a\r\n", 400), ("Host: a/b\r\n", 400), ("Host: a b\r\n", 400),
            ("Host: h\r\nX : y\r\n", 400), ("Host: h\r\n: y\r\n", 400), ("Host: h\r\nX\r\n", 400),
            ("Host: h\r\nX: a\r\n b\r\n", 400), (" X: a\r\nHost: h\r\n", 400), ("Host: h\r\nX: a\u{0}\r\n", 400),
            ("Host: h\r\nX: a\rb\r\n", 400), ("Host: h\nX: a\r\n", 400), ("Host: h\r\nX(: a\r\n", 400),
            ("Host: h\r\nContent-Length: 1\r\nContent-Length: 1\r\n", 400),
            ("Host: h\r\nContent-Length: 1, 1\r\n", 400),
            ("Host: h\r\nContent-Length: -1\r\n", 400), ("Host: h\r\nContent-Length: +1\r\n", 400),
            ("Host: h\r\nContent-Length:\r\n", 400), ("Host: h\r\nContent-Length: 0x1\r\n", 400),
            ("Host: h\r\nContent-Length: 99999999999999999999\r\n", 400),
            ("Host: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n", 400),
            ("Host: h\r\nTransfer-Encoding: gzip, chunked\r\n", 501), ("Host: h\r\nTransfer-Encoding: gzip\r\n", 400),
            ("Host: h\r\nTransfer-Encoding: chunked, chunked\r\n", 400),
            ("Host: h\r\nTransfer-Encoding: xchunked\r\n", 400), ("Host: h\r\nExpect: tea\r\n", 417),
        ])
    func refusedSections(section: String, status: Int) {
        #expect(refusal("POST / HTTP/1.1\r\n\(section)\r\n") == status)
    }

    @Test("Transfer-Encoding in HTTP/1.0 is refused; Host may be missing there")
    func version10() throws {
        #expect(refusal("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == 400)
        #expect(try parse("GET / HTTP/1.0\r\n\r\n")?.minorVersion == 0)
    }

    @Test("Limits are told before the end of the head arrives")
    func limits() {
        let long = String(repeating: "a", count: 9000)
        #expect(refusal("GET /" + long) == 414)
        #expect(refusal("GET /\(long) HTTP/1.1\r\nHost: h\r\n\r\n") == 414)
        #expect(refusal("GET / HTTP/1.1\r\nX: \(long)\(long)") == 431)
        #expect(refusal("GET / HTTP/1.1\r\nHost: h\r\n" + String(repeating: "X: y\r\n", count: 101) + "\r\n") == 431)
        #expect(refusal(String(repeating: "\r\n", count: 20)) == 400)
    }

    @Test("Pipelined requests come out one by one, empty lines between them are skipped")
    func pipelined() throws {
        var buffer = ByteBuffer(
            string: "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\nGET /3 HT")
        var parser = RequestParser(limits: RequestLimits())
        var targets: [String] = []
        while let head = try parser.next(from: &buffer) { targets.append(head.target) }
        #expect(targets == ["/1", "/2"])
        #expect(parser.isInsideHead)
        buffer.writeString("TP/1.1\r\nHost: h\r\n\r\n")
        let last = try parser.next(from: &buffer)
        #expect(last?.target == "/3")
        #expect(buffer.readableBytes == 0)
    }

    @Test("However the stream is cut, the requests are the same")
    func cuts() throws {
        let text = "\r\nGET /1 HTTP/1.1\r\nHost: h\r\nA: b\r\n\r\nHEAD /2 HTTP/1.0\r\n\r\n"
        let bytes = Array(text.utf8)
        for cut in 0...bytes.count {
            var buffer = ByteBuffer(bytes: bytes[..<cut])
            var parser = RequestParser(limits: RequestLimits())
            var targets: [String] = []
            while let head = try parser.next(from: &buffer) { targets.append(head.target) }
            buffer.writeBytes(bytes[cut...])
            while let head = try parser.next(from: &buffer) { targets.append(head.target) }
            #expect(targets == ["/1", "/2"], "cut at \(cut)")
        }
    }
}

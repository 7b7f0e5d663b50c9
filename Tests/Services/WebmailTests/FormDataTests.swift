import TestSupport
import Testing

@testable import Webmail

@Suite("Forms")
struct FormDataTests {
    private func multipart(_ text: String, boundary: String = "b") throws -> FormData {
        try FormData(multipart: Array(text.replacing("\n", with: "\r\n").utf8), boundary: boundary)
    }

    @Test("URL-encoded fields")
    func urlEncoded() throws {
        let form = try FormData(urlEncoded: "a=1&b=x+y%20z&a=2&%C3%A4=%C3%B6&c&d=%zz%4&&=e&f=a%3Db=c".utf8)
        #expect(form.all("a") == ["1", "2"])
        #expect(form["b"] == "x y z")
        #expect(form["ä"] == "ö")
        #expect(form.has("c") && form["c"].isEmpty)
        #expect(form["d"] == "%zz%4")
        #expect(form["f"] == "a=b=c")
        #expect(!form.has("g") && form["g"].isEmpty)
    }

    @Test("Of a form whose end is missing there is what came before, and never half a file")
    func cut() throws {
        let text = """
            --b
            Content-Disposition: form-data; name="text"

            words
            --b
            Content-Disposition: form-data; name="file"; filename="a"

            one
            --b
            Content-Disposition: form-data; name="file"; filename="b"

            two and more
            """.replacing("\n", with: "\r\n")
        let octets = Array(text.utf8)
        let whole = try FormData(multipart: octets, boundary: "b", isCut: true)
        #expect(whole.isCut && whole["text"] == "words" && whole.files.map(\.name) == ["a"])
        for count in 3..<octets.count {
            let form = try FormData(multipart: Array(octets[..<count]), boundary: "b", isCut: true)
            #expect(form.files.count <= 1 && (form["text"].isEmpty || form["text"].hasPrefix("w")))
            #expect(throws: FormError.self) {
                _ = try FormData(multipart: Array(octets[..<count]), boundary: "b")
            }
        }
        #expect(try FormData(urlEncoded: "a=b".utf8).digest != FormData(urlEncoded: "a=&b=".utf8).digest)
    }

    @Test("Fields and files in parts")
    func parts() throws {
        let form = try multipart(
            """
            --b
            Content-Disposition: form-data; name="subject"

            Grüße
            -b and more
            --b
            Content-Disposition: form-data; name="file"; filename="C:\\x\\a%22b;c.txt"
            Content-Type: Text/Plain

            one

            --b
            Content-Disposition: form-data; name="file"; filename=""
            Content-Type: application/octet-stream


            --b
            Content-Disposition: form-data; name="file"; filename="../.."

            two
            --b--
            """)
        #expect(form["subject"] == "Grüße\r\n-b and more")
        #expect(
            form.files == [
                FormData.File(
                    field: "file", name: "a\"b;c.txt", type: "text/plain", content: Array("one\r\n".utf8)),
                FormData.File(
                    field: "file", name: "file", type: "application/octet-stream", content: Array("two".utf8)),
            ])
    }

    @Test(
        "What is no form is refused",
        arguments: [
            "", "--b", "--b\n", "--bx\n", "--b\nContent-Disposition: form-data; name=\"a\"\n\nx",
            "--b\n\nx\n--b--", "--b\nContent-Disposition: form-data\n\nx\n--b--",
            "--b\nContent-Disposition: attachment; name=\"a\"\n\nx\n--b--", "--b\nnonsense\n\nx\n--b--",
            "--b\nContent-Disposition: form-data; name=\"a\"\n\nx\n--b?", "preamble\n--b--",
            "--b\nX: " + String(repeating: "x", count: 5000) + "\n\n\n--b--",
        ])
    func malformed(_ text: String) {
        #expect(throws: FormError(.malformed)) { _ = try multipart(text) }
    }

    @Test("Fields without end are refused")
    func fields() {
        #expect(throws: FormError(.tooMany)) {
            _ = try FormData(urlEncoded: String(repeating: "a&", count: 3000).utf8)
        }
        let part = "--b\nContent-Disposition: form-data; name=\"a\"\n\nx\n"
        #expect(throws: FormError(.tooMany)) { _ = try multipart(String(repeating: part, count: 3000) + "--b--") }
    }
}

@Suite("Randomised forms")
struct RandomisedFormTests {
    @Test("Whatever is uploaded comes out as it went in")
    func roundTrip() throws {
        var random = SeededGenerator(seed: 0x5EED_0420)
        for _ in 0..<fuzzRounds(default: 200) {
            var octets: [UInt8] = []
            for _ in 0..<Int.random(in: 0...50, using: &random) {
                octets +=
                    [
                        [0x0D], [0x0A], Array("--b".utf8), Array("\r\n--".utf8),
                        [UInt8.random(in: 0...255, using: &random)],
                    ]
                    .randomElement(using: &random) ?? []
            }
            // A browser takes a boundary that the content does not hold.
            let boundary = "bound-\(UInt64.random(in: 0 ... .max, using: &random))"
            let body =
                Array("--\(boundary)\r\nContent-Disposition: form-data; name=\"f\"; filename=\"n\"\r\n\r\n".utf8)
                + octets
                + Array("\r\n--\(boundary)--\r\n".utf8)
            let form = try FormData(multipart: body, boundary: boundary)
            #expect(form.files.map(\.content) == [octets])
        }
    }

    @Test("Octets of any kind are read or refused")
    func octets() {
        var random = SeededGenerator(seed: 0x5EED_0421)
        let pieces = [
            "--b", "\r\n", "Content-Disposition: form-data; name=\"a\"", "; filename=\"", "\"", "--", ":", "x", "=",
        ]
        for _ in 0..<fuzzRounds(default: 500) {
            let text = (0..<Int.random(in: 0...20, using: &random)).map { _ in
                pieces.randomElement(using: &random) ?? ""
            }.joined()
            if let form = try? FormData(multipart: Array(("--b" + text).utf8), boundary: "b") {
                #expect(form.files.allSatisfy { $0.content.count <= text.utf8.count })
            }
        }
    }
}

import Ingest
import Segmenter
import TestSupport
import Testing

@Suite("A presentation's name")
struct PresentationNameTests {
    @Test(
        "is made from a file's",
        arguments: [
            ("film.mp4", "film"), ("My Film (1998).mkv", "My-Film-1998"), ("Ünïcödé.mov", "Unicode"),
            ("a.b.c.webm", "a.b.c"), (".hidden", "hidden"), ("no extension", "no-extension"), ("x", "x"),
            ("--weird--.ts", "weird"), ("ﬁn.mp4", "fin"), ("samples.mp4", "samples-1"), ("a\u{0}b\n.mp4", "a-b"),
            ("日本 2.mp4", "2"),
        ])
    func fromFile(file: String, name: String) throws {
        #expect(try PresentationName(fileName: file).description == name)
    }

    @Test("cannot be made from nothing", arguments: ["日本.mp4", "....", "---.mp4", ""])
    func impossible(file: String) {
        let error = #expect(throws: IngestError.self) { _ = try PresentationName(fileName: file) }
        #expect(error?.code == .invalidName)
        #expect(error?.description.contains("--name") ?? false)
    }

    @Test("is taken as given when it is safe", arguments: ["film", "Film-2_b.v3", "0"])
    func given(name: String) throws {
        #expect(try PresentationName(name).description == name)
    }

    @Test(
        "is refused when it is not",
        arguments: [
            "", " ", "a b", "a/b", "../a", ".", "..", ".a", "a.", "-a", "ü", "a\nb", "samples", "SAMPLES", "a%20b",
        ])
    func refused(name: String) {
        let error = #expect(throws: IngestError.self) { _ = try PresentationName(name) }
        #expect(error?.code == .invalidName)
        #expect(!(error?.description.contains("\n") ?? true))
    }

    @Test("is safe or refused, whatever it is made from")
    func anything() {
        var generator = SeededGenerator(seed: 9)
        for _ in 0..<5_000 {
            let scalars = (0..<Int.random(in: 0...150, using: &generator)).compactMap { _ in
                Unicode.Scalar(
                    UInt32.random(in: 0...(Bool.random(using: &generator) ? 0x7F : 0x2FFFF), using: &generator))
            }
            var text = ""
            text.unicodeScalars.append(contentsOf: scalars)
            guard let name = try? PresentationName(fileName: text) else { continue }
            #expect(name.description.count <= 102)
            #expect((try? PresentationName(name.description)) == name)
        }
    }
}

@Suite("The library's layout")
struct LibraryLayoutTests {
    @Test(
        "numbers segments with five digits or more",
        arguments: [
            (0, "v720/init.mp4"), (1, "v720/00001.m4s"), (99_999, "v720/99999.m4s"), (123_456, "v720/123456.m4s"),
        ])
    func references(number: Int, path: String) {
        #expect(LibraryLayout.reference(to: SegmentKey(track: "v720", number: number)) == path)
    }
}

import Testing

@testable import Presentation

struct URIReferenceTests {
    static let base = "http://a/b/c/d;p?q"

    /// RFC 3986 §5.4.1 and §5.4.2, all of them.
    static let examples: [(String, String)] = [
        ("g:h", "g:h"), ("g", "http://a/b/c/g"), ("./g", "http://a/b/c/g"), ("g/", "http://a/b/c/g/"),
        ("/g", "http://a/g"), ("//g", "http://g"), ("?y", "http://a/b/c/d;p?y"), ("g?y", "http://a/b/c/g?y"),
        ("#s", "http://a/b/c/d;p?q#s"), ("g#s", "http://a/b/c/g#s"), ("g?y#s", "http://a/b/c/g?y#s"),
        (";x", "http://a/b/c/;x"), ("g;x", "http://a/b/c/g;x"), ("g;x?y#s", "http://a/b/c/g;x?y#s"),
        ("", "http://a/b/c/d;p?q"), (".", "http://a/b/c/"), ("./", "http://a/b/c/"), ("..", "http://a/b/"),
        ("../", "http://a/b/"), ("../g", "http://a/b/g"), ("../..", "http://a/"), ("../../", "http://a/"),
        ("../../g", "http://a/g"),
        ("../../../g", "http://a/g"), ("../../../../g", "http://a/g"), ("/./g", "http://a/g"),
        ("/../g", "http://a/g"), ("g.", "http://a/b/c/g."), (".g", "http://a/b/c/.g"), ("g..", "http://a/b/c/g.."),
        ("..g", "http://a/b/c/..g"), ("./../g", "http://a/b/g"), ("./g/.", "http://a/b/c/g/"),
        ("g/./h", "http://a/b/c/g/h"), ("g/../h", "http://a/b/c/h"), ("g;x=1/./y", "http://a/b/c/g;x=1/y"),
        ("g;x=1/../y", "http://a/b/c/y"), ("g?y/./x", "http://a/b/c/g?y/./x"), ("g?y/../x", "http://a/b/c/g?y/../x"),
        ("g#s/./x", "http://a/b/c/g#s/./x"), ("g#s/../x", "http://a/b/c/g#s/../x"), ("http:g", "http:g"),
    ]

    @Test("resolves the RFC's examples", arguments: examples)
    func resolve(_ reference: String, _ expected: String) {
        #expect(URIReference.resolve(reference, against: Self.base) == expected)
    }

    @Test(
        "resolves what manifests hold",
        arguments: [
            ("v1/1.m4s", "http://host:8080", "http://host:8080/v1/1.m4s"),
            ("../media/a%20b/0123/", "http://host/manifests/a%20b.mpd?token=1", "http://host/media/a%20b/0123/"),
            ("1.m4s?x=/../y", "https://h/p/m.mpd", "https://h/p/1.m4s?x=/../y"),
            ("a:b.m4s", "https://h/p/m.mpd", "a:b.m4s"),
            ("./a:b.m4s", "https://h/p/m.mpd", "https://h/p/a:b.m4s"),
            ("1:2.m4s", "https://h/p/m.mpd", "https://h/p/1:2.m4s"),
            ("x", "manifests/m.mpd", "manifests/x"),
            ("/\u{301}x", "http://h/y", "http://h/\u{301}x"),
        ])
    func manifests(_ reference: String, _ base: String, _ expected: String) {
        #expect(URIReference.resolve(reference, against: base) == expected)
    }

    @Test("puts together what it took apart", arguments: examples.map(\.0) + ["http://u:p@h:1/?#", "//", "?", "#"])
    func recompose(_ text: String) {
        #expect(URIReference(text).description == text)
    }

    @Test(
        "encodes names as path segments",
        arguments: [
            ("plain-Name_1.0~", "plain-Name_1.0~"), ("a b/c", "a%20b%2Fc"), ("50%", "50%25"), ("\u{0}\n", "%00%0A"),
            ("Käse", "K%C3%A4se"), ("?#", "%3F%23"),
        ])
    func encode(_ name: String, _ expected: String) {
        #expect(URIReference.percentEncodedSegment(name) == expected)
        #expect(
            URIReference.resolve(URIReference.percentEncodedSegment(name), against: "http://h/")
                == "http://h/" + expected)
    }
}

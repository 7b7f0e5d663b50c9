import HTTPSemantics
import Testing

@Suite("URL path")
struct URLPathTests {
    @Test(
        "Decoded once",
        arguments: [
            ("/a/b", ["a", "b"], false), ("/", [], true), ("/a/", ["a"], true), ("/a%20b", ["a b"], false),
            ("/%C3%BC", ["ü"], false), ("/100%25", ["100%"], false), ("/...", ["..."], false),
            ("/a..b", ["a..b"], false),
            ("/%2541", ["%41"], false),
        ])
    func decoded(path: String, segments: [String], isDirectory: Bool) {
        let result = URLPath(path)
        #expect(result?.segments == segments)
        #expect(result?.isDirectory == isDirectory)
    }

    @Test(
        "Tricks are refused",
        arguments: [
            "", "a", "/..", "/a/../b", "/a/./b", "/%2e%2e/a", "/%2E./a", "/.%2e/a", "/a%2fb", "/a%2Fb", "/a%5cb",
            "/a\\b", "/a%00", "/a%0a", "/a%7f", "//a", "/a//b", "/%", "/%2", "/%zz", "/%ff", "/%252e%252e/a",
            "/%252fa", "/a%2500", "/%c0%ae%c0%ae/a", "/%25%32%65%25%32%65",
        ])
    func refused(path: String) {
        // The last decodes to `%2e%2e`, whose second decoding is `..`.
        #expect(URLPath(path) == nil)
    }
}

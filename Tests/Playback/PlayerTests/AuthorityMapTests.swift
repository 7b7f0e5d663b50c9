import Testing

@testable import Player

@Suite("Map of authorities")
struct AuthorityMapTests {
    private var map: AuthorityMap {
        var map = AuthorityMap(["h:81": "127.0.0.1:5", "same.example": "127.0.0.1:6"])
        map.securePorts = ["v.example": 7, "v.example:8443": 8, "[::1]:443": 9, "same.example": 10]
        return map
    }

    @Test(
        "changes where a request goes, and tells the server whom it was for",
        arguments: [
            ("http://h:81/a?b", "http://127.0.0.1:5/a?b", "h:81"),
            ("http://same.example/a", "http://127.0.0.1:6/a", "same.example"),
            // The host stays, since the certificate is for it.
            ("https://v.example/a", "https://v.example:7/a", "v.example"),
            ("https://v.example:8443/a", "https://v.example:8/a", "v.example:8443"),
            ("https://[::1]:443/a", "https://[::1]:9/a", "[::1]:443"),
            ("https://same.example/a", "https://same.example:10/a", "same.example"),
            // Others go their way.
            ("http://h:82/a", "http://h:82/a", nil), ("https://h:81/a", "https://h:81/a", nil),
            ("http://v.example/a", "http://v.example/a", nil), ("a/b", "a/b", nil), ("", "", nil),
        ] as [(String, String, String?)])
    func routes(url: String, target: String, host: String?) {
        let route = map.route(url)
        #expect(route.url == target)
        #expect(route.host == host)
    }
}

import Presentation
import TestSupport
import Testing

@testable import Benchmark

@Suite("Servers behind a link")
struct UpstreamServerTests {
    @Test(
        "are read from URLs",
        arguments: [
            ("http://127.0.0.1:8081/a/b.m4s", "127.0.0.1:8081", "127.0.0.1", 8081),
            ("HTTP://origin.example/a", "origin.example", "origin.example", 80),
            ("http://origin.example:/a", "origin.example:", "origin.example", 80),
            ("http://[::1]:8080/a", "[::1]:8080", "::1", 8080),
            ("http://[2001:db8::7]/a", "[2001:db8::7]", "2001:db8::7", 80),
            ("http://viewer@origin.example:81/a", "viewer@origin.example:81", "origin.example", 81),
            ("https://origin.example/a", "origin.example", "origin.example", 443),
            ("https://127.0.0.1:8443/a", "127.0.0.1:8443", "127.0.0.1", 8443), ("https://[::1]/a", "[::1]", "::1", 443),
        ])
    func reading(url: String, authority: String, host: String, port: Int) throws {
        let server = try UpstreamServer(url)
        #expect(server.authority == authority)
        #expect(server.host == host)
        #expect(server.port == port)
        #expect(server.isSecure == url.hasPrefix("https"))
    }

    @Test(
        "are refused when no link can stand in front of them",
        arguments: [
            "ftp://origin.example/a", "a/b.m4s", "", "http:///a", "http://:80/a",
            "http://origin.example:0/a", "http://origin.example:65536/a", "http://origin.example:-1/a",
            "http://origin.example:99999999999999999999/a", "http://origin.example:8a/a", "http://[]/a", "http://@/a",
        ])
    func refusal(url: String) {
        #expect(throws: BenchmarkError.self) { try UpstreamServer(url) }
    }

    @Test(
        "need a name where they speak TLS, unless they are on this machine",
        arguments: ["192.0.2.1", "[2001:db8::7]:444"])
    func transportLayerSecurity(authority: String) throws {
        let error = #expect(throws: BenchmarkError.self) {
            try UpstreamServer.all(of: anyPresentation(base: "https://\(authority)/media/"))
        }
        #expect(error?.description.contains("https://\(authority)") == true)
        #expect(error?.description.contains("give a host name") == true)
    }

    @Test("are all those that anything is fetched from, each once")
    func everyServer() throws {
        var presentation = anyPresentation(base: "http://a.example/media/")
        presentation.switchingSets[0].tracks[0].baseURLs.append("http://b.example:81/media/")
        presentation.switchingSets[0].tracks[1].segments[3].resource.path = "http://c.example/elsewhere.m4s"
        presentation.switchingSets[0].tracks[2].initialization = MediaResource(path: "//d.example:82/init.mp4")
        let servers = try UpstreamServer.all(of: presentation)
        #expect(servers.map(\.authority) == ["a.example", "b.example:81", "c.example", "d.example:82"])
    }

    @Test("leave out a base URL that nothing is fetched from")
    func unusedBase() throws {
        var presentation = anyPresentation(bitRates: [300_000], count: 2, base: "https://unused.example/")
        for index in 0..<2 {
            presentation.switchingSets[0].tracks[0].segments[index].resource.path = "http://used.example/\(index).m4s"
        }
        #expect(try UpstreamServer.all(of: presentation).map(\.authority) == ["used.example"])
    }

    @Test("never trap, whatever a manifest calls them")
    func randomised() {
        var generator = SeededGenerator(seed: 411)
        let pieces = [
            "http", "https", ":", "//", "/", "@", "[", "]", "::1", "80", "65536", "-", ".", "a", "?", "#", "%zz", "é",
            "\u{0}",
        ]
        for _ in 0..<fuzzRounds(default: 4000) {
            let url = (0..<Int.random(in: 0...9, using: &generator))
                .map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            guard let server = try? UpstreamServer(url) else { continue }
            #expect(!server.host.isEmpty && (1...65535).contains(server.port), "\(url)")
        }
    }
}

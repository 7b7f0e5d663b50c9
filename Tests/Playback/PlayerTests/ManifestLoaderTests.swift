import Manifest
import Presentation
import Testing

@testable import Player

@Suite("Manifest loader")
struct ManifestLoaderTests {
    private func load(
        _ url: String, edges: [String] = [], authorityMap: AuthorityMap = [:]
    ) async throws -> Presentation {
        try await PlaybackHTTPClient.withClient { client in
            try await ManifestLoader(httpClient: client, authorityMap: authorityMap, logger: quietLogger)
                .presentation(at: url, edges: edges)
        }
    }

    private func manifest() throws -> [UInt8] {
        let presentation = try Fixture(baseURLs: []).presentation
        return Array(MPD(presentation: presentation, baseURL: "../media/x/0/").serialized().utf8)
    }

    @Test("A manifest becomes a presentation, located relative to where it came from in the end")
    func redirect() async throws {
        let manifest = try manifest()
        try await ScriptedServer.run { request in
            request.path == "/old.mpd" ? .status(302, fields: ["Location": "/manifests/x.mpd"]) : .body(manifest)
        } body: { authority in
            let presentation = try await load(
                "http://\(authority)/old.mpd", edges: ["http://edge:81", "https://other"])
            let urls = presentation.switchingSets.flatMap(\.tracks).map(\.baseURLs)
            #expect(
                Set(urls) == [
                    [
                        "http://\(authority)/media/x/0/", "http://edge:81/media/x/0/", "https://other/media/x/0/",
                    ]
                ])
        }
    }

    @Test("Through another address, locations stay those of the real server")
    func authorityMap() async throws {
        let manifest = try manifest()
        try await ScriptedServer.run { _ in
            .body(manifest)
        } body: { authority in
            let presentation = try await load(
                "http://video.example/manifests/x.mpd", authorityMap: ["video.example": authority])
            #expect(presentation.switchingSets[0].tracks[0].baseURLs == ["http://video.example/media/x/0/"])
        }
    }

    @Test(
        "What is no manifest is refused, and the URL is named",
        arguments: [
            (ScriptedReply.status(404), PlayerError.Code.notFound), (.status(410), .notFound),
            (.status(403), .refused), (.status(500), .refused), (.body(Array("hello".utf8)), .unusable),
            (.body(Array("<html/>".utf8)), .unusable), (.body([]), .unusable),
            (.truncated([60], promised: 9), .unreachable), (.reset, .unreachable),
            (.status(302, fields: ["Location": "/x.mpd"]), .unreachable),
        ])
    func refusals(reply: ScriptedReply, code: PlayerError.Code) async throws {
        try await ScriptedServer.run { _ in
            reply
        } body: { authority in
            let error = await #expect(throws: PlayerError.self) { try await load("http://\(authority)/x.mpd") }
            #expect(error?.code == code)
            #expect(error?.description.hasPrefix("http://\(authority)/x.mpd: ") == true, "\(error as Any)")
            #expect(error?.description.contains("\n") == false)
        }
    }

    @Test("What is no URL of a server is refused", arguments: ["", "x", "/a/b.mpd", "file:///x", "http://", "http:/x"])
    func invalidURL(url: String) async throws {
        let error = await #expect(throws: PlayerError.self) { try await load(url) }
        #expect(error?.code == .invalidURL)
    }

    @Test("Nobody listens")
    func unreachable() async throws {
        let dead = try await ScriptedServer.run({ _ in .silence }, body: { $0 })
        let error = await #expect(throws: PlayerError.self) { try await load("http://\(dead)/x.mpd") }
        #expect(error == PlayerError(.unreachable, "http://\(dead)/x.mpd: connection refused"))
    }
}

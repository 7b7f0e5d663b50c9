import Client
import Foundation
import Manifest
import NIOHTTP1
import PlaybackTestSupport
import Presentation
import Synchronization
import Testing

@testable import Player

/// TLS with authorities of one's own, and the version of HTTP that is settled in it.
@Suite("Transport")
struct TransportTests {
    /// Plays the fixture over https; gives the versions of HTTP that the server saw, 404 for nothing it has.
    private func play(
        _ version: Transport.Version, offering protocols: [String] = ["h2", "http/1.1"], trusting: Bool = true
    ) async throws -> (Run, Set<String>) {
        let files = try Fixture(baseURLs: [])
        let identity = try SelfSignedCertificate()
        let file = FileManager.default.temporaryDirectory.appending(path: "headwater-\(UUID()).pem").path
        try identity.pem.write(toFile: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: file) }
        let transport = try Transport(version: version, authorityFile: trusting ? file : nil)
        let manifest = Array(MPD(presentation: files.presentation, baseURL: "/").serialized().utf8)
        let versions = Mutex<Set<String>>([])
        let run = try await SecureServer.run(identity, offering: protocols) { head in
            versions.withLock { _ = $0.insert("\(head.version.major).\(head.version.minor)") }
            return head.uri == "/x.mpd" ? manifest : files.file(at: head.uri)
        } body: { authority in
            try await Run.of("https://\(authority)/x.mpd", transport)
        }
        return (run, versions.withLock { $0 })
    }

    @Test(
        "what the server offers and the user wants is spoken",
        arguments: [
            (Transport.Version.automatic, ["h2", "http/1.1"], "2.0"), (.automatic, ["http/1.1"], "1.1"),
            (.http1, ["h2", "http/1.1"], "1.1"), (.http2, ["h2"], "2.0"),
        ])
    func versions(version: Transport.Version, protocols: [String], spoken: String) async throws {
        let (run, versions) = try await play(version, offering: protocols)
        #expect(run.result.outcome == .completed)
        #expect(run.failures.isEmpty)
        #expect(versions == [spoken])
    }

    @Test("HTTP/2 that was asked for and is not offered is an error that says so")
    func refusal() async throws {
        let error = await #expect(throws: PlayerError.self) { try await play(.http2, offering: ["http/1.1"]) }
        #expect(error?.code == .unreachable)
        #expect(error?.description.contains("speaks no HTTP/2") == true, "\(error as Any)")
    }

    @Test("a certificate of nobody known is refused")
    func untrusted() async throws {
        let error = await #expect(throws: PlayerError.self) { try await play(.automatic, trusting: false) }
        #expect(error?.code == .unreachable)
        #expect(error?.description.contains("its certificate is not trusted") == true, "\(error as Any)")
    }

    @Test("a file without certificates is refused, and named", arguments: ["/none/x.pem", #filePath])
    func badAuthority(file: String) {
        let error = #expect(throws: PlayerError.self) { try Transport(authorityFile: file) }
        #expect(error?.code == .unusable)
        #expect(error?.description.hasPrefix(file) == true)
    }
}

import Manifest
import Presentation
import Testing

@testable import Player

@Suite("Segment indexes")
struct SegmentIndexLoaderTests {
    private static let manifest = Array(
        """
        <MPD mediaPresentationDuration="PT8S"><Period><AdaptationSet mimeType="video/mp4">
        <Representation id="v" bandwidth="1" codecs="avc1.64001F"><BaseURL>v.mp4</BaseURL>
        <SegmentBase indexRange="16-59"/></Representation></AdaptationSet></Period></MPD>
        """.utf8)

    private static func bytes(_ value: Int, _ width: Int = 4) -> [UInt8] {
        (0..<width).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }

    /// A `sidx` (ISO/IEC 14496-12 §8.16.3): 32 bytes, and 12 for each reference.
    private static func index(_ references: [(isIndex: Bool, size: Int, duration: Int)], timescale: Int = 1000)
        -> [UInt8]
    {
        let body =
            bytes(0) + bytes(1) + bytes(timescale) + bytes(0) + bytes(0) + bytes(references.count)
            + references.flatMap {
                bytes(($0.isIndex ? 1 << 31 : 0) | $0.size) + bytes($0.duration) + bytes(0x9000_0000)
            }
        return bytes(body.count + 8) + Array("sidx".utf8) + body
    }

    private func load(_ file: [UInt8]) async throws -> Presentation {
        try await ScriptedServer.run { request in
            request.path == "/x.mpd" ? .body(Self.manifest) : .ranged(file)
        } body: { authority in
            try await PlaybackHTTPClient.withClient {
                try await ManifestLoader(httpClient: $0, logger: quietLogger)
                    .presentation(at: "http://\(authority)/x.mpd")
            }
        }
    }

    @Test("an index may lead to further ones")
    func hierarchy() async throws {
        // The manifest names the first 44 bytes only.
        let inner = Self.index([(false, 100, 2000), (false, 200, 2000)])
        let outer = Self.index([(true, inner.count, 4000)])
        let presentation = try await load([UInt8](repeating: 0, count: 16) + outer + inner)
        let segments = try #require(presentation.switchingSets.first?.tracks.first).segments
        let start = Int64(16 + outer.count + inner.count)
        #expect(segments.map(\.resource.byteRange) == [start...start + 99, start + 100...start + 299])
        #expect(segments.map(\.start) == [0, 2000])
    }

    @Test(
        "what is no index is refused, and the file is named",
        arguments: [
            ([UInt8](repeating: 0, count: 100), "sidx"),
            (Self.index([]) + [UInt8](repeating: 0, count: 60), "no segments"),
            // It leads to what is none.
            (Self.index([(true, 44, 1000)]) + [UInt8](repeating: 0, count: 60), "sidx"),
        ])
    func refusals(file: [UInt8], mention: String) async throws {
        let error = await #expect(throws: PlayerError.self) {
            try await load([UInt8](repeating: 0, count: 16) + file)
        }
        #expect(error?.code == .unusable)
        #expect(error?.description.contains("/v.mp4") == true, "\(error as Any)")
        #expect(error?.description.contains(mention) == true, "\(error as Any)")
    }

    @Test("a server that has no such file says so")
    func missing() async throws {
        let error = await #expect(throws: PlayerError.self) {
            try await ScriptedServer.run { request in
                request.path == "/x.mpd" ? .body(Self.manifest) : .status(404)
            } body: { authority in
                try await PlaybackHTTPClient.withClient {
                    try await ManifestLoader(httpClient: $0, logger: quietLogger)
                        .presentation(at: "http://\(authority)/x.mpd")
                }
            }
        }
        #expect(error?.code == .notFound)
    }
}

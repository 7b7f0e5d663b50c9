import Manifest
import Presentation
import Testing

@testable import Player

@Suite("Segment indexes")
struct SegmentIndexLoaderTests {
    /// Its index is the first one of 44 bytes behind 16 others, unless `base` says something else.
    private static func manifest(_ base: String = #"<SegmentBase indexRange="16-59"/>"#) -> [UInt8] {
        Array(
            """
            <MPD mediaPresentationDuration="PT1H"><Period><AdaptationSet mimeType="video/mp4">
            <Representation id="v" bandwidth="1" codecs="avc1.64001F"><BaseURL>v.mp4</BaseURL>\(base)
            </Representation></AdaptationSet></Period></MPD>
            """.utf8)
    }

    private static let header = [UInt8](repeating: 0, count: 16)

    private static func bytes(_ value: Int, _ width: Int = 4) -> [UInt8] {
        (0..<width).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }

    /// A `sidx` (ISO/IEC 14496-12 §8.16.3): 32 bytes, and 12 for each reference.
    private static func index(
        _ references: [(isIndex: Bool, size: Int, duration: Int)], timescale: Int = 1000, firstOffset: Int = 0
    ) -> [UInt8] {
        let body =
            bytes(0) + bytes(1) + bytes(timescale) + bytes(0) + bytes(firstOffset) + bytes(references.count)
            + references.flatMap {
                bytes(($0.isIndex ? 1 << 31 : 0) | $0.size) + bytes($0.duration) + bytes(0x9000_0000)
            }
        return bytes(body.count + 8) + Array("sidx".utf8) + body
    }

    /// The presentation of a manifest, of its file, and of what an index in a file of its own holds.
    private func load(
        _ file: [UInt8], manifest: [UInt8] = manifest(), apart: [UInt8] = []
    ) async throws -> Presentation {
        try await ScriptedServer.run { request in
            switch request.path {
            case "/x.mpd": .body(manifest)
            case "/v.mp4": .ranged(file)
            default: request.range == nil ? .body(apart) : .ranged(apart)
            }
        } body: { authority in
            try await PlaybackHTTPClient.withClient {
                try await ManifestLoader(httpClient: $0, logger: quietLogger)
                    .presentation(at: "http://\(authority)/x.mpd")
            }
        }
    }

    private func segments(of presentation: Presentation) throws -> [(start: Int64, range: ClosedRange<Int64>?)] {
        try #require(presentation.switchingSets.first?.tracks.first).segments.map { ($0.start, $0.resource.byteRange) }
    }

    @Test("an index may lead to further ones")
    func hierarchy() async throws {
        // The manifest names the first 44 bytes only.
        let inner = Self.index([(false, 100, 2000), (false, 200, 2000)])
        let outer = Self.index([(true, inner.count, 4000)])
        let segments = try segments(of: try await load(Self.header + outer + inner))
        let start = Int64(16 + outer.count + inner.count)
        #expect(segments.map(\.range) == [start...start + 99, start + 100...start + 299])
        #expect(segments.map(\.start) == [0, 2000])
    }

    @Test("an index may stand in front of what it indexes, which the reference to it spans")
    func interleaved() async throws {
        let leaf = Self.index([(false, 50_000, 1000), (false, 50_000, 1000)])
        let part = leaf + [UInt8](repeating: 7, count: 100_000)
        // The manifest names the first 56 bytes only.
        let top = Self.index([(true, part.count, 2000), (true, part.count, 2000)])
        let file = Self.header + top + part + part
        let segments = try segments(
            of: try await load(file, manifest: Self.manifest(#"<SegmentBase indexRange="16-71"/>"#)))
        let first = Int64(16 + top.count + leaf.count)
        let second = first + Int64(part.count)
        #expect(
            segments.map(\.range) == [first, first + 50_000, second, second + 50_000].map { $0...$0 + 49_999 })
        #expect(segments.map(\.start) == [0, 1000, 2000, 3000])
    }

    @Test("a nested index may be larger than what is usual")
    func largeNested() async throws {
        let leaf = Self.index((0..<7000).map { _ in (false, 10, 100) })
        #expect(leaf.count > 64 << 10)
        let top = Self.index([(true, leaf.count + 70_000, 700_000)])
        let file = Self.header + top + leaf + [UInt8](repeating: 7, count: 70_000)
        let segments = try segments(of: try await load(file))
        #expect(segments.count == 7000)
        #expect(segments.first?.range?.lowerBound == Int64(16 + top.count + leaf.count))
        #expect(segments.last?.range?.upperBound == Int64(file.count - 1))
    }

    @Test("indexes may form a chain, in which each ends with a reference to the next")
    func chain() async throws {
        // From the end: 20 links, far more than a hierarchy may have levels. Each has a segment of 30 bytes before the next.
        var rest = Self.index([(false, 30, 1000)]) + [UInt8](repeating: 7, count: 30)
        for _ in 1..<20 {
            rest = Self.index([(false, 30, 1000), (true, rest.count, 1000)]) + [UInt8](repeating: 7, count: 30) + rest
        }
        let manifest = Self.manifest(#"<SegmentBase indexRange="16-71"/>"#)
        let segments = try segments(of: try await load(Self.header + rest, manifest: manifest))
        #expect(segments.map(\.start) == (0..<20).map { $0 * 1000 })
        // An index of two references has 56 bytes, the last one 44.
        for (number, segment) in segments.enumerated() {
            let start = Int64(16 + number * 86 + (number < 19 ? 56 : 44))
            #expect(segment.range == start...start + 29)
        }
    }

    @Test(
        "an index may be in a file of its own",
        arguments: [#"sourceURL="v.sidx""#, #"sourceURL="v.sidx" range="0-55""#])
    func apart(_ attributes: String) async throws {
        let leaves = [0, 500].map { Self.index([(false, 200, 2000), (false, 300, 2000)], firstOffset: 40 + $0) }
        let top = Self.index(leaves.map { (true, $0.count, 4000) })
        let manifest = Self.manifest("<SegmentBase><RepresentationIndex \(attributes)/></SegmentBase>")
        let presentation = try await load([], manifest: manifest, apart: top + leaves[0] + leaves[1])
        let segments = try segments(of: presentation)
        // Segments count from the start of the media, not from behind the index.
        #expect(segments.map(\.range) == [40...239, 240...539, 540...739, 740...1039])
        #expect(segments.map(\.start) == [0, 2000, 4000, 6000])
        let track = try #require(presentation.switchingSets.first?.tracks.first)
        #expect(track.initialization?.byteRange == 0...39)
        #expect(track.urls(of: track.segments[0].resource).first?.hasSuffix("/v.mp4") == true)
    }

    @Test("indexes that lead to each other without end are refused", arguments: [true, false])
    func limits(isChain: Bool) async throws {
        var rest = Self.index([(false, 30, 1000)])
        for _ in 0..<(isChain ? 1000 : 4) {
            let reference = (isIndex: true, size: rest.count, duration: 1000)
            rest = Self.index(isChain ? [(false, 30, 1000), reference] : [reference]) + rest
            // A segment before the reference takes its room.
            if isChain { rest.insert(contentsOf: [UInt8](repeating: 7, count: 30), at: 56) }
        }
        let manifest = Self.manifest("<SegmentBase indexRange=\"16-\(15 + rest.count)\"/>")
        let file = Self.header + rest
        let error = await #expect(throws: PlayerError.self) { try await load(file, manifest: manifest) }
        #expect(error?.code == .unusable)
        #expect(error?.description.contains("too many segment indexes") == true, "\(error as Any)")
    }

    @Test("a file of its own that is larger than any index is not read to its end")
    func tooLarge() async throws {
        let manifest = Self.manifest(#"<SegmentBase><RepresentationIndex sourceURL="v.sidx"/></SegmentBase>"#)
        let large = [UInt8](repeating: 0, count: (4 << 20) + 1)
        let error = await #expect(throws: PlayerError.self) { try await load([], manifest: manifest, apart: large) }
        #expect(error?.description.contains("/v.sidx") == true && error?.description.contains("larger") == true)
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
            try await load(Self.header + file)
        }
        #expect(error?.code == .unusable)
        #expect(error?.description.contains("/v.mp4") == true, "\(error as Any)")
        #expect(error?.description.contains(mention) == true, "\(error as Any)")
    }

    @Test("a server that has no such file says so")
    func missing() async throws {
        let error = await #expect(throws: PlayerError.self) {
            try await ScriptedServer.run { request in
                request.path == "/x.mpd" ? .body(Self.manifest()) : .status(404)
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

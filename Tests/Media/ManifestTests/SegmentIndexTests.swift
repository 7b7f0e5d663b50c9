import Manifest
import Presentation
import Testing

struct SegmentIndexTests {
    private func mpd(_ base: String, period: String = "duration='PT10S'") throws -> MPD {
        try MPD(
            text: """
                <MPD><BaseURL>http://g/</BaseURL><BaseURL>http://h/</BaseURL><Period \(period)>
                <AdaptationSet mimeType="video/mp4"><Representation id="v" bandwidth="1" codecs="avc1.64001F">
                <BaseURL>v.mp4</BaseURL>\(base)</Representation></AdaptationSet></Period></MPD>
                """)
    }

    /// Four segments of three seconds at 1000 ticks a second, 100 bytes each, behind byte 1000.
    private static let index = IndexedSegments(
        timescale: 1000, earliestPresentationTime: 5000,
        segments: (0..<4).map { IndexedSegments.Part(duration: 3000, byteRange: (1000 + $0 * 100)...(1099 + $0 * 100)) }
    )

    @Test("an index is asked for where the manifest says it is, and its segments follow")
    func segments() throws {
        let mpd = try mpd("<SegmentBase indexRange='800-999' timescale='10' presentationTimeOffset='50'/>")
        let locations = try mpd.references(at: "http://x/m.mpd").indexes
        #expect(locations.map(\.urls) == [["http://g/v.mp4", "http://h/v.mp4"]])
        #expect(locations.map(\.byteRange) == [800...999])
        let presentation = try mpd.presentation(
            at: "http://x/m.mpd", indexes: [try #require(locations.first): Self.index])
        let track = try #require(presentation.switchingSets.first?.tracks.first)
        #expect(track.timescale == 1000)
        #expect(track.presentationTimeOffset == 5000)
        #expect(!track.hasNominalTimes)
        // The last one reaches behind the period's end, and begins before it.
        #expect(track.segments.map(\.start) == [0, 3000, 6000, 9000])
        #expect(track.segments.map(\.resource.byteRange) == [1000...1099, 1100...1199, 1200...1299, 1300...1399])
        #expect(track.segments.map(\.bytes) == [100, 100, 100, 100])
        #expect(track.initialization == MediaResource(path: "", byteRange: 0...799))
        #expect(track.urls(of: track.segments[0].resource) == ["http://g/v.mp4", "http://h/v.mp4"])
    }

    @Test("what is outside of the period is not presented, and another initialization wins")
    func period() throws {
        let base =
            "<SegmentBase indexRange='800-999' timescale='10' presentationTimeOffset='80'>"
            + "<Initialization range='10-99'/></SegmentBase>"
        let mpd = try mpd(base, period: "duration='PT4S'")
        let location = try #require(try mpd.references(at: "http://x/m.mpd").indexes.first)
        let presentation = try mpd.presentation(at: "http://x/m.mpd", indexes: [location: Self.index])
        let track = try #require(presentation.switchingSets.first?.tracks.first)
        #expect(track.segments.map(\.start) == [0, 3000])
        #expect(track.segments.map(\.resource.byteRange) == [1100...1199, 1200...1299])
        #expect(track.initialization?.byteRange == 10...99)
    }

    @Test("an index in a file of its own is asked for there, and what is in front of the first segment initialises")
    func apart() throws {
        let mpd = try mpd("<SegmentBase><RepresentationIndex sourceURL='v.sidx' range='10-99'/></SegmentBase>")
        let location = try #require(try mpd.references(at: "http://x/m.mpd").indexes.first)
        #expect(location.urls == ["http://g/v.sidx", "http://h/v.sidx"])
        #expect(location.byteRange == 10...99 && location.isApart)
        let presentation = try mpd.presentation(at: "http://x/m.mpd", indexes: [location: Self.index])
        let track = try #require(presentation.switchingSets.first?.tracks.first)
        #expect(track.initialization?.byteRange == 0...999)
        #expect(track.urls(of: track.segments[0].resource) == ["http://g/v.mp4", "http://h/v.mp4"])
    }

    @Test(
        "a representation index without a URL is in the file itself, and @indexRange goes before one with",
        arguments: [
            "<SegmentBase><RepresentationIndex range='800-999'/></SegmentBase>",
            "<SegmentBase indexRange='800-999'><RepresentationIndex sourceURL='v.sidx'/></SegmentBase>",
        ])
    func inside(_ base: String) throws {
        let location = try #require(try mpd(base).references(at: "http://x/m.mpd").indexes.first)
        #expect(location.urls.first == "http://g/v.mp4" && location.byteRange == 800...999 && !location.isApart)
    }

    @Test("a file without an index is one segment, and nothing is asked for")
    func noIndex() throws {
        let mpd = try mpd("")
        #expect(try mpd.references(at: "http://x/m.mpd").indexes.isEmpty)
        #expect(try mpd.presentation(at: "http://x/m.mpd").switchingSets[0].tracks[0].segments.count == 1)
    }
}

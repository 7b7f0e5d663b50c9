import Manifest
import Presentation
import Testing

/// What a client gets out of manifests of other packagers.
struct MPDPresentationTests {
    /// Start, duration in ticks and path of each segment, for comparison at a glance.
    private func plain(_ track: Track) -> [String] {
        track.segments.map { "\($0.start)+\($0.duration) \($0.resource.path)" }
    }

    @Test("equal durations, the last one shorter")
    func number() throws {
        let track = try Manifests.track(
            #"<SegmentTemplate timescale="1000" duration="4000" startNumber="0" media="$RepresentationID$/$Number%03d$.m4s" initialization="$RepresentationID$-$Bandwidth$.mp4"/>"#
        )
        #expect(plain(track) == ["0+4000 v1/000.m4s", "4000+4000 v1/001.m4s", "8000+2000 v1/002.m4s"])
        #expect(track.segments.map(\.number) == [1, 2, 3])
        #expect(track.initialization == MediaResource(path: "v1-800000.mp4"))
        #expect(track.baseURLs == [Manifests.url])
        #expect(track.urls(of: track.segments[0].resource) == ["https://cdn.example/vod/show/v1/000.m4s"])
        #expect(track.codecs == "avc1.64001F")
        #expect(track.hasNominalTimes)
        #expect(
            track.video
                == VideoFormat(width: 640, height: 360, sampleAspectRatio: Rational(1), frameRate: Rational(25)))
    }

    @Test("a duration that is rounded up makes no segment more", arguments: [("PT8.0000009S", 2), ("PT8.01S", 3)])
    func roundedDuration(_ duration: String, _ count: Int) throws {
        let track = try Manifests.track(
            #"<SegmentTemplate timescale="1000" duration="4000" media="$Number$"/>"#, duration: duration)
        #expect(track.segments.count == count)
    }

    @Test("a last number ends the segments")
    func endNumber() throws {
        let track = try Manifests.track(
            #"<SegmentTemplate duration="2" startNumber="5" endNumber="6" media="$Number$"/>"#, duration: nil)
        #expect(plain(track) == ["0+2 5", "2+2 6"])
    }

    struct Timeline: Sendable {
        var attributes = ""
        var entries: String
        var duration: String? = "PT10S"
        var expected: [String]
    }

    @Test(
        "timelines",
        arguments: [
            Timeline(entries: "<S t='0' d='4' r='1'/><S d='2'/>", expected: ["0+4 0", "4+4 4", "8+2 8"]),
            Timeline(entries: "<S d='4' r='-1'/>", expected: ["0+4 0", "4+4 4", "8+4 8"]),
            Timeline(entries: "<S d='3' r='-1'/><S t='6' d='4'/>", expected: ["0+3 0", "3+3 3", "6+4 6"]),
            Timeline(entries: "<S t='0' d='5'/><S t='6' d='4'/>", expected: ["0+5 0", "6+4 6"]),
            Timeline(entries: "<S d='4' r='9'/>", expected: ["0+4 0", "4+4 4", "8+4 8"]),
            Timeline(entries: "<S d='4' r='2'/>", duration: nil, expected: ["0+4 0", "4+4 4", "8+4 8"]),
            Timeline(
                attributes: "presentationTimeOffset='100'", entries: "<S t='100' d='5' r='1'/>",
                expected: ["0+5 100", "5+5 105"]),
            Timeline(
                attributes: "presentationTimeOffset='7'", entries: "<S d='5' r='2'/>",
                expected: ["0+3 5", "3+5 10"]),
        ])
    func timeline(_ timeline: Timeline) throws {
        let track = try Manifests.track(
            "<SegmentTemplate media='$Time$' \(timeline.attributes)><SegmentTimeline>\(timeline.entries)"
                + "</SegmentTimeline></SegmentTemplate>", duration: timeline.duration)
        #expect(plain(track) == timeline.expected)
        #expect(!track.hasNominalTimes)
    }

    @Test("what a level leaves out it takes from the level above")
    func inheritance() throws {
        let track = try Manifests.track(
            "<SegmentTemplate media='r-$Number$'/>",
            period: "<SegmentTemplate timescale='10' duration='50' startNumber='3' initialization='i' media='p'/>")
        #expect(plain(track) == ["0+50 r-3", "50+50 r-4"])
        #expect(track.timescale == 10)
        #expect(track.initialization?.path == "i")
    }

    @Test("a lower level with another kind of addressing wins")
    func kinds() throws {
        let track = try Manifests.track(
            "<BaseURL>all.mp4</BaseURL><SegmentBase indexRange='800-999'/>",
            period: "<SegmentTemplate duration='5' media='$Number$'/>")
        #expect(plain(track) == ["0+10000 "])
        #expect(track.urls(of: track.segments[0].resource) == ["https://cdn.example/vod/show/all.mp4"])
        #expect(track.initialization == nil)
    }

    @Test("a list names every segment")
    func list() throws {
        let track = try Manifests.track(
            """
            <BaseURL>v.mp4</BaseURL>
            <SegmentList timescale="1000" duration="5000"><Initialization range="0-99"/>
              <SegmentURL mediaRange="100-199"/><SegmentURL media="x.mp4" mediaRange="7-8"/><SegmentURL media="z"/>
            </SegmentList>
            """)
        #expect(plain(track) == ["0+5000 ", "5000+5000 x.mp4"])
        #expect(track.segments.map(\.resource.byteRange) == [100...199, 7...8])
        #expect(track.segments.map(\.bytes) == [100, 2])
        #expect(track.initialization?.byteCount == 100)
        #expect(track.initialization == MediaResource(path: "", byteRange: 0...99))
        #expect(track.urls(of: track.segments[0].resource) == ["https://cdn.example/vod/show/v.mp4"])
    }

    @Test("base URLs chain through the levels, alternatives in order")
    func baseURLs() throws {
        let track = try Manifests.track(
            "<BaseURL>v1/</BaseURL>\(MPDReadingTests.template)", period: "<BaseURL>p/</BaseURL>",
            baseURL: "<BaseURL>//a.example/x/</BaseURL><BaseURL>/y/</BaseURL><BaseURL>//a.example/x/</BaseURL>")
        #expect(track.baseURLs == ["https://a.example/x/p/v1/", "https://cdn.example/y/p/v1/"])
    }

    /// A hundred thousand URLs of five kilobytes.
    static let longPattern = "$Number$" + String(repeating: "x", count: 5000) + "\" timescale=\"10000\""

    @Test(
        "what cannot be played is said in a word",
        arguments: [
            (ManifestError.Code.unsupported, "live", "type=\"static\"", "type=\"dynamic\""),
            (.unsupported, "no video or audio", "video/mp4", "text/vtt"),
            (.malformed, "period without an end", "mediaPresentationDuration=\"PT10S\"", ""),
            (.limitExceeded, "1000000 segments", "PT10S", "PT999999999S"),
            (.malformed, "neither $Number$", "$Number$", "all.mp4"),
            (.malformed, "without @media", "media=", "medium="),
            (.limitExceeded, "URLs too long", "$Number$\" timescale=\"100\"", longPattern),
        ])
    func refuse(_ code: ManifestError.Code, _ mention: String, _ old: String, _ new: String) throws {
        let whole = Manifests.video(#"<SegmentTemplate media="$Number$" timescale="100" duration="1"/>"#)
        let mpd = try MPD(text: whole.replacing(old, with: new, maxReplacements: 1))
        let error = #expect(throws: ManifestError.self) { try mpd.presentation(at: Manifests.url) }
        #expect(error?.code == code)
        #expect(error?.description.contains(mention) == true, "\(error?.description ?? "")")
    }

    @Test("sets are told apart by kind, role and what the client must understand")
    func sets() throws {
        let mpd = try MPD(
            text: """
                <MPD mediaPresentationDuration="PT4S"><Period>
                  <SegmentTemplate duration="2" media="$RepresentationID$-$Number$"/>
                  <AdaptationSet contentType="audio" lang="en"><Role schemeIdUri="urn:mpeg:dash:role:2011" value="commentary"/>
                    <Representation id="c" bandwidth="1"/></AdaptationSet>
                  <AdaptationSet contentType="audio" lang="de"><Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
                    <AudioChannelConfiguration schemeIdUri="urn:mpeg:mpegB:cicp:ChannelConfiguration" value="7"/>
                    <Representation id="a2" bandwidth="9" audioSamplingRate="48000 96000"/>
                    <Representation id="a1" bandwidth="5" mimeType="audio/mp4"/></AdaptationSet>
                  <AdaptationSet mimeType="image/jpeg"><Representation id="t" bandwidth="1"/></AdaptationSet>
                  <AdaptationSet mimeType="video/mp4">
                    <EssentialProperty schemeIdUri="http://dashif.org/guidelines/trickmode" value="1"/>
                    <Representation id="k" bandwidth="1"/></AdaptationSet>
                  <AdaptationSet><Representation id="v" bandwidth="1" mimeType="video/webm" frameRate="29.97" width="4" height="2" sar="4:3"/>
                    <SupplementalProperty schemeIdUri="x"/></AdaptationSet>
                </Period></MPD>
                """)
        let presentation = try mpd.presentation(at: "http://h/m")
        #expect(presentation.switchingSets.map(\.kind) == [.audio, .video, .audio])
        #expect(presentation.switchingSets.map(\.language) == ["de", nil, "en"])
        let audio = try #require(presentation.switchingSet(.audio))
        #expect(audio.tracks.map(\.id) == ["a1", "a2"])
        #expect(audio.tracks[1].audio == AudioFormat(sampleRate: 48_000, channelCount: 8))
        let video = try #require(presentation.switchingSet(.video)?.tracks.first)
        #expect(
            video.video
                == VideoFormat(
                    width: 4, height: 2, sampleAspectRatio: Rational(4, 3), frameRate: Rational(2997, 100)))
        #expect(presentation.duration == 4)
    }
}

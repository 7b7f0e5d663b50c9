import Manifest
import Presentation
import Testing

struct PeriodTests {
    private func period(_ attributes: String, _ template: String, representation: String = "v", before: String = "")
        -> String
    {
        """
        <Period \(attributes)>\(before)<AdaptationSet mimeType="video/mp4">
          <SegmentTemplate initialization="http://h/init.mp4" media="$Number$" \(template)/>
          <Representation id="\(representation)" bandwidth="1" codecs="avc1.64001F"/>
        </AdaptationSet></Period>
        """
    }

    private func presentation(_ periods: String..., duration: String = "PT10S") throws -> Presentation {
        try MPD(text: "<MPD mediaPresentationDuration='\(duration)'>\(periods.joined())</MPD>")
            .presentation(at: "http://h/m.mpd")
    }

    private func plain(_ presentation: Presentation) throws -> [String] {
        try #require(presentation.switchingSets.first?.tracks.first).segments
            .map { "\($0.number): \($0.start)+\($0.duration) \($0.resource.path)" }
    }

    @Test("periods of one encoding become one timeline")
    func join() throws {
        let joined = try presentation(
            period("start='PT0S'", "duration='2' startNumber='1'"),
            period("start='PT4S'", "duration='2' startNumber='3' presentationTimeOffset='4'"),
            period("start='PT8S'", "duration='2' startNumber='5' presentationTimeOffset='8'", representation: "w"))
        #expect(
            try plain(joined) == ["1: 0+2 1", "2: 2+2 2", "3: 4+2 3", "4: 6+2 4", "5: 8+2 5"])
        #expect(joined.duration == 10)
    }

    @Test("starts follow from durations")
    func durations() throws {
        let joined = try presentation(
            period("duration='PT4S'", "duration='2'"),
            period("", "duration='2' startNumber='3' presentationTimeOffset='4'"))
        #expect(try plain(joined).count == 5)
    }

    @Test("a segment on the border of two periods counts once")
    func border() throws {
        let timeline = "<SegmentTimeline><S t='2' d='2'/><S d='2'/></SegmentTimeline>"
        let second = period("start='PT3S'", "startNumber='2' presentationTimeOffset='3'")
            .replacing("'3'/>", with: "'3'>\(timeline)</SegmentTemplate>")
        let joined = try presentation(period("start='PT0S'", "duration='2'"), second, duration: "PT6S")
        #expect(try plain(joined) == ["1: 0+2 1", "2: 2+2 2", "3: 4+2 3"])
    }

    @Test("a period in another place keeps its URLs")
    func otherBase() throws {
        let joined = try presentation(
            period("start='PT0S'", "duration='5'"),
            period(
                "start='PT5S'", "duration='5' startNumber='2' presentationTimeOffset='5'",
                before: "<BaseURL>http://g/x/</BaseURL>"))
        let track = try #require(joined.switchingSets.first?.tracks.first)
        #expect(
            track.segments.flatMap { track.urls(of: $0.resource) } == ["http://h/1", "http://g/x/2"])
    }

    @Test(
        "periods that do not continue one another follow one another, with the same timeline",
        arguments: [
            "duration='5' startNumber='2'", "duration='35' timescale='7' presentationTimeOffset='35'",
            "duration='5' initialization='other.mp4' presentationTimeOffset='5'",
        ])
    func change(_ template: String) throws {
        let second =
            "<Period start='PT5S'><AdaptationSet mimeType='video/mp4'>"
            + "<SegmentTemplate media='x$Number$' \(template.contains("init") ? "" : "initialization='http://h/init.mp4'") \(template)/>"
            + "<Representation id='v' bandwidth='1' codecs='avc1.64001F'/></AdaptationSet></Period>"
        let presentation = try presentation(period("start='PT0S'", "duration='5'"), second)
        #expect(presentation.duration == 10)
        #expect(try plain(presentation) == ["1: 0+5 1"])
        #expect(presentation.laterPeriods.count == 1)
        let track = try #require(presentation.laterPeriods.first?.first?.tracks.first)
        #expect(track.segments.map { track.seconds($0.start) } == [5])
        #expect(track.segments.map { track.seconds($0.duration) } == [5])
        // Media time less this is presentation time.
        let media = template.contains("Offset") ? 5.0 : 0
        #expect(Double(track.presentationTimeOffset) / Double(track.timescale) == media - 5)
    }

    @Test("what a break interrupted goes on behind it as a period of its own")
    func interruption() throws {
        let presentation = try presentation(
            period("start='PT0S'", "duration='2'"),
            period("start='PT4S'", "duration='2' initialization='ad.mp4'", representation: "ad")
                .replacing("initialization=\"http://h/init.mp4\" ", with: ""),
            period("start='PT6S'", "duration='2' startNumber='3' presentationTimeOffset='4'"))
        #expect(presentation.periods.map { $0[0].tracks[0].segments.map(\.start) } == [[0, 2], [4], [6, 8]])
    }

    @Test("sound that begins later is not lost")
    func laterSound() throws {
        let second = period("start='PT4S'", "duration='2' startNumber='3' presentationTimeOffset='4'")
            .replacing(
                "</Period>",
                with: """
                    <AdaptationSet mimeType="audio/mp4"><SegmentTemplate initialization="a" media="a$Number$" duration="2"/>
                    <Representation id="a" bandwidth="1" codecs="mp4a.40.2"/></AdaptationSet></Period>
                    """)
        let presentation = try presentation(period("start='PT0S'", "duration='2'"), second)
        #expect(presentation.periods.map { $0.map(\.kind) } == [[.video], [.video, .audio]])
    }

    @Test("times that contradict are refused")
    func contradictions() {
        #expect(throws: ManifestError.self) {
            try presentation(period("start='PT5S'", "duration='2'"), period("start='PT4S'", "duration='2'"))
        }
        #expect(throws: ManifestError.self) {
            try presentation(period("", "duration='2'"), period("", "duration='2'"))
        }
        #expect(throws: ManifestError.self) {
            try presentation(period("start='PT11S'", "duration='2'"), period("start='PT12S'", "duration='2'"))
        }
    }
}

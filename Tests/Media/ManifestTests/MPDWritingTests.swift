import Manifest
import Presentation
import Testing

struct MPDWritingTests {
    static let base = "../media/Bunny%20%26%20Friends/0123456789ab/"

    static let expected = """
        <?xml version="1.0" encoding="UTF-8"?>
        <MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011,urn:mpeg:dash:profile:cmaf:2019" type="static" mediaPresentationDuration="PT6.973633333333333S" minBufferTime="PT4S" maxSegmentDuration="PT2.006S">
          <ProgramInformation>
            <Title>Bunnies &amp; &lt;others&gt;</Title>
          </ProgramInformation>
          <BaseURL>../media/Bunny%20%26%20Friends/0123456789ab/</BaseURL>
          <Period id="0" start="PT0S">
            <AdaptationSet id="1" contentType="video" segmentAlignment="true" par="16:9" maxWidth="1280" maxHeight="720" maxFrameRate="30000/1001" mimeType="video/mp4" startWithSAP="1">
              <SegmentTemplate timescale="30000" startNumber="1" initialization="$RepresentationID$/init.mp4" media="$RepresentationID$/$Number%05d$.m4s">
                <SegmentTimeline>
                  <S t="0" d="60060" r="2"/>
                  <S d="29029"/>
                </SegmentTimeline>
              </SegmentTemplate>
              <Representation id="v240" bandwidth="300000" codecs="avc1.64001F" width="424" height="240" sar="160:159" frameRate="30000/1001"/>
              <Representation id="v720" bandwidth="2500000" codecs="avc1.64001F" width="1280" height="720" sar="1:1" frameRate="30000/1001"/>
            </AdaptationSet>
            <AdaptationSet id="2" contentType="audio" lang="en" segmentAlignment="true" mimeType="audio/mp4" startWithSAP="1">
              <SegmentTemplate timescale="48000" startNumber="1" initialization="$RepresentationID$/init.mp4" media="$RepresentationID$/$Number%05d$.m4s">
                <SegmentTimeline>
                  <S t="0" d="95232"/>
                  <S d="96256" r="1"/>
                  <S d="47000"/>
                </SegmentTimeline>
              </SegmentTemplate>
              <Representation id="a128" bandwidth="132000" codecs="mp4a.40.2" audioSamplingRate="48000">
                <AudioChannelConfiguration schemeIdUri="urn:mpeg:mpegB:cicp:ChannelConfiguration" value="2"/>
              </Representation>
            </AdaptationSet>
          </Period>
        </MPD>

        """

    @Test("a presentation is written as the library's layout says")
    func write() {
        let mpd = MPD(presentation: Manifests.presentation(), baseURL: Self.base)
        #expect(mpd.serialized() == Self.expected)
        #expect(mpd.serialized() == MPD(presentation: Manifests.presentation(), baseURL: Self.base).serialized())
    }

    @Test("what is read is what was written")
    func readBack() throws {
        let written = MPD(presentation: Manifests.presentation(), baseURL: Self.base)
        let read = try MPD(text: written.serialized())
        #expect(read == written)
        var expected = Manifests.presentation()
        for set in expected.switchingSets.indices {
            for track in expected.switchingSets[set].tracks.indices {
                expected.switchingSets[set].tracks[track].baseURLs = [
                    "http://127.0.0.1:8080/media/Bunny%20%26%20Friends/0123456789ab/"
                ]
            }
        }
        #expect(try read.presentation(at: "http://127.0.0.1:8080/manifests/Bunny%20%26%20Friends.mpd") == expected)
    }

    @Test("tracks cut at other times get timelines of their own, and gaps a time")
    func unaligned() throws {
        var presentation = Manifests.presentation()
        presentation.switchingSets[0].tracks[1].segments[3].duration = 30_030
        presentation.switchingSets[0].tracks[0].segments[3].start += 1
        let mpd = MPD(presentation: presentation, baseURL: "x/")
        let set = mpd.periods[0].adaptationSets[0]
        #expect(set.segments.template == nil)
        let runs = set.representations.map { $0.segments.template?.common.timeline?.runs ?? [] }
        #expect(runs[0] == [.init(time: 0, duration: 60_060, repeatCount: 2), .init(time: 180_181, duration: 29_029)])
        #expect(runs[1] == [.init(time: 0, duration: 60_060, repeatCount: 2), .init(duration: 30_030)])
        #expect(try MPD(text: mpd.serialized()) == mpd)
    }

    @Test("every part of the model reads back as it was written")
    func wholeModel() throws {
        var mpd = MPD()
        mpd.baseURLs = [BaseURL("http://a/?x=1&y=2", serviceLocation: "\"a\" <1>\t\n"), BaseURL("http://b/")]
        mpd.minBufferTime = 1.5
        var base = SegmentBase()
        base.timescale = 90_000
        base.presentationTimeOffset = 5
        base.indexRange = 100...200
        base.initialization = URLRange(url: "i.mp4", range: 0...99)
        base.representationIndex = URLRange(url: "v.sidx", range: 20...99)
        var list = SegmentList()
        list.common.base = base
        list.common.duration = 180_000
        list.common.startNumber = 7
        list.common.endNumber = 9
        list.segmentURLs = [URLRange(url: "1.mp4"), URLRange(range: 5...6), URLRange()]
        var template = SegmentTemplate()
        template.common.timeline = SegmentTimeline(runs: [.init(time: 4, duration: 5, repeatCount: -1)])
        template.media = "$Time$"
        var representation = Representation(id: "r", bandwidth: 1)
        representation.segments = SegmentInformation(base: base, list: list, template: template)
        representation.common.essentialProperties = [Descriptor(scheme: "urn:x", value: "1")]
        representation.baseURLs = [BaseURL("r/")]
        var set = AdaptationSet()
        set.roles = [Descriptor(scheme: "urn:mpeg:dash:role:2011", value: "main")]
        set.par = "16:9"
        set.common.audioSamplingRate = 44_100
        set.representations = [representation]
        var period = Period()
        period.id = "p"
        period.start = 0.5
        period.duration = 3723.25
        period.adaptationSets = [set]
        mpd.periods = [period]
        #expect(try MPD(text: mpd.serialized()) == mpd)
    }
}

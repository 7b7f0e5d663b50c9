import Foundation
import QoE
import Testing

@Suite("Input for ITU-T P.1203")
struct P1203InputTests {
    private static let versions = [
        VersionRecord(
            id: "v1", media: "video", bitRate: 1_000_000, codecs: "avc1.64001F", width: 1280, height: 720, frameRate: 25
        ),
        VersionRecord(
            id: "v2", media: "video", bitRate: 2_000_000, codecs: "hvc1.1.6.L93.B0", width: 1920, height: 1080,
            frameRate: 50),
        VersionRecord(id: "a1", media: "audio", bitRate: 128_000, codecs: "mp4a.40.2"),
    ]

    private static func segment(_ number: Int, _ track: String, media: String, bytes: Int) -> TraceEvent {
        .request(
            RequestRecord(
                time: 0, media: media, track: track, segment: number, duration: 4, bitRate: 1, url: "u", bytes: bytes,
                firstByte: nil, lastByte: 1, status: nil, cacheStatus: nil, outcome: "complete"))
    }

    /// Two segments and a quarter are shown, with a start-up of 0.5 s and a halt of 1.5 s after 3 s.
    private static func viewing(versions: [VersionRecord]? = versions) -> Viewing {
        Viewing(of: [
            .session(SessionRecord(url: "u", rule: "fixed", duration: 12, ladder: [1, 2], versions: versions)),
            segment(1, "v1", media: "video", bytes: 500_000), segment(1, "a1", media: "audio", bytes: 64_000),
            .startup(time: 0.5), .stallBegan(time: 3.5), .stallEnded(time: 5, duration: 1.5),
            segment(2, "v2", media: "video", bytes: 1_000_000), segment(3, "v1", media: "video", bytes: 250_000),
            segment(4, "v1", media: "video", bytes: 250_000),
            .end(EndRecord(time: 11, played: 9, outcome: "stopped")),
        ])
    }

    @Test("names what was shown, how it was coded and where it stood still")
    func input() throws {
        let input = try P1203Input(Self.viewing(), device: "mobile", display: "1280x720")
        #expect(input.video.segments.map(\.bitrate) == [1000, 2000, 500])
        #expect(input.video.segments.map(\.codec) == ["h264", "h265", "h264"])
        #expect(input.video.segments.map(\.start) == [0, 4, 8])
        #expect(input.video.segments.map(\.duration) == [4, 4, 1])
        #expect(input.video.segments.map(\.resolution) == ["1280x720", "1920x1080", "1280x720"])
        #expect(input.video.segments.map(\.fps) == [25, 50, 25])
        #expect(input.audio?.segments.map(\.bitrate) == [128])
        #expect(input.audio?.segments.map(\.codec) == ["aaclc"])
        #expect(input.stalling.stalling == [[0, 0.5], [3, 1.5]])
        #expect(input.general.device == "mobile" && input.general.displaySize == "1280x720")
        #expect(try P1203Input(Self.viewing(), withAudio: false).audio == nil)
    }

    @Test("has the members that programs read")
    func members() throws {
        let data = try JSONEncoder().encode(try P1203Input(Self.viewing()))
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: [String: Any]])
        #expect(Set(object.keys) == ["I11", "I13", "I23", "IGen"])
        let segments = try #require(object["I13"]?["segments"] as? [[String: Any]])
        #expect(
            Set(segments[0].keys)
                == ["bitrate", "codec", "duration", "fps", "representation", "resolution", "start"])
        #expect(object["I13"]?["streamId"] as? Int == 1)
        #expect((object["I23"]?["stalling"] as? [[Double]])?.count == 2)
    }

    @Test("says what a trace lacks")
    func gaps() {
        func message(_ viewing: Viewing) -> String {
            do {
                _ = try P1203Input(viewing)
                return ""
            } catch {
                return error.description
            }
        }
        #expect(message(Viewing(of: [])) == "nothing was shown")
        #expect(message(Self.viewing(versions: nil)).contains("no versions"))
        #expect(message(Self.viewing(versions: [])).contains("\"v1\""))
        var versions = Self.versions
        versions[1].frameRate = nil
        #expect(message(Self.viewing(versions: versions)).contains("\"v2\""))
        versions = Self.versions
        versions[2].codecs = "opus"
        #expect(message(Self.viewing(versions: versions)).contains("\"opus\""))
        versions[2].codecs = "mp4a.40.23"
        #expect(message(Self.viewing(versions: versions)).contains("\"mp4a.40.23\""))
        versions[0].codecs = ""
        #expect(message(Self.viewing(versions: versions)).contains("no name for the codec"))
    }
}

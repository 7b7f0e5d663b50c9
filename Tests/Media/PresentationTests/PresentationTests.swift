import Presentation
import Testing

struct PresentationTests {
    @Test(
        "fractions are kept in lowest terms",
        arguments: [
            (30, 1, "30"), (60000, 2002, "30000/1001"), (-4, 6, "-2/3"), (4, -6, "-2/3"), (0, 5, "0"), (0, -5, "0"),
            (Int.max, Int.max, "1"),
        ])
    func rational(_ numerator: Int, _ denominator: Int, _ text: String) {
        #expect(Rational(numerator, denominator).description == text)
    }

    @Test("a client without preferences plays the first set of a kind")
    func firstSet() {
        let sets = [
            SwitchingSet(kind: .audio, language: "de", tracks: []), SwitchingSet(kind: .video, tracks: []),
            SwitchingSet(kind: .audio, language: "en", tracks: []),
        ]
        let presentation = Presentation(duration: 1, minBufferTime: 1, switchingSets: sets)
        #expect(presentation.switchingSet(.audio)?.language == "de")
        #expect(presentation.switchingSet(.video) != nil)
    }

    @Test("a resource is at each of the track's locations")
    func urls() {
        var track = Track(
            id: "v1", kind: .video, codecs: "", mimeType: "", bandwidth: 1, timescale: 90_000, initialization: nil,
            segments: [])
        let resource = MediaResource(path: "v1/1.m4s")
        #expect(track.urls(of: resource) == ["v1/1.m4s"])
        track.baseURLs = ["http://a.example/x/", "http://b.example/y"]
        #expect(track.urls(of: resource) == ["http://a.example/x/v1/1.m4s", "http://b.example/v1/1.m4s"])
        #expect(track.seconds(45_000) == 0.5)
    }
}

import Presentation
import Testing

@testable import Manifest

@Suite("Measured quality in a manifest")
struct MeasuredQualityTests {
    private static let url = "http://host/manifests/film.mpd"

    /// A presentation of two versions and two segments, the first version measured.
    private static let presentation = Presentation(
        duration: 4, minBufferTime: 2,
        switchingSets: [
            SwitchingSet(
                kind: .video,
                tracks: ["v1", "v2"].map { id in
                    Track(
                        id: id, kind: .video, codecs: "avc1.64001F", mimeType: "video/mp4", bandwidth: 1000,
                        timescale: 1000, initialization: MediaResource(path: "\(id)/init.mp4"),
                        segments: (1...2).map { number in
                            Segment(
                                number: number, start: Int64(number - 1) * 2000, duration: 2000,
                                resource: MediaResource(path: "\(id)/0000\(number).m4s"), ssim: 0.9)
                        })
                })
        ])

    private func index(
        _ id: String, timescale: UInt32 = 1000, _ qualities: [(start: Int64, ssim: Double?)]
    ) -> SegmentIndex {
        SegmentIndex(tracks: [
            SegmentIndex.Track(
                id: id, kind: .video, bandwidth: 1000, timescale: timescale, initializationBytes: 1,
                segments: qualities.enumerated().map {
                    SegmentIndex.Segment(
                        number: $0 + 1, start: $1.start, duration: 2000, bytes: 1, bitRate: 1, ssim: $1.ssim)
                })
        ])
    }

    @Test("is announced by a property that other players pass over, where there is any")
    func announced() throws {
        let mpd = MPD(presentation: Self.presentation, baseURL: "../media/film/0/")
        let text = mpd.serialized()
        #expect(
            text.contains(
                #"<SupplementalProperty schemeIdUri="urn:uuid:7c0d8b1e-52a6-4f0b-9d6e-3b1f6a2c9e47" "#
                    + #"value="segments.json"/>"#))
        #expect(try MPD(text: text) == mpd)
        #expect(try mpd.references(at: Self.url).measurements == [["http://host/media/film/0/segments.json"]])
        var plain = Self.presentation
        for track in 0..<2 {
            for segment in 0..<2 { plain.switchingSets[0].tracks[track].segments[segment].ssim = nil }
        }
        #expect(!MPD(presentation: plain, baseURL: "").serialized().contains("SupplementalProperty"))
    }

    @Test("goes to the segments of the same version and time, and only if it can be one")
    func matched() throws {
        let mpd = MPD(presentation: Self.presentation, baseURL: "../media/film/0/")
        let location = try #require(mpd.references(at: Self.url).measurements.first)
        func qualities(_ index: SegmentIndex) throws -> [[Double?]] {
            try mpd.presentation(at: Self.url, measurements: [location: index]).switchingSets[0].tracks
                .map { $0.segments.map(\.ssim) }
        }
        #expect(try qualities(index("v1", [(0, 0.8), (2000, 0.9)])) == [[0.8, 0.9], [nil, nil]])
        #expect(try qualities(index("v2", [(2000, 0.7), (1, 0.9)])) == [[nil, nil], [nil, 0.7]])
        #expect(try qualities(index("v1", timescale: 999, [(0, 0.8)])) == [[nil, nil], [nil, nil]])
        #expect(try qualities(index("v1", [(0, 1.5), (2000, -.infinity)])) == [[nil, nil], [nil, nil]])
        #expect(try qualities(index("x", [(0, 0.8)])) == [[nil, nil], [nil, nil]])
    }
}

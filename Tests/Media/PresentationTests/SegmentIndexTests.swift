import Foundation
import Presentation
import Testing

struct SegmentIndexTests {
    private let index = SegmentIndex(
        tracks: [
            SegmentIndex.Track(
                id: "v720", kind: .video, bandwidth: 2_500_000, timescale: 30_000, initializationBytes: 670,
                segments: [
                    SegmentIndex.Segment(number: 1, start: 0, duration: 60_060, bytes: 500_500, bitRate: 2_000_000)
                ])
        ])

    private let json =
        #"{"tracks":[{"bandwidth":2500000,"id":"v720","initializationBytes":670,"kind":"video","#
        + #""segments":[{"bitRate":2000000,"bytes":500500,"duration":60060,"number":1,"start":0}],"#
        + #""timescale":30000}],"version":1}"#

    @Test("the sidecar has the shape that simulators read")
    func shape() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        #expect(String(decoding: try encoder.encode(index), as: UTF8.self) == json)
        #expect(try JSONDecoder().decode(SegmentIndex.self, from: Data(json.utf8)) == index)
    }

    @Test(
        "a damaged sidecar is refused",
        arguments: [("video", "text"), ("30000", "-1"), ("\"bytes\":500500,", ""), ("60060", "1e30"), ("}", "")])
    func damage(_ old: String, _ new: String) {
        let damaged = Data(json.replacing(old, with: new).utf8)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(SegmentIndex.self, from: damaged) }
    }
}

import Client
import ISOBMFF
import Presentation
import Testing

@testable import Player

@Suite("Segment validator")
struct SegmentValidatorTests {
    private let fixture: Fixture
    private let low: Track
    private let audio: Track

    init() throws {
        fixture = try Fixture(baseURLs: [])
        low = fixture.presentation.switchingSets[0].tracks[0]
        audio = fixture.presentation.switchingSets[1].tracks[0]
    }

    /// The bytes as they may arrive: in parts.
    private func scanned(_ bytes: some RandomAccessCollection<UInt8>) -> SegmentScanner {
        var scanner = SegmentScanner()
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = rest.prefix(97)
            scanner.append(part)
            rest = rest.dropFirst(part.count)
        }
        return scanner
    }

    @Test("Every segment of every version is what its manifest promises", arguments: [0, 1])
    func sound(set: Int) throws {
        for track in fixture.presentation.switchingSets[set].tracks {
            let validator = SegmentValidator(track: track)
            let info = try validator.initialization(try #require(fixture.files["/\(track.id)/init.mp4"]))
            for segment in track.segments {
                let bytes = try #require(fixture.files["/" + segment.resource.path])
                try validator.check(segment, scanned(bytes), initialization: info)
            }
        }
    }

    @Test("Half a frame may be missing, not more", arguments: [(12, true), (-12, true), (14, false), (-14, false)])
    func tolerance(ticks: Int64, isGood: Bool) throws {
        let validator = SegmentValidator(track: low)
        let info = try validator.initialization(try #require(fixture.files["/low/init.mp4"]))
        let bytes = try #require(fixture.files["/low/2.m4s"])
        var shifted = low.segments[1]
        shifted.start += ticks
        var stretched = low.segments[1]
        stretched.duration += ticks
        for segment in [shifted, stretched] {
            if isGood {
                try validator.check(segment, scanned(bytes), initialization: info)
            } else {
                #expect(throws: RequestFailure.self) {
                    try validator.check(segment, scanned(bytes), initialization: info)
                }
            }
        }
    }

    @Test("Media times are shifted by the presentation time offset")
    func presentationTimeOffset() throws {
        var track = low
        track.presentationTimeOffset = low.segments[1].start
        var segment = low.segments[1]
        segment.start = 0
        let validator = SegmentValidator(track: track)
        let info = try validator.initialization(try #require(fixture.files["/low/init.mp4"]))
        let bytes = try #require(fixture.files["/low/2.m4s"])
        try validator.check(segment, scanned(bytes), initialization: info)
        #expect(throws: RequestFailure.self) {
            try validator.check(low.segments[1], scanned(bytes), initialization: info)
        }
    }

    @Test("Segments may initialise themselves")
    func selfInitialising() throws {
        let bytes = try #require(fixture.files["/audio/init.mp4"]) + #require(fixture.files["/audio/1.m4s"])
        try SegmentValidator(track: audio).check(audio.segments[0], scanned(bytes), initialization: nil)
    }

    @Test("The medium must be the right one")
    func medium() throws {
        let bytes = try #require(fixture.files["/audio/init.mp4"])
        #expect(throws: RequestFailure.damaged("initialization segment of low: it does not hold video")) {
            try SegmentValidator(track: low).initialization(bytes)
        }
    }

    @Test("Damage of any kind is a failure that names the segment")
    func mutations() throws {
        let validator = SegmentValidator(track: low)
        let info = try validator.initialization(try #require(fixture.files["/low/init.mp4"]))
        let bytes = try #require(fixture.files["/low/2.m4s"])
        for length in 0..<120 {
            #expect(throws: RequestFailure.self) {
                try validator.check(low.segments[1], scanned(bytes.prefix(length)), initialization: info)
            }
        }
        do {
            try validator.check(low.segments[1], scanned(bytes.dropLast()), initialization: info)
            Issue.record("a byte is missing")
        } catch {
            #expect(error.description.hasPrefix("damaged: segment 2 of low: "))
        }
    }
}

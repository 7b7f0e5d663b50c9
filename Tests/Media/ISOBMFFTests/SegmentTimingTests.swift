import TestSupport
import Testing

@testable import ISOBMFF

struct SegmentTimingTests {
    private func info(_ track: CMAFTrack) throws -> InitializationInfo {
        try InitializationInfo(parsing: CMAFWriter(track: track).initializationSegment())
    }

    private func segment(
        _ track: CMAFTrack, number: UInt32 = 1, at decodeTime: UInt64, _ samples: [FragmentSample]
    ) -> [UInt8] {
        CMAFWriter(track: track).mediaSegment(
            number: number, decodeTime: decodeTime, samples: samples,
            payload: samples.map { [UInt8](repeating: 7, count: $0.size) })
    }

    @Test("a segment's first picture is shown when it is decoded")
    func video() throws {
        let track = try CMAFTrack.video()
        let timing = try SegmentTiming(
            parsing: segment(track, at: 100_000, CMAFWriterTests.pictures), initialization: info(track))
        #expect(timing.decodeTime == 100_000)
        #expect(timing.duration == 4000)
        #expect(timing.earliestPresentationTime == 100_000)
        #expect(timing.presentationDuration == 4000)
        #expect(timing.sampleCount == 4)
        #expect(timing.startsWithSync)
    }

    @Test("pictures that an edit list moves to the beginning fill it as long as they are shown")
    func reordering() throws {
        var track = try CMAFTrack.video()
        track.editMediaTime = 2000
        let pictures = [2000, 4000, 1000, 1000].map { (offset: Int32) in
            FragmentSample(size: 100, duration: 1000, compositionOffset: offset, isSync: offset == 2000)
        }
        let timing = try SegmentTiming(parsing: segment(track, at: 0, pictures), initialization: info(track))
        #expect(timing.earliestPresentationTime == 0)
        #expect(timing.presentationDuration == 4000)
    }

    @Test(
        "the encoder's delay shortens the first audio segment and shifts the others",
        arguments: [(0, 0, 96_256 - 1024), (96_256, 95_232, 96_256)] as [(UInt64, Int64, Int64)])
    func audio(_ decodeTime: UInt64, _ start: Int64, _ duration: Int64) throws {
        let frames = [FragmentSample](repeating: FragmentSample(size: 3, duration: 1024, isSync: true), count: 94)
        let timing = try SegmentTiming(
            parsing: segment(.audio, at: decodeTime, frames), initialization: info(.audio))
        #expect(timing.decodeTime == decodeTime)
        #expect(timing.duration == 96_256)
        #expect(timing.earliestPresentationTime == start)
        #expect(timing.presentationDuration == duration)
    }

    @Test("fragments of one segment add up")
    func severalFragments() throws {
        let track = try CMAFTrack.video()
        let bytes =
            segment(track, at: 0, CMAFWriterTests.pictures)
            + segment(track, number: 2, at: 4000, CMAFWriterTests.pictures)
        let timing = try SegmentTiming(parsing: bytes, initialization: info(track))
        #expect(timing.duration == 8000)
        #expect(timing.sampleCount == 8)
    }

    @Test("a gap between fragments is damage")
    func gap() throws {
        let track = try CMAFTrack.video()
        let bytes =
            segment(track, at: 0, CMAFWriterTests.pictures)
            + segment(track, number: 2, at: 4001, CMAFWriterTests.pictures)
        let initialization = try info(track)
        #expect(throws: ISOBMFFError.self) { try SegmentTiming(parsing: bytes, initialization: initialization) }
    }

    @Test("a segment cut anywhere is damaged")
    func truncated() throws {
        let track = try CMAFTrack.video()
        let initialization = try info(track)
        let whole = segment(track, at: 0, CMAFWriterTests.pictures)
        for size in 0..<whole.count {
            #expect(throws: ISOBMFFError.self) {
                try SegmentTiming(parsing: Array(whole[..<size]), initialization: initialization)
            }
        }
    }

    @Test("samples of another track do not count")
    func otherTrack() throws {
        let track = try CMAFTrack.video()
        var bytes = CMAFWriter(track: track).initializationSegment()
        // Track 2 in tkhd and trex.
        for (type, distance) in [("tkhd", 16), ("trex", 8)] {
            let position = try #require(
                bytes.indices.first { bytes[$0...].starts(with: type.utf8) })
            bytes[position + distance + 3] = 2
        }
        let initialization = try InitializationInfo(parsing: bytes)
        #expect(initialization.trackID == 2)
        #expect(throws: ISOBMFFError(.missingBox, "no moof box with samples of track 2")) {
            try SegmentTiming(
                parsing: segment(track, at: 0, CMAFWriterTests.pictures), initialization: initialization)
        }
    }

    @Test("not a segment at all", arguments: ["", "3c68746d6c3e3c2f68746d6c3e", "00000008 66726565"])
    func nonsense(_ hex: String) throws {
        let initialization = try info(.audio)
        #expect(throws: ISOBMFFError.self) {
            try SegmentTiming(parsing: [UInt8](hex: hex), initialization: initialization)
        }
        #expect(throws: ISOBMFFError.self) { try InitializationInfo(parsing: [UInt8](hex: hex)) }
    }

    @Test("a progressive file is told from a fragmented one")
    func progressive() throws {
        var bytes = CMAFWriter(track: .audio).initializationSegment()
        let position = try #require(bytes.indices.first { bytes[$0...].starts(with: "mvex".utf8) })
        bytes.replaceSubrange(position..<position + 4, with: "free".utf8)
        let error = #expect(throws: ISOBMFFError.self) { try InitializationInfo(parsing: bytes) }
        #expect(error?.code == .unsupported)
    }

    @Test("damaged bytes are read or refused, never more", arguments: [true, false])
    func segmentRandomised(_ isVideo: Bool) throws {
        let track = isVideo ? try CMAFTrack.video() : .audio
        let initialization = try info(track)
        let header = CMAFWriter(track: track).initializationSegment()
        let frames = [FragmentSample](repeating: FragmentSample(size: 3, duration: 1024, isSync: true), count: 20)
        let media = segment(track, at: 1 << 40, isVideo ? CMAFWriterTests.pictures : frames)
        var generator = SeededGenerator(seed: isVideo ? 1 : 2)
        for _ in 0..<fuzzRounds(default: 10_000) {
            _ = try? InitializationInfo(parsing: header.mutated(by: &generator))
            // The first 250 bytes hold all boxes; changes further on only hit the payload.
            let damaged = Array(media[..<min(250, media.count)]).mutated(by: &generator) + media.dropFirst(250)
            if let timing = try? SegmentTiming(parsing: damaged, initialization: initialization) {
                #expect(timing.sampleCount > 0)
                #expect(timing.earliestPresentationTime >= 0)
            }
        }
    }
}

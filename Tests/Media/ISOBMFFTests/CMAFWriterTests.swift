import Testing

@testable import ISOBMFF

struct CMAFWriterTests {
    /// A group of pictures I P B B P B B as an encoder codes it: the first picture shown at once, B pictures early.
    static let pictures = [
        FragmentSample(size: 900, duration: 1000, compositionOffset: 0, isSync: true),
        FragmentSample(size: 300, duration: 1000, compositionOffset: 2000, isSync: false),
        FragmentSample(size: 100, duration: 1000, compositionOffset: -1000, isSync: false),
        FragmentSample(size: 110, duration: 1000, compositionOffset: -1000, isSync: false),
    ]

    private func payload(_ samples: [FragmentSample]) -> [[UInt8]] {
        samples.enumerated().map { [UInt8](repeating: UInt8($0), count: $1.size) }
    }

    /// The only `trun` of a segment and its `tfhd`.
    private func fragment(_ segment: [UInt8]) throws -> (TrackFragmentHeaderBox, TrackRunBox) {
        let boxes = try ByteReader(segment).boxes(topLevel: true)
        #expect(boxes.map(\.type) == ["styp", "moof", "mdat"])
        let traf = try boxes.requireContainer("moof", in: "segment").requireContainer("traf", in: "moof")
        return (
            try traf.require(TrackFragmentHeaderBox.self, in: "traf"), try traf.require(TrackRunBox.self, in: "traf")
        )
    }

    @Test("a video header says what was put in")
    func videoHeader() throws {
        let track = try CMAFTrack.video()
        let bytes = CMAFWriter(track: track).initializationSegment()
        let info = try InitializationInfo(parsing: bytes)
        #expect(info.kind == .video)
        #expect(info.timescale == 25_000)
        #expect(info.codecs == "avc1.640028")
        #expect(info.format == track.format)
        #expect(info.editMediaTime == 0)
        #expect([info.defaultSampleDuration, info.defaultSampleSize, info.defaultSampleFlags] == [0, 0, 0])
        let top = try ByteReader(bytes).boxes(topLevel: true)
        #expect(top.map(\.type) == ["ftyp", "moov"])
        let brands = try top.require(FileTypeBox.self, in: "file").brands
        #expect(brands == Brands(major: "cmf2", compatible: ["cmf2", "cmfc", "iso6"]))
        let trak = try top.requireContainer("moov", in: "file").requireContainer("trak", in: "moov")
        #expect(trak.map(\.type) == ["tkhd", "mdia"])
        #expect(try trak.require(TrackHeaderBox.self, in: "trak").width == 1920 << 16)
    }

    @Test("a display size takes the samples' shape")
    func displaySize() throws {
        let configuration = try AVCDecoderConfiguration(
            sequenceParameterSets: [ParameterSets.main480.sequence],
            pictureParameterSets: [ParameterSets.main480.picture])
        let format = AVCSampleFormat(decoderConfiguration: configuration)
        let size = format.displaySize
        #expect(size.height == 480 << 16)
        #expect(size.width == 56_135_887)  // 848 · 100 / 99 in 1/65536
        let read = try InitializationInfo(
            parsing: CMAFWriter(track: CMAFTrack(timescale: 90_000, format: .avc(format))).initializationSegment())
        #expect(read.format == .avc(format))
    }

    @Test("an audio header carries the edit that skips the encoder's delay")
    func audioHeader() throws {
        let bytes = CMAFWriter(track: .audio).initializationSegment()
        let info = try InitializationInfo(parsing: bytes)
        #expect(info.kind == .audio)
        #expect(info.language == "deu")
        #expect(info.codecs == "mp4a.40.2")
        #expect(info.format == CMAFTrack.audio.format)
        #expect(info.editMediaTime == 1024)
        let brands = try ByteReader(bytes).boxes(topLevel: true).require(FileTypeBox.self, in: "file").brands
        #expect(brands == Brands(major: "cmfc", compatible: ["cmfc", "iso6"]))
    }

    @Test(
        "the audio object type names the codec",
        arguments: [
            ([0x11, 0x90], "mp4a.40.2"), ([0x2B, 0x92, 0x08, 0x00], "mp4a.40.5"), ([0xF9, 0x40], "mp4a.40.42"),
            ([], "mp4a.40.2"),
        ]
            as [([UInt8], String)])
    func audioCodecs(_ configuration: [UInt8], _ codecs: String) {
        #expect(
            AACSampleFormat(sampleRate: 48_000, channelCount: 2, audioSpecificConfig: configuration).codecs == codecs)
    }

    @Test(
        "a language that is none is written as undetermined",
        arguments: ["", "de", "DEU", "d1u", "english", "ab\u{301}c"])
    func language(_ language: String) throws {
        var track = CMAFTrack.audio
        track.language = language
        #expect(
            try InitializationInfo(parsing: CMAFWriter(track: track).initializationSegment()).language == "und")
    }

    @Test("a group of pictures takes one field a picture more than it must")
    func videoSegment() throws {
        let writer = CMAFWriter(track: try .video())
        let segment = writer.mediaSegment(
            number: 3, decodeTime: 100_000, samples: Self.pictures, payload: payload(Self.pictures))
        let (header, run) = try fragment(segment)
        #expect(header.defaultSampleDuration == 1000)
        #expect(header.defaultSampleSize == nil)
        #expect(header.defaultSampleFlags == .nonSync)
        #expect(run.version == 1)
        #expect(run.firstSampleFlags == .sync)
        #expect(run.durations == nil && run.flags == nil)
        #expect(run.sizes == [900, 300, 100, 110])
        #expect(run.compositionOffsets == [0, 2000, -1000, -1000])
        // The data offset leads to the payload's first byte.
        let moof = try #require(try ByteReader(segment).boxes(topLevel: true).first { $0.type == "moof" })
        let start = moof.start + Int(try #require(run.dataOffset))
        #expect(start == segment.count - 1410)
        #expect(Array(segment[start...]) == payload(Self.pictures).flatMap(\.self))
        #expect(
            segment
                == writer.mediaSegment(
                    number: 3, decodeTime: 100_000, samples: Self.pictures,
                    payload: payload(Self.pictures).flatMap(\.self)))
    }

    @Test("audio frames of equal length take four bytes each")
    func audioSegment() throws {
        let frames = (1...94).map { FragmentSample(size: 300 + $0, duration: 1024, isSync: true) }
        let writer = CMAFWriter(track: .audio)
        let segment = writer.mediaSegment(number: 1, decodeTime: 0, samples: frames, payload: payload(frames))
        let (header, run) = try fragment(segment)
        #expect(header.defaultSampleFlags == .sync)
        #expect(run.version == 0)
        #expect(run.firstSampleFlags == nil && run.flags == nil && run.durations == nil)
        #expect(run.compositionOffsets == nil)
        let overhead = segment.count - frames.reduce(0) { $0 + $1.size }
        // styp, moof, mfhd, traf, tfhd, tfdt, trun with its sizes, mdat
        let expected = [32, 8, 16, 8, 24, 20, 20 + 94 * 4, 8].reduce(0, +)
        #expect(overhead == expected)
    }

    @Test("sync samples in the middle get flags of their own")
    func mixedFlags() throws {
        let samples = [true, false, true, false].map { FragmentSample(size: 10, duration: 5, isSync: $0) }
        let writer = CMAFWriter(track: try .video())
        let (header, run) = try fragment(
            writer.mediaSegment(number: 1, decodeTime: 0, samples: samples, payload: payload(samples)))
        #expect(header.defaultSampleSize == 10)
        #expect(header.defaultSampleFlags == nil)
        #expect(run.flags == [.sync, .nonSync, .sync, .nonSync])
        #expect(run.sizes == nil)
    }

    @Test("a single picture is a segment")
    func singleSample() throws {
        let sample = FragmentSample(size: 8, duration: 40, isSync: true)
        let writer = CMAFWriter(track: try .video())
        let (header, run) = try fragment(
            writer.mediaSegment(number: 1, decodeTime: 0, samples: [sample], payload: payload([sample])))
        #expect(header.defaultSampleFlags == .sync)
        #expect(run.firstSampleFlags == nil && run.sizes == nil && run.sampleCount == 1)
    }
}
